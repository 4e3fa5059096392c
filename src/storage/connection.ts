import { StorageError } from "../errors.ts";
import { failureInUse, storageFailure, withoutPassword } from "./failure.ts";

/**
 * A database that is opened by its first use.
 *
 * What keeps it from opening, and what the database throws at the work, is rejected as a `StorageError`; whatever
 * else the work throws passes unchanged.
 */
export interface Connection<Opened> {
  readonly url: string;
  /** Runs work that may write; creates the database where there is none. */
  write<Result>(work: (opened: Opened) => Result | Promise<Result>): Promise<Result>;
  /**
   * Runs work that reads, or that may be done twice; where there is no database yet it is not created, and the
   * answer is `empty`.
   */
  read<Result>(empty: Result, work: (opened: Opened) => Result | Promise<Result>): Promise<Result>;
  /** May be called twice; any later use is rejected. */
  close(): Promise<void>;
}

/** How one kind of database is opened. */
export interface Opener<Opened> {
  /** False where opening would create the database. */
  exists(): boolean;
  open(): Promise<Opened>;
  close(opened: Opened): void | Promise<void>;
  /** Whether the error is that of a pooled connection that the other side had ended before. */
  isBroken?(error: unknown): boolean;
}

/** How often a read is tried where it was given connections that had ended; a pool may hold several. */
const MOST_READS = 4;

/** A connection over an opener: concurrent first uses share one opening, and a failed one is tried again. */
export class LazyConnection<Opened> implements Connection<Opened> {
  readonly url: string;
  readonly #opener: Opener<Opened>;
  #opening: Promise<Opened> | undefined;
  #closed = false;

  constructor(url: string, opener: Opener<Opened>) {
    this.url = url;
    this.#opener = opener;
  }

  async write<Result>(work: (opened: Opened) => Result | Promise<Result>): Promise<Result> {
    const opened = await this.#opened().catch((cause: unknown) => {
      throw storageFailure(this.url, cause);
    });
    try {
      return await work(opened);
    } catch (cause) {
      throw failureInUse(this.url, cause);
    }
  }

  async read<Result>(empty: Result, work: (opened: Opened) => Result | Promise<Result>): Promise<Result> {
    if (!this.#closed && !this.#opening && !this.#opener.exists()) return empty;
    for (let tried = 1; ; tried++) {
      try {
        return await this.write(work);
      } catch (error) {
        const broken = error instanceof StorageError && this.#opener.isBroken?.(error.cause);
        if (!broken || tried === MOST_READS) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening?.catch(() => undefined);
    if (opened === undefined) return;
    try {
      await this.#opener.close(opened);
    } catch (cause) {
      throw storageFailure(this.url, cause);
    }
  }

  async #opened(): Promise<Opened> {
    if (this.#closed) {
      throw new StorageError(
        `The database ${withoutPassword(this.url)} was closed; open it again to use it.`,
      );
    }
    if (this.#opening) return this.#opening;
    const opening = this.#opener.open();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }
}
