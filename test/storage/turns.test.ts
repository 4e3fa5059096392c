import { setImmediate as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Turns } from "../../src/storage/turns.ts";

/** Work that ends when it is told to. */
function held() {
  let end = () => {};
  let begun = false;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = () => {
    begun = true;
    return done;
  };
  return { work, end: () => end(), hasBegun: () => begun };
}

describe("turns", () => {
  it("bound how much runs at once, and go on in the order of the calls, also after a failure", async () => {
    const turns = new Turns(2);
    const all = [held(), held(), held(), held()];
    const done = all.map(({ work }) => turns.take(work));
    const failing = turns.take(() => Promise.reject(new Error("so it is")));
    const last = turns.take(async () => "last");
    const begun = () => all.map(({ hasBegun }) => hasBegun());
    await pause();
    expect(begun()).toEqual([true, true, false, false]);
    all[1]?.end();
    await pause();
    expect(begun()).toEqual([true, true, true, false]);
    for (const { end } of all) end();
    await Promise.all(done);
    await expect(failing).rejects.toThrow("so it is");
    expect(await last).toBe("last");
  });

  it("are left by an abort, and what has left does not run", async () => {
    const turns = new Turns(1);
    const [first, second, third] = [held(), held(), held()];
    const stop = new AbortController();
    const one = turns.take(first.work);
    const two = turns.take(second.work, stop.signal);
    const three = turns.take(third.work);
    stop.abort(new Error("enough"));
    await expect(two).rejects.toThrow("enough");
    first.end();
    third.end();
    await Promise.all([one, three]);
    expect([second.hasBegun(), third.hasBegun()]).toEqual([false, true]);
    await expect(turns.take(second.work, stop.signal)).rejects.toThrow("enough");
    expect(await turns.take(async () => "free")).toBe("free");
  });
});
