import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EndpointGuard, type EndpointLimits, isLeftAlone } from "../../src/resilience/endpoint-guard.ts";

const down = new Error("down");
const never = new AbortController().signal;
const guardWith = (more: Partial<EndpointLimits> = {}) =>
  new EndpointGuard({
    maxConcurrent: 100,
    breakAfter: 3,
    breakMs: 1000,
    isFailure: (error) => error === down,
    ...more,
  });
const fails = () => Promise.reject(down);

/** Work that ends when it is told to. */
function pending() {
  let end = () => {};
  const work = vi.fn(
    () =>
      new Promise<string>((resolve) => {
        end = () => resolve("answer");
      }),
  );
  return { work, end: () => end() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("calls at once to one endpoint", () => {
  it("are at most as many as allowed, in the order in which they came, each in its own async context", async () => {
    const guard = guardWith({ maxConcurrent: 2 });
    const caller = new AsyncLocalStorage<number>();
    const begun: (number | undefined)[] = [];
    const ends: (() => void)[] = [];
    const work = () => {
      begun.push(caller.getStore());
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    const running = [1, 2, 3, 4, 5].map((n) => caller.run(n, () => guard.run(work, never)));
    await settled();
    expect(begun).toEqual([1, 2]);
    expect(guard.isFull).toBe(true);
    while (begun.length < 5) {
      ends.shift()?.();
      await settled();
    }
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    for (const end of ends) end();
    await Promise.all(running);
    expect(guard.isFull).toBe(false);
  });

  it("stop waiting as soon as they are aborted, and are not made", async () => {
    const guard = guardWith({ maxConcurrent: 1 });
    const first = pending();
    const running = guard.run(first.work, never);
    const stop = new AbortController();
    const work = vi.fn(fails);
    const waiting = guard.run(work, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    first.end();
    await expect(running).resolves.toBe("answer");
    await settled();
    expect(work).not.toHaveBeenCalled();
  });

  it("end by themselves where they have begun", async () => {
    const { work, end } = pending();
    const stop = new AbortController();
    const running = guardWith().run(work, stop.signal);
    await settled();
    stop.abort();
    end();
    await expect(running).resolves.toBe("answer");
  });
});

describe("an endpoint that fails", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is left alone after as many failures in a row as are allowed, until one call has probed it", async () => {
    vi.useFakeTimers();
    const guard = guardWith();
    const works = vi.fn(async () => "answer");
    for (const _ of [1, 2]) await expect(guard.run(fails, never)).rejects.toBe(down);
    expect(await guard.run(works, never)).toBe("answer");
    for (const _ of [1, 2, 3]) await expect(guard.run(fails, never)).rejects.toBe(down);
    expect(guard.circuit).toBe("open");
    await expect(guard.run(works, never)).rejects.toSatisfy(isLeftAlone);
    expect(works).toHaveBeenCalledTimes(1);

    vi.advanceTimersByTime(1000);
    const probe = pending();
    const probing = guard.run(probe.work, never);
    const other = guard.run(works, never);
    await vi.advanceTimersByTimeAsync(0);
    expect(guard.circuit).toBe("half_open");
    expect(works).toHaveBeenCalledTimes(1);
    probe.end();
    expect(await Promise.all([probing, other])).toEqual(["answer", "answer"]);
    expect(guard.circuit).toBe("closed");
  });

  it("is left alone again where the probe fails", async () => {
    vi.useFakeTimers();
    const guard = guardWith({ breakAfter: 1 });
    await expect(guard.run(fails, never)).rejects.toBe(down);
    vi.advanceTimersByTime(1000);
    await expect(guard.run(fails, never)).rejects.toBe(down);
    await expect(guard.run(fails, never)).rejects.toSatisfy(isLeftAlone);
  });

  it("stays left alone where the probe was stopped before it said anything", async () => {
    vi.useFakeTimers();
    const guard = guardWith({ breakAfter: 1, isFailure: (error, probing) => error === down || probing });
    await expect(guard.run(fails, never)).rejects.toBe(down);
    vi.advanceTimersByTime(1000);
    await expect(guard.run(() => Promise.reject(new Error("stopped")), never)).rejects.toThrow("stopped");
    expect(guard.circuit).toBe("open");
    await expect(guard.run(fails, never)).rejects.toSatisfy(isLeftAlone);
  });

  it("is asked on after what is not its failure", async () => {
    const guard = guardWith({ breakAfter: 1 });
    await expect(guard.run(() => Promise.reject(new Error("bad request")), never)).rejects.toThrow("bad");
    expect(guard.circuit).toBe("closed");
  });
});
