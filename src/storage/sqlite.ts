import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import type { Database } from "better-sqlite3";
import { type Connection, LazyConnection } from "./connection.ts";
import { isCurrent, tables, VERSION_TABLE } from "./record.ts";

/** An opened SQLite file: checkpoints and ledger share one connection, so they never wait for each other. */
export interface Sqlite {
  db: Database;
  saver: SqliteSaver;
}

const BUSY_TIMEOUT_MS = 10_000;
const OPENING_ATTEMPTS = 200;

const TABLES = tables({
  serial: "INTEGER PRIMARY KEY AUTOINCREMENT",
  number: "REAL",
  integer: "INTEGER",
  appendOnly: (table) =>
    // What an INSERT OR REPLACE takes away, it takes away without a DELETE.
    ["UPDATE", "DELETE", `INSERT WHEN EXISTS (SELECT 1 FROM ${table} WHERE seq = NEW.seq)`]
      .map((change) => {
        const [kind, ...when] = change.split(" ");
        return `CREATE TRIGGER IF NOT EXISTS ${table}_keeps_${kind} BEFORE ${kind} ON ${table} ${when.join(" ")}
          BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`;
      })
      .join("\n"),
});

/** The SQLite database at a path; the file and its folder are created by the first write. */
export function sqliteConnection(url: string, path: string): Connection<Sqlite> {
  return new LazyConnection(url, {
    exists: () => existsSync(path),
    open: () => openSqlite(path),
    close: ({ db }) => {
      db.close();
    },
  });
}

async function openSqlite(path: string): Promise<Sqlite> {
  mkdirSync(dirname(path), { recursive: true });
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
  }
  const [{ default: SqliteDatabase }, { SqliteSaver }] = await Promise.all([
    import("better-sqlite3"),
    import("@langchain/langgraph-checkpoint-sqlite"),
  ]);
  const db = new SqliteDatabase(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const saver = new SqliteSaver(db);
    await untilNotBusy(async () => {
      db.pragma("journal_mode = WAL");
      createTables(db);
      // The saver creates its tables at its first read, which `deleteThread` is not.
      await saver.getTuple({ configurable: { thread_id: "" } });
    });
    return { db, saver };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Turning on WAL does not wait for the busy timeout, so two processes that create one file can meet. */
async function untilNotBusy(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === OPENING_ATTEMPTS || !isBusy(error)) throw error;
      await sleep(10);
    }
  }
}

/** Whether SQLite refused something because another connection holds a lock. */
export const isBusy = (error: unknown) =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

/** Looks before it writes: a database of this version may be read while another process writes to it. */
function createTables(db: Database): void {
  const known = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'graphwright_schema'").get();
  if (known && isCurrent(db.name, versionOf(db))) return;
  const create = () => {
    db.exec(VERSION_TABLE);
    if (!isCurrent(db.name, versionOf(db))) db.exec(TABLES);
  };
  db.transaction(create).immediate();
}

const versionOf = (db: Database) =>
  db.prepare<[], { version: number }>("SELECT version FROM graphwright_schema").get()?.version;
