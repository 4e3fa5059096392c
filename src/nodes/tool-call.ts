import { createHash } from "node:crypto";
import { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { getConfig, isGraphBubbleUp, type LangGraphRunnableConfig, task } from "@langchain/langgraph";
import { messageOf, UsageError } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { RunContext } from "../state/context.ts";

/** The name of the LangGraph task that every tool call is. */
export const TOOL_TASK = "tool call";

/** What a tool gave, as it is checkpointed. */
export interface ToolResult {
  hash: string;
  /** What the model is shown; an error is a message that it can act on. */
  content: string;
  /** What programs read; the tool says what it is. */
  artifact: unknown;
  ok: boolean;
}

/** The tools of a node: its own, each replaced by the run's tool of the same name. */
export function toolsFor<Tool extends StructuredToolInterface>(
  own: readonly Tool[],
  context: RunContext | undefined,
) {
  return own.map((tool) => context?.tools?.find(({ name }) => name === tool.name) ?? tool);
}

/**
 * Calls a tool as a LangGraph task of its own, so that a resume does not call it again once it has
 * ended. What the tool throws becomes a result that says so, as does a message of its own with the
 * status "error"; misuse and aborts are thrown.
 */
export async function toolCall(tool: StructuredToolInterface, args: unknown): Promise<ToolResult> {
  const hash = createHash("sha256")
    .update(JSON.stringify([tool.name, args]))
    .digest("hex");
  const call = task({ name: TOOL_TASK }, () => called(tool, args, hash));
  let result = await call();
  while (result.hash !== hash) result = await call();
  return result;
}

async function called(tool: StructuredToolInterface, args: unknown, hash: string): Promise<ToolResult> {
  const begun = Date.now();
  const result = await outcomeOf(tool, args);
  notify({ type: "tool", tool: tool.name, args, ok: result.ok, ms: Date.now() - begun });
  return { hash, ...result };
}

async function outcomeOf(tool: StructuredToolInterface, args: unknown): Promise<Omit<ToolResult, "hash">> {
  const config: LangGraphRunnableConfig = getConfig();
  const { signal } = config;
  try {
    const call = {
      type: "tool_call" as const,
      id: "call",
      name: tool.name,
      args: args as Record<string, unknown>,
    };
    const answer: unknown = await tool.invoke(call, configOf(config));
    if (!ToolMessage.isInstance(answer)) return { content: String(answer), artifact: undefined, ok: true };
    return { content: answer.text, artifact: answer.artifact, ok: answer.status !== "error" };
  } catch (error) {
    if (isGraphBubbleUp(error) || error instanceof UsageError || signal?.aborted) throw error;
    const reason = messageOf(error);
    return { content: `Error: ${reason}`, artifact: undefined, ok: false };
  }
}

/** The task's config for a tool: `writer` goes where LangGraph looks for it inside tools. */
function configOf({ signal, configurable, writer }: LangGraphRunnableConfig) {
  return { ...(signal && { signal }), configurable: { ...configurable, writer } };
}
