import { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { messageOf } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { anyOf, deadlineIn, untilAborted } from "../resilience/abort.ts";
import { concernsTheRun, durably, hashOf } from "../resilience/durable-call.ts";
import { currentScope } from "../resilience/scope.ts";
import { settings } from "../settings.ts";
import type { RunContext } from "../state/context.ts";

/** The name of the LangGraph task that every tool call is. */
export const TOOL_TASK = "tool call";

/** What a tool gave, as it is checkpointed. */
export interface ToolResult {
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
 * status "error" and a call that takes longer than the settings allow; misuse and aborts are thrown.
 */
export async function toolCall(tool: StructuredToolInterface, args: unknown): Promise<ToolResult> {
  const scope = currentScope();
  return durably(TOOL_TASK, hashOf(tool.name, args), () => called(tool, args, scope?.signal));
}

async function called(
  tool: StructuredToolInterface,
  args: unknown,
  signal: AbortSignal | undefined,
): Promise<ToolResult> {
  const begun = Date.now();
  const result = await outcomeOf(tool, args, signal);
  notify({ type: "tool", tool: tool.name, args, ok: result.ok, ms: Date.now() - begun });
  return result;
}

async function outcomeOf(
  tool: StructuredToolInterface,
  args: unknown,
  within: AbortSignal | undefined,
): Promise<ToolResult> {
  const config: LangGraphRunnableConfig = getConfig();
  const { toolTimeoutMs } = settings();
  const deadline = deadlineIn(toolTimeoutMs);
  const stop = anyOf(config.signal, within);
  const signal = anyOf(stop, deadline.signal);
  try {
    const call = {
      type: "tool_call" as const,
      id: "call",
      name: tool.name,
      args: args as Record<string, unknown>,
    };
    const running = (): Promise<unknown> => tool.invoke(call, { ...configOf(config), signal });
    const answer = await untilAborted(running, signal);
    if (!ToolMessage.isInstance(answer)) return { content: String(answer), artifact: undefined, ok: true };
    return { content: answer.text, artifact: answer.artifact, ok: answer.status !== "error" };
  } catch (error) {
    if (concernsTheRun(error) || stop.aborted) throw error;
    const late = deadline.signal.aborted && `no end within ${toolTimeoutMs / 1000} s`;
    return { content: `Error: ${late || messageOf(error)}`, artifact: undefined, ok: false };
  } finally {
    deadline.clear();
  }
}

/** The task's config for a tool: `writer` goes where LangGraph looks for it inside tools. */
const configOf = ({ configurable, writer }: LangGraphRunnableConfig) => ({
  configurable: { ...configurable, writer },
});
