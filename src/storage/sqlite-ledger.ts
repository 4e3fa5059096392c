import { randomUUID } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { CallEstimate } from "../outcomes/account.ts";
import type { AuditEntry, AuditFact, AuditHead, AuditOrigin } from "../outcomes/audit.ts";
import type { EffectClaim } from "../outcomes/effect.ts";
import { NOTHING_SPENT, type Spend, type Usage } from "../outcomes/spend.ts";
import { admission } from "./account.ts";
import { type AuditKey, keyOfSettings } from "./audit-chain.ts";
import type { Connection } from "./connection.ts";
import { storageFailure } from "./failure.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { type Locks, repeatedRun, unknownRun } from "./lock.ts";
import * as record from "./record.ts";
import type { Sqlite } from "./sqlite.ts";
import { SqliteAuditLog } from "./sqlite-audit.ts";

/** The ledger in the SQLite file that holds the checkpoints; its thread locks are files beside it. */
export class SqliteLedger implements Ledger {
  readonly #connection: Connection<Sqlite>;
  readonly #locks: Locks;
  readonly #audit: SqliteAuditLog;

  constructor(connection: Connection<Sqlite>, locks: Locks, auditKey: AuditKey = keyOfSettings) {
    this.#connection = connection;
    this.#locks = locks;
    this.#audit = new SqliteAuditLog(connection, auditKey);
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

  settle(callId: string, usage: Usage): Promise<Spend> {
    return this.#connection.read<Spend>({ ...NOTHING_SPENT }, ({ db }) =>
      db.transaction(() => settle(db, callId, usage)).immediate(),
    );
  }

  settleOpen(runId: string): Promise<void> {
    return this.#connection.read<void>(undefined, ({ db }) => {
      db.prepare(
        "UPDATE graphwright_calls SET is_open = 0, is_estimated = 1 WHERE run_id = ? AND is_open = 1",
      ).run(runId);
    });
  }

  spent(runId: string): Promise<Spend> {
    return this.#connection.read<Spend>({ ...NOTHING_SPENT }, ({ db }) => record.spendFrom(sums(db, runId)));
  }

  nodeEnded(runId: string, taskId: string, node: string, ms: number): Promise<void> {
    return this.#connection.write(({ db }) =>
      db.transaction(() => nodeEnded(db, runId, taskId, node, ms)).immediate(),
    );
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

  claim(scope: string, key: string, owner: string): Promise<EffectClaim> {
    const claimId = randomUUID();
    return this.#connection.write(({ db }) => {
      const sql = `INSERT INTO graphwright_effects (${record.EFFECT_COLUMNS}) VALUES (?, ?, ?, ?, ?) ${record.UNLESS_CLAIMED}`;
      const row = db
        .prepare<string[], record.EffectRow>(sql)
        .get(...record.effectValues(claimId, scope, key, owner));
      return record.claimFrom(row, claimId);
    });
  }

  fulfil(scope: string, key: string, result: unknown): Promise<void> {
    const change = "UPDATE graphwright_effects SET result = ?";
    return this.#changeOpen(change, record.resultJson(result), scope, key);
  }

  doubt(scope: string, key: string, reason: string): Promise<void> {
    return this.#changeOpen("UPDATE graphwright_effects SET reason = ?", JSON.stringify(reason), scope, key);
  }

  disclaim(scope: string, key: string): Promise<void> {
    return this.#changeOpen("DELETE FROM graphwright_effects", scope, key);
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

  /** Changes an act, which the last two values name, unless it was done. */
  #changeOpen(change: string, ...values: string[]): Promise<void> {
    return this.#connection.write(({ db }) => {
      db.prepare(`${change} WHERE scope = ? AND effect_key = ? AND result IS NULL`).run(...values);
    });
  }
}

function reserve(db: Database, runId: string, reservation: CallEstimate): Granted {
  const sql = "SELECT budget FROM graphwright_runs WHERE run_id = ?";
  const run = db.prepare<[string], { budget: string }>(sql).get(runId);
  if (!run) throw unknownRun(runId);
  const decision = record.decisionFrom(run.budget, sums(db, runId), reservation);
  if (!("granted" in decision)) return decision;
  const answer = admission(decision.granted);
  db.prepare(`INSERT INTO graphwright_calls (${record.CALL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`).run(
    ...record.callValues(answer.granted, runId, decision.granted),
  );
  return answer;
}

function settle(db: Database, callId: string, usage: Usage): Spend {
  db.prepare(
    `UPDATE graphwright_calls SET is_open = 0, input_tokens = ?, output_tokens = ?, usd = ?, is_estimated = ?
      WHERE call_id = ? AND is_open = 1`,
  ).run(usage.inputTokens, usage.outputTokens, usage.usd, usage.estimated ? 1 : 0, callId);
  return record.settledFrom(sums(db, callId, record.runOfCall("?")));
}

function nodeEnded(db: Database, runId: string, taskId: string, node: string, ms: number): void {
  const sql = "INSERT OR REPLACE INTO graphwright_nodes (run_id, task_id, node) VALUES (?, ?, ?)";
  db.prepare(sql).run(runId, taskId, node);
  db.prepare("UPDATE graphwright_runs SET ms = ? WHERE run_id = ?").run(ms, runId);
}

/** The sums of the run that the id says, or that another placeholder finds by it. */
const sums = (db: Database, id: string, run = "?") =>
  db.prepare<[string], record.SumRow>(record.sumsOf(run)).all(id);
