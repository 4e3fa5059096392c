import { createHash } from "node:crypto";
import type { Client } from "pg";
import { StorageError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import { withoutPassword } from "./failure.ts";
import type { ThreadLock } from "./ledger.ts";
import { busyThread, type Locks } from "./lock.ts";
import type { Postgres } from "./postgres.ts";

/**
 * Lets a server that lost its client's host notice it after a minute, not after the system's two hours. The
 * client notices a lost server earlier (`KEEP_ALIVE_MS` in `postgres.ts`), so it stops before its locks are free.
 */
const KEEP_ALIVE =
  "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";

/** The connection that holds locks; `broken` is aborted when it ends by itself. */
interface Session {
  client: Client;
  broken: AbortSignal;
  end(): Promise<void>;
}

/**
 * Locks threads by session-level advisory locks, all on one connection of its own, which the server ends with
 * the process. The connection is there while a thread is held.
 *
 * When that connection breaks, its locks are gone, and another process can take the threads: each holder is
 * told by `lost`. Within this process the threads stay taken until they are released.
 */
export class PostgresLocks implements Locks {
  readonly #connection: Connection<Postgres>;
  /** A session may take its own lock again, so threads of this process are told apart here. */
  readonly #held = new Set<string>();
  #session: Promise<Session> | undefined;

  constructor(connection: Connection<Postgres>) {
    this.#connection = connection;
  }

  async take(threadId: string): Promise<ThreadLock> {
    if (this.#held.has(threadId)) throw busyThread(threadId);
    this.#held.add(threadId);
    try {
      const session = await this.#connect();
      const taken = await ask(session.client, "pg_try_advisory_lock", threadId);
      if (!taken) throw busyThread(threadId);
      return { release: this.#releaseOf(session, threadId), lost: session.broken };
    } catch (error) {
      await this.#drop(threadId);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#held.clear();
    await this.#endSession();
  }

  #connect(): Promise<Session> {
    if (this.#session) return this.#session;
    const session = this.#connection.write(async (opened) => {
      const begun = sessionOf(await opened.connect(), this.#connection.url);
      begun.broken.addEventListener("abort", forget, { once: true });
      await begun.client.query(KEEP_ALIVE);
      return begun;
    });
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.catch(forget);
    this.#session = session;
    return session;
  }

  #releaseOf({ client, broken }: Session, threadId: string): ThreadLock["release"] {
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      // A connection that broke has given the lock up already; one that breaks now does so too.
      if (!broken.aborted) await ask(client, "pg_advisory_unlock", threadId).catch(() => false);
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
    await session?.then(({ end }) => end()).catch(() => {});
  }
}

function sessionOf(client: Client, url: string): Session {
  const broken = new AbortController();
  const lose = (cause?: unknown) => {
    const message =
      `The connection to ${withoutPassword(url)} broke, and with it the lock of the thread: ` +
      "check the server, then resume the run.";
    broken.abort(new StorageError(message, { cause }));
  };
  client.once("error", lose);
  client.once("end", lose);
  const end = () => {
    client.off("error", lose);
    client.off("end", lose);
    return client.end();
  };
  return { client, broken: broken.signal, end };
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
