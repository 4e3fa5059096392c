import { expect, it } from "vitest";
import type { Granted } from "../../src/storage/ledger.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { CALL, newRun } from "../contracts/runs.ts";

const USED = { inputTokens: 90, outputTokens: 10, usd: 0.02, estimated: false };
const idOf = (answer: Granted) => ("granted" in answer ? answer.granted : "");

/** A run with one settled call, one open call and one node. */
async function begunOn(ledger: MemoryLedger, threadId: string) {
  const run = newRun({}, threadId);
  await ledger.begin(run);
  await ledger.settle(idOf(await ledger.reserve(run.runId, CALL)), USED);
  const open = idOf(await ledger.reserve(run.runId, CALL));
  await ledger.nodeEnded(run.runId, "task", "write", 0);
  return { ...run, open };
}

it("forgets a thread's ended runs when a new one begins, and keeps the newest of each thread", async () => {
  const ledger = new MemoryLedger();
  const first = await begunOn(ledger, "thread");
  const other = await begunOn(ledger, "other thread");
  await ledger.update(first.runId, { status: "done" });
  await ledger.update(other.runId, { status: "done" });
  expect(await ledger.spent(first.runId)).toMatchObject({ calls: 2 });

  const second = await begunOn(ledger, "thread");
  expect(await ledger.spent(first.runId)).toMatchObject({ calls: 0, usd: 0 });
  expect(await ledger.path(first.runId)).toEqual([]);
  await expect(ledger.reserve(first.runId, CALL)).rejects.toMatchObject({ code: "STORAGE" });
  expect(await ledger.settle(first.open, USED)).toMatchObject({ calls: 0 });
  for (const { runId, threadId } of [second, other]) {
    expect((await ledger.latest(threadId))?.runId).toBe(runId);
    expect(await ledger.spent(runId)).toMatchObject({ calls: 2, inputTokens: 190 });
    expect(await ledger.path(runId)).toEqual(["write"]);
  }
});

it("forgets the effects of a run with the run", async () => {
  const ledger = new MemoryLedger();
  const first = await begunOn(ledger, "thread");
  const other = await begunOn(ledger, "other thread");
  for (const { runId } of [first, other]) await ledger.claim(runId, "publish", "owner");
  await ledger.update(first.runId, { status: "done" });
  await begunOn(ledger, "thread");
  expect(await ledger.claim(first.runId, "publish", "owner")).toEqual({ state: "claimed" });
  expect(await ledger.claim(other.runId, "publish", "owner")).toMatchObject({ state: "unknown" });
});

it("keeps a run that has not ended, though a newer one begins on its thread, until a third begins after its end", async () => {
  const ledger = new MemoryLedger();
  const first = await begunOn(ledger, "thread");
  await begunOn(ledger, "thread");
  expect(await ledger.spent(first.runId)).toMatchObject({ calls: 2 });
  await ledger.update(first.runId, { status: "failed" });
  await begunOn(ledger, "thread");
  expect(await ledger.spent(first.runId)).toMatchObject({ calls: 0 });
});

it("takes no longer for a call after twenty thousand others of its run and of other threads", async () => {
  const ledger = new MemoryLedger();
  const run = newRun({});
  await ledger.begin(run);
  const timeOf = async (calls: number) => {
    const start = performance.now();
    for (let i = 0; i < calls; i += 1) {
      await ledger.settle(idOf(await ledger.reserve(run.runId, CALL)), USED);
      await ledger.spent(run.runId);
      await ledger.latest(run.threadId);
    }
    return performance.now() - start;
  };
  for (let i = 0; i < 10_000; i += 1) await begunOn(ledger, `thread ${i}`);
  // It takes some five milliseconds; with a scan of what came before, more than a second.
  expect(await timeOf(500)).toBeLessThan(300);
  expect(await ledger.spent(run.runId)).toMatchObject({ calls: 500, inputTokens: 500 * 90 });
});

it("adds up open calls of known and unknown price, as they come and go", async () => {
  const ledger = new MemoryLedger();
  const { runId } = newRun();
  await ledger.begin({ ...newRun({ usd: 0.3 }), runId });
  const open = [idOf(await ledger.reserve(runId, CALL)), idOf(await ledger.reserve(runId, CALL))];
  await ledger.update(runId, { budget: {} });
  const unpriced = idOf(await ledger.reserve(runId, { ...CALL, usd: null }));
  expect((await ledger.spent(runId)).usd).toBeNull();
  await ledger.settle(unpriced, { ...USED, usd: 0.1 });
  await ledger.update(runId, { budget: { usd: 0.3 } });
  expect((await ledger.spent(runId)).usd).toBeCloseTo(0.3, 12);
  expect(await ledger.reserve(runId, CALL)).toEqual({ wait: true });
  for (const call of open) await ledger.settle(call, { ...USED, usd: 0 });
  expect(await ledger.reserve(runId, CALL)).toHaveProperty("granted");
});
