import { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { getConfig, isGraphBubbleUp, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { messageOf } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Spent } from "../outcomes/spend.ts";
import { anyOf, deadlineIn, untilAborted } from "../resilience/abort.ts";
import { cachedly, concernsTheRun, durably, hashOf } from "../resilience/durable-call.ts";
import { currentScope, scoped } from "../resilience/scope.ts";
import { audited } from "../security/audit.ts";
import { settings } from "../settings.ts";
import type { RunContext } from "../state/context.ts";
import { boundsItself, cut, traitsOf } from "../tools/bounded.ts";

/** The name of the LangGraph task that every tool call is. */
export const TOOL_TASK = "tool call";

/** How the name of the task begins where the tool is a workflow; the tool's name follows. */
export const WORKFLOW_TASK = "workflow ";

/** The longest text that a tool may give a model, in characters; tools of ours have bounds of their own below it. */
const MAX_CHARS = 50_000;

/** What a tool gave, as it is checkpointed. */
export interface ToolResult {
  /** What the model is shown; an error is a message that it can act on. */
  content: string;
  /** What programs read; the tool says what it is. */
  artifact: unknown;
  ok: boolean;
}

/** Who calls a tool, by whose leave, and what may serve again. */
export interface Caller {
  role: string;
  /** Who allowed the call, and why. */
  leave: { by: "rule" | "person"; reason: string };
  /** How long a read-only tool's result may serve the role again, in seconds; not at all unless given. */
  cacheSeconds?: number | undefined;
}

/** A node's own call of its own tool. */
const OWN: Caller = { role: "", leave: { by: "rule", reason: "The workflow makes this call itself." } };

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
 * The leave and the call are audited.
 */
export async function toolCall(
  tool: StructuredToolInterface,
  args: unknown,
  caller: Caller = OWN,
): Promise<ToolResult> {
  const around = currentScope();
  const call = { tool, args, caller, within: around?.signal };
  const { workflow } = traitsOf(tool);
  const name = workflow ? `${WORKFLOW_TASK}${tool.name}` : TOOL_TASK;
  let isKept = true;
  const {
    spent,
    by: _,
    ...result
  } = await durably(name, hashOf(tool.name, args), async () => {
    isKept = false;
    const made = await withSpend(() => called(call));
    return workflow ? { ...made, by: tool.name } : made;
  });
  if (isKept && spent) around?.count(spent, spent.low);
  return result;
}

/** A result as it is kept: with what the tool's own model calls spent, if it made any, and which workflow gave it. */
interface Kept extends ToolResult {
  spent?: Spent;
  by?: string;
}

const withSpend = (work: () => Promise<ToolResult>): Promise<Kept> =>
  scoped(async (scope) => {
    const result = await work();
    return scope.spend.calls === 0 ? result : { ...result, spent: { ...scope.spend, low: scope.low } };
  });

/** Records that a call was denied, as a task of its own, and gives what the model is told of it. */
export async function deniedCall(
  tool: string,
  args: unknown,
  { role, leave: { by, reason } }: Pick<Caller, "role" | "leave">,
): Promise<ToolResult> {
  return durably(TOOL_TASK, hashOf("denied", tool, args, reason), async () => {
    await audited({ type: "permission", role, tool, args, decision: "denied", by, reason });
    notify({ type: "permission", role, tool, decision: "denied", reason });
    return { content: `Error: ${reason}`, artifact: undefined, ok: false };
  });
}

interface Call {
  tool: StructuredToolInterface;
  args: unknown;
  caller: Caller;
  /** The signal of the part of the run that the call belongs to. */
  within: AbortSignal | undefined;
}

async function called(call: Call): Promise<ToolResult> {
  const { args, caller } = call;
  const { role, leave } = caller;
  const tool = call.tool.name;
  await audited({ type: "permission", role, tool, args, decision: "allowed", ...leave });
  if (leave.by === "person") {
    notify({ type: "permission", role, tool, decision: "approved", reason: leave.reason });
  }
  const begun = Date.now();
  const ended = async (ok: boolean, taken = false) => {
    const ms = Date.now() - begun;
    await audited({ type: "tool_call", role, tool, args, ok, ms, ...(taken && { cached: true }) });
    notify(taken ? { type: "cached", role, what: tool } : { type: "tool", tool, args, ok, ms });
  };
  try {
    const { value, taken } = await madeOrTaken(call);
    await ended(value.ok, taken);
    return { ...value, content: cut(value.content, MAX_CHARS) };
  } catch (error) {
    // A call that waits for a person has not ended; one that was stopped has, and nobody knows how far it came.
    if (!isGraphBubbleUp(error)) await ended(false);
    throw error;
  }
}

/** A read-only tool's result may serve the same role again, if the role says so and the tool says what it depends on. */
async function madeOrTaken(call: Call): Promise<{ value: ToolResult; taken: boolean }> {
  const { role, cacheSeconds: seconds } = call.caller;
  const { readOnly, cacheKey } = traitsOf(call.tool);
  const make = () => outcomeOf(call);
  if (seconds === undefined || !readOnly || cacheKey === undefined)
    return { value: await make(), taken: false };
  const key = hashOf(role, cacheKey);
  return cachedly(hashOf(call.tool.name, call.args), make, { seconds, key, fits: ({ ok }) => ok });
}

async function outcomeOf({ tool, args, within }: Call): Promise<ToolResult> {
  const config: LangGraphRunnableConfig = getConfig();
  const { toolTimeoutMs } = settings();
  const deadline = deadlineIn(boundsItself(traitsOf(tool)) ? undefined : toolTimeoutMs);
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
const configOf = ({ configurable, context, writer }: LangGraphRunnableConfig) => ({
  configurable: { ...configurable, writer },
  ...(context && { context }),
});
