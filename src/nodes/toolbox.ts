import { type AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { notify } from "../events/notices.ts";
import { beforeSources, block, prompt, sourceBlock } from "../models/prompt.ts";
import type { Role } from "../roles/role.ts";
import { permissionFor } from "../security/permissions.ts";
import { visible } from "../security/text.ts";
import { citationsOf, citing } from "../state/citations.ts";
import type { RunContext } from "../state/context.ts";
import { Passage, type Source } from "../state/passage.ts";
import { cut, traitsOf } from "../tools/bounded.ts";
import type { AgentOptions, Evidence } from "./agent.ts";
import { approvalOf } from "./approval.ts";
import { numberingAfter } from "./citations.ts";
import { type Caller, deniedCall, type ToolResult, toolCall, toolsFor } from "./tool-call.ts";
import { sourcesIn } from "./workflow-tool.ts";

/** How many calls of one turn are made; the others are answered with the reason. */
const MAX_CALLS = 16;
/** How much evidence a report keeps: the newest. */
const MAX_EVIDENCE = 4;
const MAX_EVIDENCE_CHARS = 4_000;

type ToolCall = NonNullable<AIMessage["tool_calls"]>[number];
type Shown = Pick<ToolResult, "content" | "artifact" | "ok">;

/** What becomes of a call that a model asks for. */
type Ruling = { call: ToolCall } & (
  | { tool: StructuredToolInterface; caller: Caller }
  | { denied: Caller["leave"] }
  | { refused: string }
);

/** The calls that a model asks for. */
export const callsOf = ({ tool_calls: calls }: AIMessage): ToolCall[] => calls ?? [];

/** What makes two calls the same. */
export const keyOf = ({ name, args }: ToolCall) => JSON.stringify([name, args]);

interface Given {
  cited: readonly { text: string; sources: readonly Source[] }[];
  context: RunContext | undefined;
}

/** The tools that a role's grants name, the first of each name; it is said which there are none of. */
function granted({ name: role, tools: grants }: Role, available: readonly StructuredToolInterface[]) {
  const wanted = [...new Set(grants.map(({ tool }) => tool))];
  const tools = wanted.flatMap((each) => available.find(({ name }) => name === each) ?? []);
  const missing = wanted.filter((each) => !tools.some(({ name }) => name === each));
  if (missing.length > 0) {
    notify({ type: "note", text: `${role} works without ${missing.join(", ")}: not set up here.` });
  }
  return tools;
}

/** The tools of one role at work: who may call what, what was called, and what came of it. */
export class Toolbox {
  readonly tools: readonly StructuredToolInterface[];
  readonly #name: string;
  /** Undefined where the role is only named: it may call all its tools. */
  readonly #role: Role | undefined;
  readonly #numbering: ReturnType<typeof numberingAfter>;
  /** The calls that had an answer. */
  readonly #done = new Set<string>();
  readonly #evidence: Evidence[] = [];

  constructor(role: Role | string, tools: AgentOptions<never, never>["tools"], { cited, context }: Given) {
    const own = toolsFor(typeof tools === "function" ? tools() : tools, context);
    this.#role = typeof role === "string" ? undefined : role;
    this.#name = typeof role === "string" ? role : role.name;
    this.#numbering = numberingAfter(cited);
    this.tools = this.#role ? granted(this.#role, [...own, ...(context?.tools ?? [])]) : own;
  }

  get sources(): Source[] {
    return this.#numbering.shown;
  }

  get evidence(): Evidence[] {
    return this.#evidence.slice(-MAX_EVIDENCE);
  }

  /** The message and the answers to its calls, in their order; nothing where it has no readable call. */
  async answersTo(message: AIMessage): Promise<BaseMessage[]> {
    const calls = callsOf(message);
    if (calls.length === 0) return [];
    const answered = new Set(this.#done);
    // A person is asked before the first call is made, one question after the other.
    const rulings: Ruling[] = [];
    for (const [at, call] of calls.entries()) rulings.push(await this.#ruling(call, at, answered));
    const results = await Promise.all(rulings.map((ruling) => this.#resultOf(ruling)));
    const answers = rulings.flatMap((ruling, at) => {
      const result = results[at];
      return result ? [this.#taken(ruling, result)] : [];
    });
    return [message, ...answers];
  }

  async #ruling(call: ToolCall, at: number, answered: Set<string>): Promise<Ruling> {
    const { name, args } = call;
    if (at >= MAX_CALLS)
      return { call, refused: `At most ${MAX_CALLS} calls are made at once; call it in the next turn.` };
    const tool = this.tools.find((each) => each.name === name);
    if (!tool) return { call, denied: { by: "rule", reason: this.#noSuchTool(name) } };
    if (answered.has(keyOf(call))) {
      const reason = `You called ${name} with these arguments before; its answer stands above.`;
      return { call, refused: reason };
    }
    answered.add(keyOf(call));
    const role = this.#name;
    const { decision, reason } = this.#role
      ? permissionFor(this.#role.tools, { tool: name, args })
      : { decision: "allowed", reason: `${name} is a tool of the node.` };
    const caller = { role, leave: { by: "rule" as const, reason }, cacheSeconds: this.#role?.cache.tools };
    if (decision === "allowed") return { call, tool, caller };
    if (decision === "denied") return { call, denied: caller.leave };
    const answer = await approvalOf({ role, tool: name, args });
    if (answer.decision === "approve") {
      return {
        call,
        tool,
        caller: { ...caller, leave: { by: "person", reason: "A person approved the call." } },
      };
    }
    const said = answer.reason ? `: ${answer.reason}` : ".";
    return { call, denied: { by: "person", reason: `A person denied the call of ${name}${said}` } };
  }

  #noSuchTool(name: string): string {
    const names = this.tools.map((tool) => tool.name).join(", ");
    return `There is no tool "${name}"; there are: ${names || "none"}.`;
  }

  async #resultOf(ruling: Ruling): Promise<Shown> {
    const { call } = ruling;
    if ("refused" in ruling) return { content: `Error: ${ruling.refused}`, artifact: undefined, ok: false };
    if ("denied" in ruling) {
      return deniedCall(call.name, call.args, { role: this.#name, leave: ruling.denied });
    }
    return toolCall(ruling.tool, call.args, ruling.caller);
  }

  /** Keeps of a result what counts later, in the order of the calls, and gives it as the model sees it. */
  #taken(ruling: Ruling, result: Shown): ToolMessage {
    const { call } = ruling;
    if ("tool" in ruling && result.ok) {
      this.#done.add(keyOf(call));
      if (traitsOf(ruling.tool).evidence) {
        const text = cut(visible(result.content), MAX_EVIDENCE_CHARS);
        this.#evidence.push({ tool: call.name, text, artifact: result.artifact });
      }
    }
    return new ToolMessage({
      content: this.#inWords(ruling, result),
      tool_call_id: call.id ?? "",
      name: call.name,
    });
  }

  /**
   * A tool's answer as material; passages get the agent's own numbers, the same one again for the same passage.
   * What the tool says before its first passage stays.
   */
  #inWords(ruling: Ruling, { content, artifact, ok }: Shown): string {
    const { name: from, args } = ruling.call;
    const text = visible(content);
    if (!("tool" in ruling)) return text;
    if (ok && traitsOf(ruling.tool).workflow) {
      return block("report", this.#renumbered(text, artifact, args), { from });
    }
    const passages = z.array(Passage).safeParse(artifact);
    if (passages.success && passages.data.length > 0) {
      const lead = beforeSources(text);
      const sources = passages.data.map((passage) => sourceBlock(this.#numbering.number(passage))).join("\n");
      return prompt(lead && block("material", lead, { from }), sources);
    }
    return prompt(!ok && "The call failed.", block("material", text, { from }));
  }

  /** A workflow's answer under the agent's numbers; what the arguments cite is numbered by them already. */
  #renumbered(text: string, artifact: unknown, args: ToolCall["args"]): string {
    const sources = sourcesIn(artifact);
    const given = Object.values(args).filter((value) => typeof value === "string");
    const own = citationsOf(given.join("\n\n")).filter(this.#numbering.isNumbered);
    return citing(text, (id) => {
      const source = sources.find((each) => each.id === id);
      return source ? this.#numbering.number(source).id : own.find((each) => each === id);
    });
  }
}
