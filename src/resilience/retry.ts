import { DelegateBackoff, handleWhen, retry } from "cockatiel";

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
 * An abort ends a wait at once.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const policy = retry(handleWhen(options.retryOn), {
    maxAttempts: options.attempts - 1,
    backoff: new DelegateBackoff(({ attempt: failed, result }) => {
      const asked = "error" in result ? options.waitFor(result.error) : undefined;
      return asked === undefined ? jittered(failed) : asked * 1000;
    }),
  });
  policy.onRetry((failed) => {
    if ("error" in failed)
      options.onRetry({ attempt: failed.attempt, delayMs: failed.delay, error: failed.error });
  });
  return abortable(policy.execute(attempt, options.signal), options.signal);
}

/** Source of the formula: Amazon Builders' Library, "Timeouts, retries and backoff with jitter". */
const jittered = (failed: number) => Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failed);

/** The promise, or the signal's reason as soon as it aborts. */
function abortable<Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
