import { Overwrite } from "@langchain/langgraph";
import { renewAccount } from "../resilience/bare-account.ts";
import { EMPTY } from "../state/channels.ts";
import { SPENT } from "./counting.ts";
import type { NodeConfig } from "./fields.ts";

/**
 * A run's first node, which also empties what an earlier run left on the thread: logs and counters
 * outlive a run, and would count for the next one; so would, without `run`, what it spent.
 */
export function resetting<State extends object, Update extends object, Result extends Update>(
  resets: Update,
  node: (state: State, config: NodeConfig) => Promise<Result>,
) {
  return async (state: State, config: NodeConfig): Promise<Update & Result> => {
    beginAccount(config);
    const update = await node(state, config);
    return { ...resets, ...update, ...logsBegun(state, resets, update), ...begunAfresh(update) };
  };
}

/** What the first node adds to a log that is to be emptied stands there alone. */
function logsBegun(state: object, resets: object, update: object): object {
  const logs = Object.entries(update).flatMap(([channel, added]) => {
    const isLog = Reflect.get(resets, channel) === EMPTY && Array.isArray(Reflect.get(state, channel));
    return isLog && added !== EMPTY ? [[channel, new Overwrite([added].flat())]] : [];
  });
  return Object.fromEntries(logs);
}

/** What the first node spent begins the state's account anew. */
function begunAfresh(update: unknown): object {
  if (typeof update !== "object" || update === null || !(SPENT in update)) return {};
  return typeof update[SPENT] === "object" ? { [SPENT]: { ...update[SPENT], afresh: true } } : {};
}

function beginAccount({ configurable, context }: NodeConfig): void {
  const { thread_id: threadId, checkpoint_ns: task = "" }: Record<string, unknown> = { ...configurable };
  const isOutermost = !String(task).includes("|");
  if (!context?.account && isOutermost && typeof threadId === "string") renewAccount(threadId, String(task));
}
