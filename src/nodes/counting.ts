import type { Spent } from "../outcomes/spend.ts";
import { scoped } from "../resilience/scope.ts";
import type { NodeConfig, NodeOf } from "./fields.ts";

/** The channel that takes what a node spent. */
export const SPENT = "spent";

/** A node that also writes what its model calls spent, those of its subgraphs included, if it made any. */
export function counting<State, Update extends object>(node: NodeOf<State, Update>) {
  return (state: State, config: NodeConfig): Promise<Update & { [SPENT]?: Spent }> =>
    scoped(async (scope) => {
      const update = await node(state, config);
      return scope.spend.calls === 0 ? update : { ...update, [SPENT]: { ...scope.spend, low: scope.low } };
    });
}
