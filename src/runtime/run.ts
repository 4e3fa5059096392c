import { randomUUID } from "node:crypto";
import type { BaseCheckpointSaver } from "@langchain/langgraph";
import { messageOf, UsageError } from "../errors.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import { type Budget, NOTHING_SPENT } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import { ledgerBeside } from "../storage/beside.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { defaultCheckpointer } from "../storage/open.ts";
import { unknownEnd } from "./conclusion.ts";
import { type Beginning, execute } from "./execution.ts";
import {
  type AnyGraph,
  checkAnswer,
  checkInput,
  type InputOf,
  nameOf,
  type OutputOf,
  type StoredGraph,
  withStorage,
} from "./graph.ts";
import { checkModels, modelsOf, namesOf, unpriced } from "./models.ts";
import { checkOptions, givenCaps, type RunOptions } from "./options.ts";
import { mendedPath } from "./path.ts";
import { Restarts } from "./restarts.ts";
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
  checkOptions(options);
  if (options.resume === undefined) {
    await checkModels(options.models, givenCaps(options.budget));
    await checkInput(graph, input);
  } else if (input !== null)
    throw new UsageError("BAD_RESUME", "A resumed run takes no new input; pass null.");
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
  const lock = await stored.ledger.lock(threadId);
  try {
    return await execute(await begun(stored, threadId, input, options), lock.lost);
  } finally {
    await lock.release().catch(notReleased);
  }
}

/** What the run came to counts; its lock ends with the process at the latest. */
const notReleased = (error: unknown) =>
  process.emitWarning(`A thread's lock could not be released: ${messageOf(error)}`, "GraphwrightWarning");

/** The graph with the storage that the options name, else its own, else the default. */
export function storageOf(
  graph: AnyGraph,
  options: Pick<RunOptions, "checkpointer" | "ledger" | "store">,
): StoredGraph {
  const own = typeof graph.checkpointer === "object" ? graph.checkpointer : undefined;
  const checkpointer: BaseCheckpointSaver = options.checkpointer ?? own ?? defaultCheckpointer();
  return {
    graph: withStorage(graph, checkpointer, options.store),
    checkpointer,
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
): Promise<Beginning> {
  const thread = await threadState(stored, threadId);
  const start = startOn(stored.graph, thread, input, options.resume);
  if (start !== "ended") for (const { answer } of start.answers) checkAnswer(answer);
  const { latest, snapshot } = thread;
  const fresh = start !== "ended" && start.fresh;
  const restarts = fresh ? undefined : new Restarts(stored.checkpointer, threadId, snapshot);
  if (latest && !fresh)
    return { ...(await resumed(stored, latest, options)), stored, start, options, restarts };
  const record = newRecord(stored.graph, thread, input, options);
  if (!fresh) await checkModels(options.models, record.budget);
  await stored.ledger.begin(record);
  return { stored, record, start, options, restarts, before: { spend: NOTHING_SPENT, path: [] } };
}

/** Takes a run up where its last stretch left it. */
async function resumed(
  stored: StoredGraph,
  latest: RunRecord,
  { budget: caps, models }: RunOptions,
): Promise<Pick<Beginning, "record" | "before">> {
  const { ledger } = stored;
  const budget: Budget = { ...latest.budget, ...givenCaps(caps) };
  await checkModels(models ?? modelsOf(latest), budget);
  if (caps?.usd !== undefined && (await ledger.spent(latest.runId)).usd === null) {
    throw unpriced("The price of what the run has spent");
  }
  await ledger.settleOpen(latest.runId);
  const model = namesOf(models) ?? undefined;
  await ledger.update(latest.runId, { budget, status: "running", ...(model && { model }) });
  const path = await mendedPath(stored, latest);
  return { record: { ...latest, budget }, before: { spend: await ledger.spent(latest.runId), path } };
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
    model: namesOf(models),
    budget: { calls: settings().budgetCalls, ...givenCaps(budget) },
    status: "running",
    ms: 0,
    startedAt: new Date().toISOString(),
    startedAfter: checkpointOf(snapshot),
  };
}
