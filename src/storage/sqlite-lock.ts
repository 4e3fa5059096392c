import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { busyThread, type Locks, neverLost } from "./lock.ts";
import { isBusy } from "./sqlite.ts";

const GATE_TIMEOUT_MS = 10_000;

/**
 * Locks threads by files beside a database: a lock is a transaction held open on the thread's own file, which
 * the operating system ends with the process.
 *
 * Lock files are opened and removed only inside a transaction on a file that stays, the gate. Without it a
 * process could lock a file that its last owner is just removing, and another one the file that follows it.
 */
export function sqliteLocks(database: string): Locks {
  const folder = `${database}.locks`;
  const held = new Set<Database>();
  let gate: Database | undefined;

  const take = async (threadId: string) => {
    const { default: SqliteDatabase } = await import("better-sqlite3");
    const path = join(folder, `${nameOf(threadId)}.lock`);
    mkdirSync(folder, { recursive: true });
    gate ??= withoutJournal(new SqliteDatabase(join(folder, "gate"), { timeout: GATE_TIMEOUT_MS }));
    const lock = through(gate, () => lockFile(new SqliteDatabase(path, { timeout: 0 }), threadId));
    held.add(lock);
    const release = async () => {
      if (!gate || !held.delete(lock)) return;
      through(gate, () => {
        lock.close();
        rmSync(path, { force: true });
      });
    };
    return { release, lost: neverLost() };
  };

  const close = async () => {
    for (const lock of held) lock.close();
    held.clear();
    gate?.close();
    gate = undefined;
  };
  return { take, close };
}

const nameOf = (threadId: string) => createHash("sha256").update(threadId).digest("hex").slice(0, 32);

function lockFile(lock: Database, threadId: string): Database {
  try {
    withoutJournal(lock).exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw isBusy(error) ? busyThread(threadId) : error;
  }
}

function through<Result>(gate: Database, work: () => Result): Result {
  gate.exec("BEGIN IMMEDIATE");
  try {
    return work();
  } finally {
    gate.exec("ROLLBACK");
  }
}

/** Nothing is ever written to these files; a journal on disk would only be left behind by a killed process. */
function withoutJournal(db: Database): Database {
  db.pragma("journal_mode = MEMORY");
  return db;
}
