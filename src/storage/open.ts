import { type BaseCheckpointSaver, MemorySaver } from "@langchain/langgraph-checkpoint";
import { SettingsError } from "../errors.ts";
import { settings } from "../settings.ts";
import { type AuditKey, keyOfSettings } from "./audit-chain.ts";
import { keepBeside } from "./beside.ts";
import { type Connection, LazyConnection } from "./connection.ts";
import { withoutPassword } from "./failure.ts";
import { type HasSaver, LazySaver } from "./lazy-saver.ts";
import type { Ledger } from "./ledger.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { postgresConnection } from "./postgres.ts";
import { PostgresLedger } from "./postgres-ledger.ts";
import { PostgresLocks } from "./postgres-lock.ts";
import { realPath } from "./real-path.ts";
import { sqliteConnection } from "./sqlite.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";
import { sqliteLocks } from "./sqlite-lock.ts";

/** What a storage does beyond its address. */
export interface StorageOptions {
  /** The key that audit entries are hashed with; the settings' unless given. */
  auditKey?: string | undefined;
}

/** Where runs are kept: their checkpoints, and the ledger beside them. */
export interface Storage {
  readonly checkpointer: BaseCheckpointSaver;
  readonly ledger: Ledger;
  /** As it was given, its password included. */
  readonly url: string;
  /** Lets all threads go and closes the database; any later use is rejected. */
  close(): Promise<void>;
}

/**
 * The storage at `file:PATH` (SQLite; relative to the working directory; links are followed, so that
 * one file has one set of locks by whatever name it is opened), `postgres://…` or `memory:`.
 *
 * Opens nothing: file, folder, connection and database package are opened by the first use. Reading a SQLite
 * file that is not there does not create it; it answers as an empty one.
 *
 * @throws SettingsError for any other address
 */
export function openStorage(url: string, { auditKey }: StorageOptions = {}): Storage {
  const key = auditKey === undefined ? keyOfSettings : () => auditKey;
  if (url === "memory:") return memory(url, key);
  if (/^file:./.test(url)) return sqlite(url, realPath(url.slice("file:".length)), key);
  if (/^postgres(ql)?:\/\/./.test(url)) return postgres(url, key);
  throw new SettingsError(
    "DATABASE_URL",
    `DATABASE_URL=${withoutPassword(url)} cannot be used: file:PATH, postgres://…, or memory:.`,
  );
}

let current: Storage | undefined;

/** The storage that the settings name, one per process; after it was closed, the next call opens a new one. */
export function defaultStorage(): Storage {
  if (current) return current;
  const storage = openStorage(settings().databaseUrl);
  const close = () => {
    if (current === opened) current = undefined;
    return storage.close();
  };
  const opened: Storage = { ...storage, close };
  current = opened;
  return opened;
}

/**
 * The checkpointer of `defaultStorage()`, looked up at each use: a graph that is compiled with it can be
 * imported without reading the environment.
 */
export function defaultCheckpointer(): BaseCheckpointSaver {
  const current: Connection<HasSaver> = {
    get url() {
      return defaultStorage().url;
    },
    write: async (work) => work({ saver: defaultStorage().checkpointer }),
    read: async (_, work) => work({ saver: defaultStorage().checkpointer }),
    close: () => defaultStorage().close(),
  };
  const checkpointer = new LazySaver(current);
  keepBeside(checkpointer, () => defaultStorage().ledger);
  return checkpointer;
}

function memory(url: string, key: AuditKey): Storage {
  const connection = new LazyConnection<HasSaver>(url, {
    exists: () => true,
    open: async () => ({ saver: new MemorySaver() }),
    close: () => {},
  });
  return storage(connection, new MemoryLedger(key));
}

function sqlite(url: string, path: string, key: AuditKey): Storage {
  const connection = sqliteConnection(url, path);
  return storage(connection, new SqliteLedger(connection, sqliteLocks(path), key));
}

function postgres(url: string, key: AuditKey): Storage {
  const connection = postgresConnection(url);
  return storage(connection, new PostgresLedger(connection, new PostgresLocks(connection), key));
}

function storage(connection: Connection<HasSaver>, ledger: Ledger): Storage {
  const checkpointer = new LazySaver(connection);
  keepBeside(checkpointer, () => ledger);
  return {
    url: connection.url,
    checkpointer,
    ledger,
    close: async () => {
      await ledger.close();
      await connection.close();
    },
  };
}
