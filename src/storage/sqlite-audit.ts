import type { Database } from "better-sqlite3";
import type { AuditEntry, AuditFact, AuditHead, AuditLog, AuditOrigin } from "../outcomes/audit.ts";
import { type AuditKey, entryAfter } from "./audit-chain.ts";
import type { Connection } from "./connection.ts";
import * as record from "./record.ts";
import type { Sqlite } from "./sqlite.ts";

/** The audit log in a SQLite file: its transactions take the file's write lock before they read where the log ends. */
export class SqliteAuditLog implements AuditLog {
  readonly #connection: Connection<Sqlite>;
  readonly #key: AuditKey;

  constructor(connection: Connection<Sqlite>, key: AuditKey) {
    this.#connection = connection;
    this.#key = key;
  }

  audit(origin: AuditOrigin, fact: AuditFact): Promise<void> {
    const key = this.#key();
    return this.#connection.write(({ db }) =>
      db
        .transaction(() => {
          const { seq, body, hash } = entryAfter(record.endOfLog(headOf(db)), origin, fact, key);
          db.prepare(`INSERT INTO graphwright_audit (${record.AUDIT_COLUMNS}) VALUES (?, ?, ?)`).run(
            seq,
            body,
            hash,
          );
          db.prepare("UPDATE graphwright_audit_head SET seq = ?, hash = ?").run(seq, hash);
        })
        .immediate(),
    );
  }

  auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    const sql = `SELECT ${record.AUDIT_COLUMNS} FROM graphwright_audit WHERE seq >= ? ORDER BY seq LIMIT ?`;
    return this.#connection.read<AuditEntry[]>([], ({ db }) =>
      db.prepare<[number, number], AuditEntry>(sql).all(from, limit),
    );
  }

  auditHead(): Promise<AuditHead | undefined> {
    return this.#connection.read<AuditHead | undefined>(undefined, ({ db }) => record.begun(headOf(db)));
  }
}

const headOf = (db: Database) => db.prepare<[], AuditHead>(record.AUDIT_HEAD).get();
