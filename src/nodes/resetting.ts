import type { NodeConfig } from "./fields.ts";

/**
 * A run's first node, which also empties what an earlier run left on the thread: logs and counters
 * outlive a run, and would count for the next one.
 */
export function resetting<State, Update, Result extends Update>(
  resets: Update,
  node: (state: State, config: NodeConfig) => Promise<Result>,
) {
  return async (state: State, config: NodeConfig): Promise<Update & Result> => ({
    ...resets,
    ...(await node(state, config)),
  });
}
