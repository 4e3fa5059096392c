import { interrupt } from "@langchain/langgraph";
import { notify } from "../events/notices.ts";
import type { Stall } from "../outcomes/stall.ts";
import type { NodeConfig } from "./fields.ts";

/**
 * Suspends the run as stalled. A resume goes on behind it; with another model, say.
 *
 * To be called in nodes, outside of tasks, where only checkpointed facts decide whether it is called.
 */
export function standStill(repeated: string): void {
  const message = `The run makes no progress: ${repeated.replace(/[.\s]+$/, "")}. Resume it to go on all the same, with another model for instance.`;
  try {
    interrupt<Stall>({ kind: "stall", repeated, message });
  } catch (suspended) {
    // Told only where the run stops here: on resume the interrupt gives its answer instead of throwing.
    notify({ type: "stalled", repeated });
    throw suspended;
  }
}

/**
 * A node of a loop, which suspends the run as stalled where what it would write shows that the loop stands
 * still: `repeats` says then what came again. On resume the node does its work anew, once, and goes on with
 * what comes of it.
 */
export function stallable<State, Update>(
  node: (state: State, config: NodeConfig) => Promise<Update>,
  repeats: (state: State, update: Update) => string | undefined,
) {
  return async (state: State, config: NodeConfig): Promise<Update> => {
    const update = await node(state, config);
    const repeated = repeats(state, update);
    if (repeated === undefined) return update;
    standStill(repeated);
    return node(state, config);
  };
}
