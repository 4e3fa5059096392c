import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Retry, type RetryOptions, withRetries } from "../../src/resilience/retry.ts";

const waits = vi.hoisted((): number[] => []);
vi.mock("node:timers/promises", () => ({
  setTimeout: async (ms: number, _: unknown, options?: { signal?: AbortSignal }) => {
    waits.push(ms);
    if (ms < 1e6) return;
    await new Promise((_resolve, reject) => {
      options?.signal?.addEventListener("abort", () => reject(new Error("The wait was ended.")));
    });
  },
}));

const FAILURE = new Error("It failed.");

/** Runs an operation that fails so often, and says what happened. */
async function tried(failures: number, options: Partial<RetryOptions> = {}) {
  const retries: Retry[] = [];
  let attempts = 0;
  const operation = async () => {
    attempts += 1;
    if (attempts <= failures) throw FAILURE;
    return "done";
  };
  const ended = await withRetries(operation, {
    attempts: 4,
    retryOn: () => true,
    waitFor: () => undefined,
    signal: undefined,
    ...options,
    onRetry: (retry) => {
      retries.push(retry);
      options.onRetry?.(retry);
    },
  }).catch((error: unknown) => error);
  return { ended, attempts, retries, waits };
}

beforeEach(() => {
  waits.length = 0;
  vi.restoreAllMocks();
});

describe("retries", () => {
  it("give the result of the first attempt that succeeds, and tell each retry", async () => {
    const { ended, attempts, retries } = await tried(2);
    expect([ended, attempts]).toEqual(["done", 3]);
    expect(retries).toMatchObject([
      { attempt: 1, error: FAILURE },
      { attempt: 2, error: FAILURE },
    ]);
    expect(waits).toEqual(retries.map(({ delayMs }) => delayMs));
  });

  it("end with the last error where the attempts are used up", async () => {
    expect(await tried(9)).toMatchObject({ ended: FAILURE, attempts: 4, retries: [{}, {}, {}] });
    expect(await tried(9, { attempts: 1 })).toMatchObject({ ended: FAILURE, attempts: 1, retries: [] });
  });

  it("end at once with an error that is not to be tried again", async () => {
    expect(await tried(9, { retryOn: () => false })).toMatchObject({ ended: FAILURE, attempts: 1 });
  });

  it("wait at most half a second first, twice as long each time, and never over 20 seconds", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    await tried(9, { attempts: 9 });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it("wait any part of that, by chance", async () => {
    vi.spyOn(Math, "random").mockReturnValueOnce(0).mockReturnValueOnce(0.5);
    await tried(2);
    expect(waits).toEqual([0, 500]);
  });

  it("wait as long as the other side asked, in seconds", async () => {
    await tried(2, { waitFor: (error) => (error === FAILURE ? 1.5 : undefined) });
    expect(waits).toEqual([1500, 1500]);
  });

  it("end a wait when the signal aborts, with its reason, and attempt nothing after it", async () => {
    const stop = new AbortController();
    const reason = new Error("Enough.");
    const onRetry = () => queueMicrotask(() => stop.abort(reason));
    const { ended, attempts } = await tried(9, { waitFor: () => 1e6, signal: stop.signal, onRetry });
    expect([ended, attempts]).toEqual([reason, 1]);
  });

  it("attempt nothing where the signal has aborted before", async () => {
    const reason = new Error("Enough.");
    expect(await tried(0, { signal: AbortSignal.abort(reason) })).toMatchObject({
      ended: reason,
      attempts: 0,
    });
  });

  it("do not try again what failed because of the abort", async () => {
    const stop = new AbortController();
    const retryOn = () => {
      stop.abort();
      return true;
    };
    const first = await tried(9, { retryOn, signal: stop.signal });
    expect(first.attempts).toBe(1);
  });
});
