import { StorageError } from "../errors.ts";
import type { CallEstimate } from "../outcomes/account.ts";
import type { AuditHead } from "../outcomes/audit.ts";
import type { EffectClaim } from "../outcomes/effect.ts";
import { Budget, NOTHING_SPENT, type Spend } from "../outcomes/spend.ts";
import { type Decision, decide, NO_CALLS, type Totals } from "./account.ts";
import type { RunRecord } from "./ledger.ts";

/** What SQLite and Postgres call differently in the ledger's tables. */
export interface ColumnTypes {
  /** A primary key that counts up by itself. */
  serial: string;
  /** A float of 64 bits. */
  number: string;
  /** An integer of 64 bits. */
  integer: string;
  /** The statements by which a table refuses that what it holds is changed or removed. */
  appendOnly: (table: string) => string;
}

/** The version of the ledger's tables that this code reads and writes. */
const SCHEMA_VERSION = 3;

/** The statement that creates the table of the version, empty, where it is missing. */
export const VERSION_TABLE = "CREATE TABLE IF NOT EXISTS graphwright_schema (version INTEGER PRIMARY KEY)";

/** The statements that create what is missing of the ledger's tables, and bring older ones to this version. */
export const tables = ({ serial, number, integer, appendOnly }: ColumnTypes) => `
  ${VERSION_TABLE};
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
  CREATE TABLE IF NOT EXISTS graphwright_effects (
    scope TEXT NOT NULL,
    effect_key TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    since TEXT NOT NULL,
    reason TEXT,
    result TEXT,
    PRIMARY KEY (scope, effect_key)
  );
  CREATE TABLE IF NOT EXISTS graphwright_audit (
    seq ${integer} PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  ${appendOnly("graphwright_audit")}
  CREATE TABLE IF NOT EXISTS graphwright_audit_head (
    id INTEGER PRIMARY KEY,
    seq ${integer} NOT NULL,
    hash TEXT NOT NULL
  );
  INSERT INTO graphwright_audit_head (id, seq, hash) VALUES (1, 0, '') ON CONFLICT (id) DO NOTHING;
  DELETE FROM graphwright_schema;
  INSERT INTO graphwright_schema (version) VALUES (${SCHEMA_VERSION});
`;

/**
 * Whether tables are of this version; older ones, and those that are not there yet, are not.
 *
 * @throws StorageError for tables that a newer Graphwright wrote
 */
export function isCurrent(where: string, version: number | undefined): boolean {
  if (version === undefined || version <= SCHEMA_VERSION) return version === SCHEMA_VERSION;
  throw new StorageError(
    `The ledger in ${where} has version ${version}, and this Graphwright reads ${SCHEMA_VERSION}: ` +
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

/** Sums over the calls of a run that are open, or over those that are settled, and the run's active time. */
export interface SumRow {
  ms: number;
  /** Null in the one row of a run without calls. */
  open: number | null;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  usd: number | null;
  estimated: number;
}

/**
 * Groups a run's calls into at most two rows, or none for an unknown run; `usd` is null as soon as one call's
 * is. It runs on SQLite and on Postgres; `run` is the placeholder of its id.
 */
export const sumsOf = (run: string) => `
  SELECT run.ms AS ms, call.is_open AS open, CAST(count(call.call_id) AS DOUBLE PRECISION) AS calls,
    sum(call.input_tokens) AS input_tokens, sum(call.output_tokens) AS output_tokens,
    CASE WHEN count(call.usd) = count(*) THEN sum(call.usd) END AS usd, max(call.is_estimated) AS estimated
  FROM graphwright_runs run LEFT JOIN graphwright_calls call ON call.run_id = run.run_id
  WHERE run.run_id = ${run} GROUP BY run.ms, call.is_open`;

/** The run that a call belongs to, for `sumsOf`; `call` is the placeholder of its id. */
export const runOfCall = (call: string) => `(SELECT run_id FROM graphwright_calls WHERE call_id = ${call})`;

/** The totals of the calls that are open (1) or settled (0). */
function totalsFrom(rows: readonly SumRow[], open: 0 | 1): Totals {
  const row = rows.find((candidate) => candidate.open === open);
  if (!row) return NO_CALLS;
  return { calls: row.calls, tokens: row.input_tokens + row.output_tokens, usd: row.usd };
}

/** Decides on a reservation by the run's budget column and the sums over its calls. */
export function decisionFrom(budget: string, rows: readonly SumRow[], reservation: CallEstimate): Decision {
  return decide(budgetFrom(budget), totalsFrom(rows, 0), totalsFrom(rows, 1), reservation);
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
export function spendFrom(rows: readonly SumRow[]): Spend {
  const spend: Spend = { ...NOTHING_SPENT, ms: rows[0]?.ms ?? 0 };
  for (const row of rows) {
    if (row.open === null) continue;
    spend.calls += row.calls;
    spend.inputTokens += row.input_tokens;
    spend.outputTokens += row.output_tokens;
    spend.usd = spend.usd === null || row.usd === null ? null : spend.usd + row.usd;
    spend.estimated ||= row.estimated > 0 || row.open === 1;
  }
  return spend;
}

/** What the settled calls alone have spent. */
export const settledFrom = (rows: readonly SumRow[]): Spend =>
  spendFrom(rows.map((row) => (row.open === 1 ? { ...row, open: null } : row)));

/** An act as a row of `graphwright_effects`; `reason` and `result` are JSON. */
export interface EffectRow {
  claim_id: string;
  owner: string;
  since: string;
  reason: string | null;
  result: string | null;
}

/** The columns of an act that is claimed, in the order of `effectValues`. */
export const EFFECT_COLUMNS = "claim_id, scope, effect_key, owner, since";

/** What follows the insertion of a claim: it stands only where there is none, and the answer is the one that stands. */
export const UNLESS_CLAIMED = `
  ON CONFLICT (scope, effect_key) DO UPDATE SET claim_id = graphwright_effects.claim_id
  RETURNING claim_id, owner, since, reason, result`;

/** The values of a claim, in the order of `EFFECT_COLUMNS`. */
export const effectValues = (claimId: string, scope: string, key: string, owner: string) => [
  claimId,
  scope,
  key,
  owner,
  new Date().toISOString(),
];

/** Answers a claim by the one that stands. */
export function claimFrom(row: EffectRow | undefined, claimId: string): EffectClaim {
  if (!row || row.claim_id === claimId) return { state: "claimed" };
  const { owner, since, reason, result } = row;
  if (result !== null) return { state: "done", result: JSON.parse(result) };
  return { state: "unknown", owner, since, reason: reason === null ? null : JSON.parse(reason) };
}

/** A result as it is stored. */
export const resultJson = (result: unknown): string => JSON.stringify(result) ?? "null";

/** The columns of an audit entry. */
export const AUDIT_COLUMNS = "seq, body, hash";

/** Reads where the audit log ends: a row that is there from the beginning on. */
export const AUDIT_HEAD = "SELECT seq, hash FROM graphwright_audit_head WHERE id = 1";

/**
 * Where the audit log ends, for whoever adds to it.
 *
 * @throws StorageError where that is not recorded: an entry after a guessed one would hide what was removed
 */
export function endOfLog(head: AuditHead | undefined): AuditHead {
  if (head) return head;
  throw new StorageError(
    "The end of the audit log is not recorded any more, so somebody has removed it: check the log by `npm run audit -- verify`.",
  );
}

/** Where the audit log ends, if anything was ever recorded. */
export const begun = (head: AuditHead | undefined): AuditHead | undefined => (head?.seq ? head : undefined);
