import { StorageError } from "../errors.ts";
import type { CallEstimate } from "../outcomes/account.ts";
import { Budget, NOTHING_SPENT, type Spend } from "../outcomes/spend.ts";
import { answerOf, decide, NO_CALLS, type Totals } from "./account.ts";
import type { Granted, RunRecord } from "./ledger.ts";

/** What SQLite and Postgres call differently in the ledger's tables. */
export interface ColumnTypes {
  /** A primary key that counts up by itself. */
  serial: string;
  /** A float of 64 bits. */
  number: string;
}

/** The version of the ledger's tables that this code reads and writes. */
const SCHEMA_VERSION = 1;

/** The statements that create the ledger's tables, as far as they are missing. */
export const tables = ({ serial, number }: ColumnTypes) => `
  CREATE TABLE IF NOT EXISTS graphwright_schema (version INTEGER PRIMARY KEY);
  INSERT INTO graphwright_schema (version)
    SELECT ${SCHEMA_VERSION} WHERE NOT EXISTS (SELECT 1 FROM graphwright_schema);
  CREATE TABLE IF NOT EXISTS graphwright_runs (
    seq ${serial},
    run_id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL,
    graph TEXT NOT NULL,
    input TEXT NOT NULL,
    model TEXT,
    budget TEXT NOT NULL,
    status TEXT NOT NULL,
    ms ${number} NOT NULL,
    started_at TEXT NOT NULL,
    started_after TEXT
  );
  CREATE INDEX IF NOT EXISTS graphwright_runs_thread ON graphwright_runs (thread_id, seq);
  CREATE TABLE IF NOT EXISTS graphwright_calls (
    call_id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    input_tokens ${number} NOT NULL,
    output_tokens ${number} NOT NULL,
    usd ${number},
    is_estimated INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS graphwright_calls_run ON graphwright_calls (run_id);
  CREATE TABLE IF NOT EXISTS graphwright_nodes (
    seq ${serial},
    run_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    node TEXT NOT NULL,
    UNIQUE (run_id, task_id)
  );
`;

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

const budgetFrom = (json: string): Budget => Budget.parse(JSON.parse(json));

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
function totalsFrom(rows: readonly SumRow[], open: 0 | 1): Totals {
  const row = rows.find((candidate) => candidate.open === open);
  if (!row) return NO_CALLS;
  return { calls: row.calls, tokens: row.input_tokens + row.output_tokens, usd: row.usd };
}

/** Answers a reservation by the run's budget column and the sums over its calls. */
export function grantFrom(budget: string, rows: readonly SumRow[], reservation: CallEstimate): Granted {
  return answerOf(decide(budgetFrom(budget), totalsFrom(rows, 0), totalsFrom(rows, 1), reservation));
}

/** The columns of an open call, in the order of `callValues`. */
export const CALL_COLUMNS = "call_id, run_id, input_tokens, output_tokens, usd, is_open, is_estimated";

/** The values of a call that was just granted, in the order of `CALL_COLUMNS`. */
export const callValues = (callId: string, runId: string, reservation: CallEstimate) => [
  callId,
  runId,
  reservation.inputTokens,
  reservation.outputTokens ?? 0,
  reservation.usd,
  1,
  0,
];

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
