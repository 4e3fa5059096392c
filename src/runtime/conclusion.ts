import { GraphwrightError, messageOf, RefusedAnswerError } from "../errors.ts";
import type { PendingInterrupt, RunFailure, RunResult, RunStatus } from "../outcomes/run-result.ts";
import { type Cap, NOTHING_SPENT } from "../outcomes/spend.ts";
import { isStall } from "../outcomes/stall.ts";
import { isBudgetQuestion, spentBudget } from "../resilience/admission.ts";
import { redacted } from "../security/redact.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { outputOf, type StoredGraph } from "./graph.ts";
import { BudgetRefusal } from "./meter.ts";
import { partialOf } from "./partial.ts";
import type { Ending } from "./stops.ts";
import { interruptsOf, isForPerson, isSince, isUnderWay } from "./thread.ts";

/** The result of a stretch, read from the storage. */
export async function concluded(stored: StoredGraph, record: RunRecord, ending: Ending): Promise<RunResult> {
  const { graph, ledger } = stored;
  const config = { configurable: { thread_id: record.threadId } };
  const snapshot = await graph.getState(config, { subgraphs: true });
  const path = await ledger.path(record.runId);
  const interrupts = interruptsOf(snapshot, ending === "ended");
  const finished = !isUnderWay(snapshot) && (ending === "ended" || isSince(snapshot, record));
  const { status, error } = statusOf(ending, finished, interrupts);
  const values: Record<string, unknown> = snapshot.values ?? {};
  return {
    status,
    output: status === "done" ? (outputOf(graph, values) as Record<string, unknown>) : null,
    partial: await partialOf(stored, { threadId: record.threadId, values, path }),
    interrupts: interrupts.filter(isForPerson),
    error,
    threadId: record.threadId,
    spend: await ledger.spent(record.runId),
    path,
  };
}

/** The result where the storage failed: what else is known of the run, which may be nothing. */
export const unknownEnd = (
  threadId: string,
  error: unknown,
  { spend, path }: Pick<RunResult, "spend" | "path"> = { spend: NOTHING_SPENT, path: [] },
): RunResult<never> => ({
  status: "failed",
  output: null,
  partial: null,
  interrupts: [],
  error: failureOf(error),
  threadId,
  spend,
  path,
});

/** A stop that came when all was done changes nothing. */
function statusOf(
  ending: Ending,
  finished: boolean,
  interrupts: PendingInterrupt[],
): { status: RunStatus; error: RunFailure | null } {
  if (finished && typeof ending === "string") return { status: "done", error: null };
  if (ending === "cancelled") return { status: "cancelled", error: null };
  if (ending === "out_of_time") return { status: "budget_exhausted", error: OUT_OF_TIME };
  if (typeof ending === "object" && ending.threw instanceof RefusedAnswerError)
    return { status: "needs_human", error: null };
  if (ending !== "ended") {
    const status = ending.threw instanceof BudgetRefusal ? "budget_exhausted" : "failed";
    return { status, error: failureOf(ending.threw) };
  }
  const values = interrupts.map(({ value }) => value);
  const refused = values.find(isBudgetQuestion);
  if (refused) return { status: "budget_exhausted", error: failureBy("BUDGET", refused) };
  const stall = values.find(isStall);
  if (!stall || interrupts.some(isForPerson)) return { status: "needs_human", error: null };
  return { status: "stalled", error: failureBy("STALLED", stall) };
}

const failureBy = (code: string, { message, cap }: { message: string; cap?: Cap }): RunFailure => ({
  code,
  message: redacted(message),
  ...(cap && { cap }),
});

const OUT_OF_TIME: RunFailure = {
  code: "BUDGET",
  message: spentBudget("time"),
  cap: "ms",
};

/** A failure as data, without secrets. */
function failureOf(error: unknown): RunFailure {
  const code = error instanceof GraphwrightError ? error.code : "UNEXPECTED";
  return {
    code,
    message: redacted(messageOf(error)),
    ...(error instanceof BudgetRefusal && { cap: error.cap }),
  };
}
