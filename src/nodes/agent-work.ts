import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { notify } from "../events/notices.ts";
import { modelCall, type Reply } from "../models/call.ts";
import { block } from "../models/prompt.ts";
import { outputFault } from "../roles/output.ts";
import { defineRole, type Role } from "../roles/role.ts";
import { systemPrompt } from "../roles/system-prompt.ts";
import { visible } from "../security/text.ts";
import type { RunContext } from "../state/context.ts";
import type { Source } from "../state/passage.ts";
import { cut } from "../tools/bounded.ts";
import type { AgentOptions, AgentReport } from "./agent.ts";
import { isInBranch } from "./branch.ts";
import { roleOf } from "./role-of.ts";
import { standStill } from "./stallable.ts";
import { callsOf, keyOf, Toolbox } from "./toolbox.ts";

/** How often an agent may turn to its tools, unless its options or its role say otherwise. */
const MAX_TURNS = 6;
/** In how many turns an agent may make one and the same call before the run counts as stalled. */
const MAX_REPEATS = 3;
/** How often an answer is sent back that does not keep to what it has to be. */
const MAX_SENT_BACK = 2;

/** What an agent is given for one piece of work. */
interface Given {
  prompt: string;
  cited: readonly { text: string; sources: readonly Source[] }[];
  context: RunContext | undefined;
}

type Options = Pick<AgentOptions<never, never>, "role" | "tools" | "maxTurns" | "check">;

/** One piece of work of an agent: its conversation with its model and its tools. */
export class AgentWork {
  readonly #role: Role;
  readonly #options: Options;
  readonly #context: RunContext | undefined;
  readonly #toolbox: Toolbox;
  readonly #messages: BaseMessage[];
  readonly #asked = new Map<string, number>();
  #tokens = 0;
  #sentBack = 0;

  constructor(options: Options, { prompt, cited, context }: Given) {
    const role = roleOf(options.role, context);
    this.#role = typeof role === "string" ? named(role) : role;
    this.#options = options;
    this.#context = context;
    this.#toolbox = new Toolbox(role, options.tools, { cited, context });
    const system =
      typeof role === "string" ? [] : [new SystemMessage(systemPrompt(role, this.#toolbox.tools))];
    this.#messages = [...system, new HumanMessage(prompt)];
  }

  async report(): Promise<AgentReport> {
    const { limits } = this.#role;
    const maxTurns = this.#options.maxTurns ?? limits.turns ?? MAX_TURNS;
    for (let turn = 0; turn < maxTurns; ) {
      const { message, low } = await this.#ask(true);
      if (!usesTools(message)) {
        const fault = this.#faultOf(message.text);
        if (fault === undefined) return this.#reported(message.text, "answered");
        if (this.#sentBack === MAX_SENT_BACK || low) return this.#reported(message.text, "misfit");
        this.#sendBack(message, fault);
        continue;
      }
      turn += 1;
      if (low) return this.#answerNow("The budget is nearly used up.", "budget_low");
      this.#messages.push(...(await this.#toolbox.answersTo(message)), ...unreadable(message));
      const repeated = this.#repeated(message);
      if (repeated) return this.#stalled(repeated);
      if (limits.tokens !== undefined && this.#tokens >= limits.tokens) {
        return this.#answerNow("You have used all your tokens.", "out_of_tokens");
      }
    }
    return this.#answerNow("You have used all your turns.", "out_of_turns");
  }

  async #ask(withTools: boolean): Promise<Reply> {
    const { name, model, cache } = this.#role;
    const reply = await modelCall(
      {
        role: name,
        models: model,
        messages: this.#messages,
        cacheSeconds: cache.models,
        ...(withTools && { tools: this.#toolbox.tools }),
      },
      this.#context,
    );
    this.#tokens += reply.spend.inputTokens + reply.spend.outputTokens;
    return reply;
  }

  async #answerNow(why: string, ended: AgentReport["ended"]): Promise<AgentReport> {
    this.#messages.push(new HumanMessage(`${why} Answer now with what you have.`));
    const { message } = await this.#ask(false);
    return this.#reported(message.text, ended);
  }

  #faultOf(text: string): string | undefined {
    const { evidence } = this.#toolbox;
    return outputFault(this.#role, text) ?? this.#options.check?.({ text, evidence });
  }

  #sendBack(message: AIMessage, fault: string): void {
    this.#sentBack += 1;
    notify({ type: "asked_again", role: this.#role.name, schema: "answer", reason: fault });
    const again = `That cannot be taken as your answer: ${fault}\nMend it, with your tools if you need them, and answer the whole again.`;
    this.#messages.push(new AIMessage(message.text), new HumanMessage(again));
  }

  /** A call that came too often; each counts once a turn. */
  #repeated(message: AIMessage) {
    const calls = callsOf(message);
    for (const key of new Set(calls.map(keyOf))) this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
    return calls.find((call) => (this.#asked.get(keyOf(call)) ?? 0) >= MAX_REPEATS);
  }

  #stalled(repeated: ReturnType<typeof callsOf>[number]): Promise<AgentReport> {
    const { name } = repeated;
    if (!isInBranch()) {
      standStill(`the same call of ${name} came in ${MAX_REPEATS} turns: ${keyOf(repeated)}`);
    }
    return this.#answerNow(`You have called ${name} with the same arguments again and again.`, "stalled");
  }

  #reported(text: string, ended: AgentReport["ended"]): AgentReport {
    const { sources, evidence } = this.#toolbox;
    return { text, sources, evidence, ended };
  }
}

/** A role of which nothing is known but its name; many names of workflows are not those of a file's roles. */
const named = (name: string): Role => ({ ...defineRole({ name: "agent", goal: "Do the work." }), name });

const usesTools = (message: AIMessage) =>
  callsOf(message).length > 0 || (message.invalid_tool_calls?.length ?? 0) > 0;

/** How much of arguments that cannot be read is shown again, in characters. */
const MAX_UNREADABLE = 1_000;

/** Says which calls could not even be read; such a call has no place in a conversation, so a person's words stand for it. */
const unreadable = ({ invalid_tool_calls: calls }: AIMessage) =>
  (calls ?? []).map(({ name = "a tool", args = "" }) => {
    const shown = block("material", cut(visible(args), MAX_UNREADABLE), { from: "you" });
    return new HumanMessage(
      `The arguments of your call of ${name} are not valid JSON:\n${shown}\nCall it again.`,
    );
  });
