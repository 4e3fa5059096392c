import { type BaseCheckpointSaver, START, type StateSnapshot } from "@langchain/langgraph";
import type { RunRecord } from "../storage/ledger.ts";
import type { StoredGraph } from "./graph.ts";
import { checkpointOf } from "./thread.ts";

/** The end of one node of the outermost graph. */
export interface NodeEnd {
  taskId: string;
  node: string;
}

/**
 * The path of a run that is resumed, after the ends were recorded that a killed process had checkpointed
 * and not come to record. It reads the checkpoints of the whole run.
 */
export async function mendedPath(stored: StoredGraph, record: RunRecord): Promise<string[]> {
  const { ledger } = stored;
  const recorded = await ledger.path(record.runId);
  const missing = missingEnds(await supersteps(stored, record), recorded);
  for (const { taskId, node } of missing) await ledger.nodeEnded(record.runId, taskId, node, record.ms);
  return missing.length > 0 ? ledger.path(record.runId) : recorded;
}

/**
 * What to record, in order, so that the path has every end. An end that is recorded again goes to the
 * path's end: so from the first superstep with a gap on, all are.
 */
export function missingEnds(steps: readonly NodeEnd[][], recorded: readonly string[]): NodeEnd[] {
  let at = 0;
  for (const [index, step] of steps.entries()) {
    const { known, others } = matched(step, recorded.slice(at, at + step.length));
    if (others.length > 0) return [...known, ...others, ...steps.slice(index + 1).flat()];
    at += step.length;
  }
  return [];
}

/** The ends of a superstep that are recorded, in that order, and the others. The ledger tells names only. */
function matched(step: readonly NodeEnd[], recorded: readonly string[]) {
  const known: NodeEnd[] = [];
  const others = [...step];
  for (const name of recorded) {
    const index = others.findIndex(({ node }) => node === name);
    if (index < 0) break;
    known.push(...others.splice(index, 1));
  }
  return { known, others };
}

/** The ends in the checkpoints of a run, by superstep, oldest first; the last may be unfinished. */
async function supersteps({ graph, checkpointer }: StoredGraph, record: RunRecord): Promise<NodeEnd[][]> {
  const { threadId, startedAfter } = record;
  const finished = await finishedTasks(checkpointer, threadId, "");
  const steps: NodeEnd[][] = [];
  let next: StateSnapshot | undefined;
  for await (const snapshot of graph.getStateHistory({ configurable: { thread_id: threadId } })) {
    const id = checkpointOf(snapshot);
    if (next && id !== next.parentConfig?.configurable?.["checkpoint_id"]) continue;
    if (!next) steps.push(endsOf(snapshot).filter(({ taskId }) => finished.has(taskId)));
    else if (next.metadata?.source === "loop") steps.push(endsOf(snapshot));
    if (id === startedAfter) break;
    next = snapshot;
  }
  return steps.reverse();
}

const endsOf = ({ tasks }: StateSnapshot): NodeEnd[] =>
  tasks
    .filter(({ name, error, result }) => name !== START && (!error || result !== undefined))
    .map(({ id, name }) => ({ taskId: id, node: name }));

/** What a task writes that has not ended. */
const UNFINISHED = ["__error__", "__error_source_node__", "__interrupt__", "__resume__"];

/** The ids of the tasks of a namespace's newest checkpoint that have written their update. */
export async function finishedTasks(
  checkpointer: BaseCheckpointSaver,
  threadId: string,
  namespace: string,
): Promise<Set<string>> {
  const config = { configurable: { thread_id: threadId, checkpoint_ns: namespace } };
  const { pendingWrites = [] } = (await checkpointer.getTuple(config)) ?? {};
  return new Set(pendingWrites.flatMap(([id, channel]) => (UNFINISHED.includes(channel) ? [] : [id])));
}
