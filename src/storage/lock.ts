import { StorageError, ThreadError } from "../errors.ts";
import type { ThreadLock } from "./ledger.ts";

/** Locks of threads that live as long as the process that took them. */
export interface Locks {
  /** @throws ThreadError ("busy") at once */
  take(threadId: string): Promise<ThreadLock>;
  /** Lets every thread go. */
  close(): Promise<void>;
}

/** The `lost` of a lock that nothing but its release or its process's end can take away. */
export const neverLost = (): AbortSignal => new AbortController().signal;

/** The error of a lock that another run holds. */
export const busyThread = (threadId: string) =>
  new ThreadError(
    threadId,
    "busy",
    `Another process or run is using the thread "${threadId}": wait for it to end, or use another --thread.`,
  );

/** The error of a call for a run that was never begun. */
export const unknownRun = (runId: string) =>
  new StorageError(`The ledger knows no run "${runId}": begin the run before its first model call.`);

/** The error of a run that is begun a second time. */
export const repeatedRun = (runId: string) =>
  new StorageError(`The run "${runId}" is in the ledger already: give every run an id of its own.`);
