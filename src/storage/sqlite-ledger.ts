import type { Database } from "better-sqlite3";
import type { CallEstimate } from "../outcomes/account.ts";
import { NOTHING_SPENT, type Spend, type Usage } from "../outcomes/spend.ts";
import type { Connection } from "./connection.ts";
import { storageFailure } from "./failure.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { type Locks, repeatedRun, unknownRun } from "./lock.ts";
import * as record from "./record.ts";
import type { Sqlite } from "./sqlite.ts";

/** The ledger in the SQLite file that holds the checkpoints; its thread locks are files beside it. */
export class SqliteLedger implements Ledger {
  readonly #connection: Connection<Sqlite>;
  readonly #locks: Locks;

  constructor(connection: Connection<Sqlite>, locks: Locks) {
    this.#connection = connection;
    this.#locks = locks;
  }

  async lock(threadId: string): Promise<ThreadLock> {
    try {
      return await this.#locks.take(threadId);
    } catch (cause) {
      throw storageFailure(this.#connection.url, cause);
    }
  }

  begin(run: RunRecord): Promise<void> {
    return this.#connection.write(({ db }) => {
      const { changes } = db
        .prepare(
          `INSERT OR IGNORE INTO graphwright_runs (${record.RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(...record.runValues(run));
      if (changes === 0) throw repeatedRun(run.runId);
    });
  }

  latest(threadId: string): Promise<RunRecord | undefined> {
    const sql = `SELECT ${record.RUN_COLUMNS} FROM graphwright_runs WHERE thread_id = ? ORDER BY seq DESC LIMIT 1`;
    return this.#connection.read<RunRecord | undefined>(undefined, ({ db }) => {
      const row = db.prepare<[string], record.RunRow>(sql).get(threadId);
      return row && record.runFrom(row);
    });
  }

  update(runId: string, changes: RunChanges): Promise<void> {
    const budget = changes.budget && JSON.stringify(changes.budget);
    return this.#connection.read<void>(undefined, ({ db }) => {
      db.prepare(
        `UPDATE graphwright_runs SET status = coalesce(?, status), budget = coalesce(?, budget),
          ms = coalesce(?, ms), model = coalesce(?, model) WHERE run_id = ?`,
      ).run(changes.status ?? null, budget ?? null, changes.ms ?? null, changes.model ?? null, runId);
    });
  }

  reserve(runId: string, reservation: CallEstimate): Promise<Granted> {
    return this.#connection.write(({ db }) =>
      db.transaction(() => reserve(db, runId, reservation)).immediate(),
    );
  }

  settle(callId: string, usage: Usage): Promise<void> {
    return this.#connection.read<void>(undefined, ({ db }) => {
      db.prepare(
        `UPDATE graphwright_calls SET is_open = 0, input_tokens = ?, output_tokens = ?, usd = ?, is_estimated = ?
          WHERE call_id = ? AND is_open = 1`,
      ).run(usage.inputTokens, usage.outputTokens, usage.usd, usage.estimated ? 1 : 0, callId);
    });
  }

  settleOpen(runId: string): Promise<void> {
    return this.#connection.read<void>(undefined, ({ db }) => {
      db.prepare(
        "UPDATE graphwright_calls SET is_open = 0, is_estimated = 1 WHERE run_id = ? AND is_open = 1",
      ).run(runId);
    });
  }

  spent(runId: string): Promise<Spend> {
    return this.#connection.read<Spend>({ ...NOTHING_SPENT }, ({ db }) =>
      db.transaction(() => record.spendFrom(sums(db, runId), runOf(db, runId)?.ms ?? 0))(),
    );
  }

  nodeEnded(runId: string, taskId: string, node: string): Promise<void> {
    return this.#connection.write(({ db }) => {
      db.prepare("INSERT OR REPLACE INTO graphwright_nodes (run_id, task_id, node) VALUES (?, ?, ?)").run(
        runId,
        taskId,
        node,
      );
    });
  }

  path(runId: string): Promise<string[]> {
    return this.#connection.read<string[]>([], ({ db }) => {
      const sql = "SELECT node FROM graphwright_nodes WHERE run_id = ? ORDER BY seq";
      return db
        .prepare<[string], { node: string }>(sql)
        .all(runId)
        .map(({ node }) => node);
    });
  }

  async close(): Promise<void> {
    await this.#locks.close();
    await this.#connection.close();
  }
}

function reserve(db: Database, runId: string, reservation: CallEstimate): Granted {
  const run = runOf(db, runId);
  if (!run) throw unknownRun(runId);
  const answer = record.grantFrom(run.budget, sums(db, runId), reservation);
  if ("granted" in answer) {
    db.prepare(`INSERT INTO graphwright_calls (${record.CALL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`).run(
      ...record.callValues(answer.granted, runId, reservation),
    );
  }
  return answer;
}

const sums = (db: Database, runId: string) =>
  db.prepare<[string], record.SumRow>(`${record.SUM_CALLS} ? GROUP BY is_open`).all(runId);

const runOf = (db: Database, runId: string) =>
  db
    .prepare<[string], { budget: string; ms: number }>(
      "SELECT budget, ms FROM graphwright_runs WHERE run_id = ?",
    )
    .get(runId);
