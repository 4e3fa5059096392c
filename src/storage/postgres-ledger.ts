import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import type { CallEstimate } from "../outcomes/account.ts";
import type { AuditEntry, AuditFact, AuditHead, AuditOrigin } from "../outcomes/audit.ts";
import type { EffectClaim } from "../outcomes/effect.ts";
import type { Spend, Usage } from "../outcomes/spend.ts";
import { admission } from "./account.ts";
import { type AuditKey, keyOfSettings } from "./audit-chain.ts";
import type { Connection } from "./connection.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { type Locks, repeatedRun, unknownRun } from "./lock.ts";
import { inTransaction, type Postgres } from "./postgres.ts";
import { PostgresAuditLog } from "./postgres-audit.ts";
import { Queue } from "./queue.ts";
import * as record from "./record.ts";

/** The ledger in the Postgres database that holds the checkpoints; its thread locks are advisory locks. */
export class PostgresLedger implements Ledger {
  readonly #connection: Connection<Postgres>;
  readonly #locks: Locks;
  readonly #audit: PostgresAuditLog;
  /** Keeps one run from filling the pool with reservations that wait for each other. */
  readonly #reservations = new Queue();
  /** Keeps nodes in the order in which they ended, for the pool's connections would race. */
  readonly #ends = new Queue();

  constructor(connection: Connection<Postgres>, locks: Locks, auditKey: AuditKey = keyOfSettings) {
    this.#connection = connection;
    this.#locks = locks;
    this.#audit = new PostgresAuditLog(connection, auditKey);
  }

  lock(threadId: string): Promise<ThreadLock> {
    return this.#connection.write(() => this.#locks.take(threadId));
  }

  async begin(run: RunRecord): Promise<void> {
    const inserted = await this.#queryOnce(
      `INSERT INTO graphwright_runs (${record.RUN_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (run_id) DO NOTHING RETURNING run_id`,
      record.runValues(run),
    );
    if (inserted.length === 0) throw repeatedRun(run.runId);
  }

  async latest(threadId: string): Promise<RunRecord | undefined> {
    const [row] = await this.#query<record.RunRow>(
      `SELECT ${record.RUN_COLUMNS} FROM graphwright_runs WHERE thread_id = $1 ORDER BY seq DESC LIMIT 1`,
      [threadId],
    );
    return row && record.runFrom(row);
  }

  async update(runId: string, changes: RunChanges): Promise<void> {
    const budget = changes.budget && JSON.stringify(changes.budget);
    await this.#query(
      `UPDATE graphwright_runs SET status = coalesce($2, status), budget = coalesce($3, budget),
        ms = coalesce($4, ms), model = coalesce($5, model) WHERE run_id = $1`,
      [runId, changes.status, budget, changes.ms, changes.model],
    );
  }

  reserve(runId: string, reservation: CallEstimate): Promise<Granted> {
    return this.#reservations.run(runId, () =>
      this.#connection.write((opened) =>
        inTransaction(opened, (client) => reserve(client, runId, reservation)),
      ),
    );
  }

  async settle(callId: string, usage: Usage): Promise<Spend> {
    await this.#query(
      `UPDATE graphwright_calls SET is_open = 0, input_tokens = $2, output_tokens = $3, usd = $4,
        is_estimated = $5 WHERE call_id = $1 AND is_open = 1`,
      [callId, usage.inputTokens, usage.outputTokens, usage.usd, usage.estimated ? 1 : 0],
    );
    // A query of its own sees the calls that others settled meanwhile: of several at once, the last sees all.
    return record.settledFrom(await this.#query(record.sumsOf(record.runOfCall("$1")), [callId]));
  }

  async settleOpen(runId: string): Promise<void> {
    await this.#query(
      "UPDATE graphwright_calls SET is_open = 0, is_estimated = 1 WHERE run_id = $1 AND is_open = 1",
      [runId],
    );
  }

  async spent(runId: string): Promise<Spend> {
    return record.spendFrom(await this.#query(record.sumsOf("$1"), [runId]));
  }

  async nodeEnded(runId: string, taskId: string, node: string, ms: number): Promise<void> {
    await this.#ends.run(runId, () =>
      this.#query(
        `WITH run AS (UPDATE graphwright_runs SET ms = $4 WHERE run_id = $1)
          INSERT INTO graphwright_nodes (run_id, task_id, node) VALUES ($1, $2, $3)
          ON CONFLICT (run_id, task_id) DO UPDATE SET seq = DEFAULT, node = EXCLUDED.node`,
        [runId, taskId, node, ms],
      ),
    );
  }

  async path(runId: string): Promise<string[]> {
    const rows = await this.#query<{ node: string }>(
      "SELECT node FROM graphwright_nodes WHERE run_id = $1 ORDER BY seq",
      [runId],
    );
    return rows.map(({ node }) => node);
  }

  async claim(scope: string, key: string, owner: string): Promise<EffectClaim> {
    const claimId = randomUUID();
    const [row] = await this.#query<record.EffectRow>(
      `INSERT INTO graphwright_effects (${record.EFFECT_COLUMNS}) VALUES ($1, $2, $3, $4, $5) ${record.UNLESS_CLAIMED}`,
      record.effectValues(claimId, scope, key, owner),
    );
    return record.claimFrom(row, claimId);
  }

  fulfil(scope: string, key: string, result: unknown): Promise<void> {
    return this.#changeOpen(
      scope,
      key,
      "UPDATE graphwright_effects SET result = $3",
      record.resultJson(result),
    );
  }

  doubt(scope: string, key: string, reason: string): Promise<void> {
    return this.#changeOpen(scope, key, "UPDATE graphwright_effects SET reason = $3", JSON.stringify(reason));
  }

  disclaim(scope: string, key: string): Promise<void> {
    return this.#changeOpen(scope, key, "DELETE FROM graphwright_effects");
  }

  audit(origin: AuditOrigin, fact: AuditFact): Promise<void> {
    return this.#audit.audit(origin, fact);
  }

  auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    return this.#audit.auditEntries(from, limit);
  }

  auditHead(): Promise<AuditHead | undefined> {
    return this.#audit.auditHead();
  }

  async close(): Promise<void> {
    await this.#locks.close();
    await this.#connection.close();
  }

  /** Changes an act, unless it was done. */
  async #changeOpen(scope: string, key: string, change: string, ...values: string[]): Promise<void> {
    await this.#query(`${change} WHERE scope = $1 AND effect_key = $2 AND result IS NULL`, [
      scope,
      key,
      ...values,
    ]);
  }

  /** A query that may be sent again, on another connection, where the first one had ended. */
  #query<Row extends object>(sql: string, values: unknown[]): Promise<Row[]> {
    return this.#connection.read<Row[]>([], async ({ pool }) => (await pool.query<Row>(sql, values)).rows);
  }

  #queryOnce<Row extends object>(sql: string, values: unknown[]): Promise<Row[]> {
    return this.#connection.write(async ({ pool }) => (await pool.query<Row>(sql, values)).rows);
  }
}

async function reserve(client: PoolClient, runId: string, reservation: CallEstimate): Promise<Granted> {
  const { rows: runs } = await client.query<{ budget: string }>(
    "SELECT budget FROM graphwright_runs WHERE run_id = $1 FOR UPDATE",
    [runId],
  );
  if (!runs[0]) throw unknownRun(runId);
  const { rows } = await client.query<record.SumRow>(record.sumsOf("$1"), [runId]);
  const decision = record.decisionFrom(runs[0].budget, rows, reservation);
  if (!("granted" in decision)) return decision;
  const answer = admission(decision.granted);
  await client.query(
    `INSERT INTO graphwright_calls (${record.CALL_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    record.callValues(answer.granted, runId, decision.granted),
  );
  return answer;
}
