import { StorageError } from "../errors.ts";
import { Budget, NOTHING_SPENT, type Spend } from "../outcomes/spend.ts";
import { NO_CALLS, type Totals } from "./account.ts";
import type { RunRecord } from "./ledger.ts";

/** The version of the ledger's tables that this code reads and writes. */
export const SCHEMA_VERSION = 1;

/** @throws StorageError for tables that another version of Graphwright wrote */
export function checkVersion(where: string, version: number | undefined): void {
  if (version === SCHEMA_VERSION) return;
  throw new StorageError(
    `The ledger in ${where} has version ${version ?? "unknown"}, and this Graphwright reads ${SCHEMA_VERSION}: ` +
      "use the Graphwright that wrote it, or another database.",
  );
}

/** A run as a row of `graphwright_runs`; `input` and `budget` are JSON. */
export interface RunRow {
  run_id: string;
  thread_id: string;
  graph: string;
  input: string;
  model: string | null;
  budget: string;
  status: RunRecord["status"];
  ms: number;
  started_at: string;
  started_after: string | null;
}

/** The columns of `RunRow`, in the order of `runValues`. */
export const RUN_COLUMNS =
  "run_id, thread_id, graph, input, model, budget, status, ms, started_at, started_after";

/** A run's values, in the order of `RUN_COLUMNS`. */
export function runValues(run: RunRecord) {
  const { runId, threadId, graph, input, model, budget, status, ms, startedAt, startedAfter } = run;
  return [
    runId,
    threadId,
    graph,
    JSON.stringify(input) ?? "null",
    model,
    JSON.stringify(budget),
    status,
    ms,
    startedAt,
    startedAfter,
  ];
}

/** The record that a row holds. */
export function runFrom(row: RunRow): RunRecord {
  return {
    runId: row.run_id,
    threadId: row.thread_id,
    graph: row.graph,
    input: JSON.parse(row.input),
    model: row.model,
    budget: budgetFrom(row.budget),
    status: row.status,
    ms: row.ms,
    startedAt: row.started_at,
    startedAfter: row.started_after,
  };
}

/** The budget that a column holds. */
export const budgetFrom = (json: string): Budget => Budget.parse(JSON.parse(json));

/** Sums over the calls of a run that are open, or over those that are settled. */
export interface SumRow {
  open: number;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  usd: number | null;
  estimated: number;
}

/**
 * Groups a run's calls into at most two rows; `usd` is null as soon as one call's is. It runs on SQLite and on
 * Postgres; the caller appends the placeholder of the run's id.
 */
export const SUM_CALLS = `
  SELECT is_open AS open, CAST(count(*) AS DOUBLE PRECISION) AS calls,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
    CASE WHEN count(usd) = count(*) THEN sum(usd) END AS usd, max(is_estimated) AS estimated
  FROM graphwright_calls WHERE run_id = `;

/** The totals of the calls that are open (1) or settled (0). */
export function totalsFrom(rows: readonly SumRow[], open: 0 | 1): Totals {
  const row = rows.find((candidate) => candidate.open === open);
  if (!row) return NO_CALLS;
  return { calls: row.calls, tokens: row.input_tokens + row.output_tokens, usd: row.usd };
}

/** A run's spending: its settled calls, and the open ones at their reservation. */
export function spendFrom(rows: readonly SumRow[], ms: number): Spend {
  const spend: Spend = { ...NOTHING_SPENT, ms };
  for (const row of rows) {
    spend.calls += row.calls;
    spend.inputTokens += row.input_tokens;
    spend.outputTokens += row.output_tokens;
    spend.usd = spend.usd === null || row.usd === null ? null : spend.usd + row.usd;
    spend.estimated ||= row.estimated > 0 || row.open === 1;
  }
  return spend;
}
