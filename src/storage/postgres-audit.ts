import type { PoolClient } from "pg";
import { codeOf, StorageError } from "../errors.ts";
import type { AuditEntry, AuditFact, AuditHead, AuditLog, AuditOrigin } from "../outcomes/audit.ts";
import { type AuditKey, entryAfter } from "./audit-chain.ts";
import type { Connection } from "./connection.ts";
import { inTransaction, type Postgres } from "./postgres.ts";
import { Queue } from "./queue.ts";
import * as record from "./record.ts";

/** A process that stands still would hold the end of the log for ever, and with it all others: the server ends it. */
const WAITS = "SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = '30s'";

/** The audit log in a Postgres database: whoever appends holds the row that says where the log ends. */
export class PostgresAuditLog implements AuditLog {
  readonly #connection: Connection<Postgres>;
  readonly #key: AuditKey;
  /** Keeps this process from filling the pool with entries that wait for each other. */
  readonly #appends = new Queue();

  constructor(connection: Connection<Postgres>, key: AuditKey) {
    this.#connection = connection;
    this.#key = key;
  }

  async audit(origin: AuditOrigin, fact: AuditFact): Promise<void> {
    const key = this.#key();
    await this.#appends.run("", () =>
      this.#connection.write((opened) =>
        inTransaction(opened, async (client) => {
          await client.query(WAITS);
          const last = record.endOfLog(await headOf(client, "FOR UPDATE"));
          const { seq, body, hash } = entryAfter(last, origin, fact, key);
          await client.query(
            `WITH entry AS (INSERT INTO graphwright_audit (${record.AUDIT_COLUMNS}) VALUES ($1, $2, $3))
              UPDATE graphwright_audit_head SET seq = $1, hash = $3`,
            [seq, body, hash],
          );
        }).catch((error) => {
          throw heldBy(error);
        }),
      ),
    );
  }

  auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    const sql = `SELECT ${record.AUDIT_COLUMNS} FROM graphwright_audit WHERE seq >= $1 ORDER BY seq LIMIT $2`;
    return this.#connection.read<AuditEntry[]>([], async ({ pool }) => {
      const { rows } = await pool.query<AuditEntry>(sql, [from, limit]);
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
    });
  }

  auditHead(): Promise<AuditHead | undefined> {
    return this.#connection.read<AuditHead | undefined>(undefined, async ({ pool }) =>
      record.begun(await headOf(pool)),
    );
  }
}

/** An error in words where it comes from those limits. */
function heldBy(error: unknown): unknown {
  const code = codeOf(error);
  if (code === "55P03") {
    return new StorageError(
      "No entry can be added to the audit log: another process has held its end for 30 s (55P03). End that process, or run again.",
      { cause: error },
    );
  }
  if (code !== "25P03") return error;
  return new StorageError(
    "No entry was added to the audit log: this process stood still for 10 s while it held the log's end, and the server has ended its connection (25P03). Run again.",
    { cause: error },
  );
}

/** Postgres gives its integers of 64 bits as text. */
async function headOf(client: Pick<PoolClient, "query">, lock = ""): Promise<AuditHead | undefined> {
  const { rows } = await client.query<AuditHead>(`${record.AUDIT_HEAD} ${lock}`);
  return rows[0] && { seq: Number(rows[0].seq), hash: rows[0].hash };
}
