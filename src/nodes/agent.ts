import { type AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { modelCall } from "../models/call.ts";
import { block } from "../models/prompt.ts";
import { Passage, Source } from "../state/passage.ts";
import type { AskOptions } from "./ask.ts";
import { isInBranch } from "./branch.ts";
import { numberingAfter } from "./citations.ts";
import type { NodeConfig } from "./fields.ts";
import { standStill } from "./stallable.ts";
import { type ToolResult, toolCall, toolsFor } from "./tool-call.ts";

/** How often an agent may turn to its tools, unless its options say otherwise. */
const MAX_TURNS = 6;
/** In how many turns an agent may make one and the same call before the run counts as stalled. */
const MAX_REPEATS = 3;

/** What an agent brings back. */
export const AgentReport = z.object({
  text: z.string().describe("The agent's answer, citing its sources as [1]."),
  sources: z.array(Source).describe("The passages that the agent was shown, by number."),
  ended: z.enum(["answered", "out_of_turns", "stalled", "budget_low"]).describe("Why the agent stopped."),
});
export type AgentReport = z.infer<typeof AgentReport>;

/** A role with tools. */
export interface AgentOptions<State, Field extends string> extends AskOptions<State, Field> {
  tools: readonly StructuredToolInterface[];
  /** Rounds of tool calls; then the agent answers with what it has. */
  maxTurns?: number;
  /** The cited texts of others that the prompt shows: what the agent finds is numbered after their sources. */
  cited?: (state: State) => readonly { text: string; sources: readonly Source[] }[];
}

type ToolCall = NonNullable<AIMessage["tool_calls"]>[number];

/**
 * A node in which a role works with tools until it answers: each model call and each tool call is a
 * task of its own. A tool that does not exist, that throws, or that is called again with the same
 * arguments answers with a message the role can act on; one call in three turns suspends the run as stalled,
 * and a resume has the role answer without tools, as it does at once in a branch and where the budget is
 * nearly used up. Passages are numbered over all searches.
 */
export function agent<State, Field extends string>(options: AgentOptions<State, Field>) {
  const { role, prompt, into, maxTurns = MAX_TURNS } = options;
  return async (state: State, { context }: NodeConfig) => {
    const tools = toolsFor(options.tools, context);
    const messages: BaseMessage[] = [new HumanMessage(prompt(state))];
    const sources = numberingAfter(options.cited?.(state) ?? []);
    const asked = new Map<string, number>();
    const answerNow = async (why: string, ended: AgentReport["ended"]) => {
      messages.push(new HumanMessage(`${why} Answer now with what you have.`));
      const { message } = await modelCall({ role, messages }, context);
      return reported(into, { text: message.text, sources: sources.shown, ended });
    };
    for (let turn = 0; turn < maxTurns; turn++) {
      const { message, low } = await modelCall({ role, messages, tools }, context);
      if (!callsOf(message).length && !message.invalid_tool_calls?.length) {
        return reported(into, { text: message.text, sources: sources.shown, ended: "answered" });
      }
      if (low) return answerNow("The budget is nearly used up.", "budget_low");
      const done = new Set(asked.keys());
      const results = await Promise.all(callsOf(message).map((call) => answered(call, tools, done)));
      const answers = results.map(({ call, result }) => shown(call, result, sources));
      if (answers.length > 0) messages.push(message, ...answers);
      messages.push(...unreadable(message));
      for (const key of new Set(callsOf(message).map(keyOf))) asked.set(key, (asked.get(key) ?? 0) + 1);
      const repeated = callsOf(message).find((call) => (asked.get(keyOf(call)) ?? 0) >= MAX_REPEATS);
      if (!repeated) continue;
      const what = `the same call of ${repeated.name} came in ${MAX_REPEATS} turns: ${keyOf(repeated)}`;
      if (!isInBranch()) standStill(what);
      return answerNow(
        `You have called ${repeated.name} with the same arguments again and again.`,
        "stalled",
      );
    }
    return answerNow("You have used all your turns.", "out_of_turns");
  };
}

const keyOf = ({ name, args }: ToolCall) => JSON.stringify([name, args]);

const reported = <Field extends string>(into: Field, report: AgentReport) =>
  ({ [into]: report }) as Record<Field, AgentReport>;

const callsOf = ({ tool_calls: calls }: AIMessage): ToolCall[] => calls ?? [];

/** Decides at once, so that the tasks of one turn begin in the order in which the model asked. */
async function answered(call: ToolCall, tools: readonly StructuredToolInterface[], done: Set<string>) {
  const tool = tools.find(({ name }) => name === call.name);
  const key = keyOf(call);
  if (!tool) {
    const names = tools.map(({ name }) => name).join(", ");
    return { call, result: refused(`There is no tool "${call.name}"; there are: ${names}.`) };
  }
  if (done.has(key))
    return {
      call,
      result: refused(`You called ${call.name} with these arguments before; its answer stands above.`),
    };
  done.add(key);
  return { call, result: await toolCall(tool, call.args) };
}

type Numbering = ReturnType<typeof numberingAfter>;
type Shown = Pick<ToolResult, "content" | "artifact">;

const refused = (reason: string): Shown => ({ content: `Error: ${reason}`, artifact: undefined });

/** A tool's answer as the model sees it; passages get the agent's own numbers, the same one again for the same passage. */
function shown(call: ToolCall, { content, artifact }: Shown, { number }: Numbering): ToolMessage {
  const passages = z.array(Passage).safeParse(artifact);
  const text =
    passages.success && passages.data.length > 0
      ? passages.data
          .map(number)
          .map(({ id, title, text }) => block("source", text, { id, title }))
          .join("\n")
      : content;
  return new ToolMessage({ content: text, tool_call_id: call.id ?? "", name: call.name });
}

/** Says which calls could not even be read; such a call has no place in a conversation, so a person's words stand for it. */
const unreadable = ({ invalid_tool_calls: calls }: AIMessage) =>
  (calls ?? []).map(
    ({ name, args }) =>
      new HumanMessage(
        `The arguments of your call of ${name ?? "a tool"} are not valid JSON: ${args ?? ""}\nCall it again.`,
      ),
  );
