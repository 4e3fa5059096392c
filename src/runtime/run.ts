import { randomUUID } from "node:crypto";
import type { BaseCheckpointSaver } from "@langchain/langgraph";
import { UsageError } from "../errors.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import { type Budget, NOTHING_SPENT } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import { ledgerBeside } from "../storage/beside.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { defaultCheckpointer } from "../storage/open.ts";
import { type Execution, execute, failureOf, type StoredGraph } from "./execution.ts";
import { type AnyGraph, checkInput, type InputOf, nameOf, type OutputOf, withStorage } from "./graph.ts";
import { checkOptions, givenCaps, type RunOptions } from "./options.ts";
import { checkpointOf, refuseUnknown, startOn, type ThreadState } from "./thread.ts";

/**
 * Runs a compiled graph on a thread until it ends, waits, or is stopped; with `resume`, goes on with
 * the thread's unfinished run (`input` is null then).
 *
 * The thread is locked meanwhile. What happens to the run is in the result: a failure, a spent budget
 * and an abort as well.
 *
 * @throws UsageError on misuse only: bad input or options, or a thread that is not in a state for it
 */
export async function run<Graph extends AnyGraph>(
  graph: Graph,
  input: InputOf<Graph> | null,
  options: RunOptions = {},
): Promise<RunResult<OutputOf<Graph>>> {
  await checkOptions(options);
  if (options.resume === undefined) await checkInput(graph, input);
  else if (input !== null) throw new UsageError("BAD_RESUME", "A resumed run takes no new input; pass null.");
  else if (options.thread === undefined)
    throw new UsageError("BAD_RESUME", "Name the thread that is to be resumed.");

  const threadId = options.thread ?? randomUUID();
  try {
    return (await locked(storageOf(graph, options), threadId, input, options)) as RunResult<OutputOf<Graph>>;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return unknownEnd(threadId, error);
  }
}

/** Reads before it locks: a lock writes, and neither an unknown thread nor an unusable database is to be written to. */
async function locked(
  stored: StoredGraph,
  threadId: string,
  input: unknown,
  options: RunOptions,
): Promise<RunResult> {
  const before = await threadState(stored, threadId);
  if (options.resume !== undefined) refuseUnknown(before);
  const release = await stored.ledger.lock(threadId);
  try {
    return await execute(await begun(stored, threadId, input, options));
  } finally {
    await release();
  }
}

/** The result where the storage failed, so that nothing more is known of the run. */
const unknownEnd = (threadId: string, error: unknown): RunResult<never> => ({
  status: "failed",
  output: null,
  partial: null,
  interrupts: [],
  error: failureOf(error),
  threadId,
  spend: NOTHING_SPENT,
  path: [],
});

/** The graph with the storage that the options name, else its own, else the default. */
export function storageOf(
  graph: AnyGraph,
  options: Pick<RunOptions, "checkpointer" | "ledger" | "store">,
): StoredGraph {
  const own = typeof graph.checkpointer === "object" ? graph.checkpointer : undefined;
  const checkpointer: BaseCheckpointSaver = options.checkpointer ?? own ?? defaultCheckpointer();
  return {
    graph: withStorage(graph, checkpointer, options.store),
    ledger: options.ledger ?? ledgerBeside(checkpointer),
  };
}

/** What the storage knows of a thread. */
export async function threadState({ graph, ledger }: StoredGraph, threadId: string): Promise<ThreadState> {
  const snapshot = await graph.getState({ configurable: { thread_id: threadId } }, { subgraphs: true });
  return { threadId, snapshot, latest: await ledger.latest(threadId) };
}

async function begun(
  stored: StoredGraph,
  threadId: string,
  input: unknown,
  options: RunOptions,
): Promise<Execution> {
  const { graph, ledger } = stored;
  const thread = await threadState(stored, threadId);
  const start = startOn(graph, thread, input, options.resume);
  const { latest } = thread;
  if (!latest || (start !== "ended" && start.fresh)) {
    const record = newRecord(graph, thread, input, options);
    await ledger.begin(record);
    return { stored, record, start, options };
  }
  const budget: Budget = { ...latest.budget, ...givenCaps(options.budget) };
  await ledger.settleOpen(latest.runId);
  await ledger.update(latest.runId, { budget, status: "running" });
  return { stored, record: { ...latest, budget }, start, options };
}

function newRecord(
  graph: AnyGraph,
  { threadId, snapshot }: ThreadState,
  input: unknown,
  { budget, models }: RunOptions,
): RunRecord {
  return {
    runId: randomUUID(),
    threadId,
    graph: nameOf(graph),
    input,
    model: typeof models === "string" ? models : null,
    budget: { calls: settings().budgetCalls, ...givenCaps(budget) },
    status: "running",
    ms: 0,
    startedAt: new Date().toISOString(),
    startedAfter: checkpointOf(snapshot),
  };
}
