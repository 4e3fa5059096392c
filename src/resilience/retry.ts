import { setTimeout as sleep } from "node:timers/promises";

/** One retry that is about to happen. */
export interface Retry {
  /** The attempt that failed, from 1. */
  attempt: number;
  delayMs: number;
  error: unknown;
}

/** What is tried again, how often, and after how long. */
export interface RetryOptions {
  /** Attempts in all, the first included. */
  attempts: number;
  /** Only these errors are tried again. */
  retryOn: (error: unknown) => boolean;
  /** Seconds that the other side asked to wait; undefined leaves the wait to the backoff. */
  waitFor: (error: unknown) => number | undefined;
  onRetry: (retry: Retry) => void;
  signal: AbortSignal | undefined;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;

/**
 * Runs `attempt` until it succeeds, fails for good, or the attempts run out; then its last error is
 * thrown. Waits twice as long each time with full jitter, or as long as the other side asked.
 * An abort ends a wait at once, with the signal's reason, and nothing is attempted after it.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { attempts, retryOn, waitFor, onRetry, signal }: RetryOptions,
): Promise<Result> {
  for (let failed = 1; ; failed++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (failed >= attempts || signal?.aborted || !retryOn(error)) throw error;
      const asked = waitFor(error);
      const delayMs = asked === undefined ? jittered(failed) : asked * 1000;
      onRetry({ attempt: failed, delayMs, error });
      await sleep(delayMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Source of the formula: Amazon Builders' Library, "Timeouts, retries and backoff with jitter". */
const jittered = (failed: number) =>
  Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failed - 1));
