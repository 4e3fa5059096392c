import { createHash } from "node:crypto";
import type { Client } from "pg";
import type { Connection } from "./connection.ts";
import type { Release } from "./ledger.ts";
import { busyThread, type Locks } from "./lock.ts";
import type { Postgres } from "./postgres.ts";

/** Lets a server that lost its client's host notice it after a minute, not after the system's two hours. */
const KEEP_ALIVE =
  "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";

/**
 * Locks threads by session-level advisory locks, all on one connection of its own, which the server ends with
 * the process. The connection is there while a thread is held.
 *
 * When that connection breaks, its locks are gone: within this process the threads stay taken until they are
 * released, but another process can take them.
 */
export class PostgresLocks implements Locks {
  readonly #connection: Connection<Postgres>;
  /** A session may take its own lock again, so threads of this process are told apart here. */
  readonly #held = new Set<string>();
  #session: Promise<Client> | undefined;

  constructor(connection: Connection<Postgres>) {
    this.#connection = connection;
  }

  async take(threadId: string): Promise<Release> {
    if (this.#held.has(threadId)) throw busyThread(threadId);
    this.#held.add(threadId);
    try {
      const client = await this.#connect();
      const taken = await ask(client, "pg_try_advisory_lock", threadId);
      if (!taken) throw busyThread(threadId);
      return this.#releaseOf(client, threadId);
    } catch (error) {
      await this.#drop(threadId);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#held.clear();
    await this.#endSession();
  }

  #connect(): Promise<Client> {
    if (this.#session) return this.#session;
    const session = this.#connection.write(async (opened) => {
      const client = await opened.connect();
      client.once("end", forget);
      await client.query(KEEP_ALIVE);
      return client;
    });
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.catch(forget);
    this.#session = session;
    return session;
  }

  #releaseOf(client: Client, threadId: string): Release {
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      // A connection that broke has given the lock up already.
      await ask(client, "pg_advisory_unlock", threadId).catch(() => false);
      await this.#drop(threadId);
    };
  }

  async #drop(threadId: string): Promise<void> {
    this.#held.delete(threadId);
    if (this.#held.size === 0) await this.#endSession();
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.then((client) => client.end()).catch(() => {});
  }
}

type LockFunction = "pg_try_advisory_lock" | "pg_advisory_unlock";

async function ask(client: Client, lockFunction: LockFunction, threadId: string): Promise<boolean> {
  const { rows } = await client.query<{ done: boolean }>(`SELECT ${lockFunction}($1) AS done`, [
    keyOf(threadId),
  ]);
  return rows[0]?.done ?? false;
}

/** 64 bits of a hash, for advisory locks go by number. */
function keyOf(threadId: string): string {
  const hash = createHash("sha256").update(`graphwright:thread:${threadId}`).digest();
  return hash.readBigInt64BE(0).toString();
}
