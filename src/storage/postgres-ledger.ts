import type { PoolClient } from "pg";
import type { CallEstimate } from "../outcomes/account.ts";
import type { Spend, Usage } from "../outcomes/spend.ts";
import type { Connection } from "./connection.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { type Locks, repeatedRun, unknownRun } from "./lock.ts";
import { inTransaction, type Postgres } from "./postgres.ts";
import { Queue } from "./queue.ts";
import * as record from "./record.ts";

/** The ledger in the Postgres database that holds the checkpoints; its thread locks are advisory locks. */
export class PostgresLedger implements Ledger {
  readonly #connection: Connection<Postgres>;
  readonly #locks: Locks;
  /** Keeps one run from filling the pool with reservations that wait for each other. */
  readonly #reservations = new Queue();
  /** Keeps nodes in the order in which they ended, for the pool's connections would race. */
  readonly #ends = new Queue();

  constructor(connection: Connection<Postgres>, locks: Locks) {
    this.#connection = connection;
    this.#locks = locks;
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

  async settle(callId: string, usage: Usage): Promise<void> {
    await this.#query(
      `UPDATE graphwright_calls SET is_open = 0, input_tokens = $2, output_tokens = $3, usd = $4,
        is_estimated = $5 WHERE call_id = $1 AND is_open = 1`,
      [callId, usage.inputTokens, usage.outputTokens, usage.usd, usage.estimated ? 1 : 0],
    );
  }

  async settleOpen(runId: string): Promise<void> {
    await this.#query(
      "UPDATE graphwright_calls SET is_open = 0, is_estimated = 1 WHERE run_id = $1 AND is_open = 1",
      [runId],
    );
  }

  async spent(runId: string): Promise<Spend> {
    const rows = await this.#query<record.SumRow>(`${record.SUM_CALLS} $1 GROUP BY is_open`, [runId]);
    const [run] = await this.#query<{ ms: number }>("SELECT ms FROM graphwright_runs WHERE run_id = $1", [
      runId,
    ]);
    return record.spendFrom(rows, run?.ms ?? 0);
  }

  async nodeEnded(runId: string, taskId: string, node: string): Promise<void> {
    await this.#ends.run(runId, () =>
      this.#query(
        `INSERT INTO graphwright_nodes (run_id, task_id, node) VALUES ($1, $2, $3)
          ON CONFLICT (run_id, task_id) DO UPDATE SET seq = DEFAULT, node = EXCLUDED.node`,
        [runId, taskId, node],
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

  async close(): Promise<void> {
    await this.#locks.close();
    await this.#connection.close();
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
  const { rows } = await client.query<record.SumRow>(`${record.SUM_CALLS} $1 GROUP BY is_open`, [runId]);
  const answer = record.grantFrom(runs[0].budget, rows, reservation);
  if ("granted" in answer) {
    await client.query(
      `INSERT INTO graphwright_calls (${record.CALL_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      record.callValues(answer.granted, runId, reservation),
    );
  }
  return answer;
}
