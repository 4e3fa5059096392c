import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import type { CallEstimate } from "../../src/outcomes/account.ts";
import type { Budget, Spend } from "../../src/outcomes/spend.ts";
import { LedgerAccount } from "../../src/resilience/account.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { CALL, newRun } from "../contracts/runs.ts";

const USED = { inputTokens: 90, outputTokens: 10, usd: 0.02, estimated: false };

afterEach(() => vi.useRealTimers());

async function accountOn(budget: Budget, ledger = new MemoryLedger(), clock = () => 0) {
  const run = newRun(budget);
  await ledger.begin(run);
  return { ledger, runId: run.runId, account: new LedgerAccount(ledger, run.runId, { budget, clock }) };
}

async function granted(account: LedgerAccount, call: CallEstimate = CALL): Promise<string> {
  const answer = await account.admit(call);
  if ("refused" in answer) throw new Error(`refused by ${answer.refused}`);
  return answer.granted;
}

it("says how the run stands after a call, by its own clock, and which cap is nearly used up", async () => {
  let ms = 0;
  const { account } = await accountOn({ calls: 9, tokens: 250, ms: 1_000 }, undefined, () => ms);
  ms = 12;
  const first = await account.settle(await granted(account), USED);
  expect(first).toEqual({ total: { calls: 1, ...USED, ms: 12 }, low: null });
  ms = 900;
  const second = await account.settle(await granted(account), USED);
  expect(second).toMatchObject({ total: { calls: 2, ms: 900 }, low: "ms" });
});

it("admits a waiting call as soon as another one of this process is settled", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { account } = await accountOn({ tokens: 250 });
  const first = await granted(account);
  const second = account.admit({ ...CALL, least: { outputTokens: 10, usd: 0.06 } });
  await setImmediate();
  await account.settle(first, USED);
  expect(await second).toMatchObject({ outputTokens: 50 });
  expect(vi.getTimerCount()).toBe(0);
});

it("misses no settlement that comes while it asks", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { account, ledger } = await accountOn({ tokens: 250 });
  const first = await granted(account);
  const reserve = ledger.reserve.bind(ledger);
  vi.spyOn(ledger, "reserve").mockImplementationOnce(async (...args) => {
    const answer = await reserve(...args);
    await account.settle(first, USED);
    return answer;
  });
  expect(await account.admit(CALL)).toHaveProperty("granted");
});

it("asks again by itself, for another process may have settled", async () => {
  const { account, ledger } = await accountOn({ tokens: 250 });
  const first = await granted(account);
  const second = account.admit(CALL);
  await setImmediate();
  await ledger.settle(first, USED);
  expect(await second).toHaveProperty("granted");
});

it("waits no longer than its signal lets it, and leaves nothing behind", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { account } = await accountOn({ tokens: 150 });
  await granted(account);
  const stop = new AbortController();
  const removed = vi.spyOn(stop.signal, "removeEventListener");
  const waiting = account.admit(CALL, stop.signal);
  await setImmediate();
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(removed).toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

/** Work of a run: a call, or parts that are done one after the other or side by side. */
type Work = { call: CallEstimate; used: number } | { inTurn: Work[] } | { atOnce: Work[] };

const cents = fc.integer({ min: 1, max: 40 }).map((amount) => amount / 100);
const calls = fc
  .record({
    inputTokens: fc.nat(60),
    outputTokens: fc.integer({ min: 1, max: 100 }),
    share: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    each: fc.integer({ min: 0, max: 1_000_000 }).map((nanos) => nanos / 1e9),
    used: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ inputTokens, outputTokens, share, each, used }) => {
    const whole = { inputTokens, outputTokens, usd: (inputTokens + outputTokens) * each };
    const least = Math.ceil(outputTokens * (share ?? 1));
    const usd = (inputTokens + least) * each;
    return { call: share === null ? whole : { ...whole, least: { outputTokens: least, usd } }, used };
  });
const { work: works } = fc.letrec<{ work: Work }>((tie) => ({
  work: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    calls,
    fc.record({ inTurn: fc.array(tie("work"), { maxLength: 4 }) }),
    fc.record({ atOnce: fc.array(tie("work"), { maxLength: 6 }) }),
  ),
}));
const budgets = fc.record(
  { calls: fc.integer({ min: 1, max: 12 }), tokens: fc.integer({ min: 1, max: 600 }), usd: cents },
  { requiredKeys: [] },
);

it("never lets a tree of calls spend more than a cap, nor leaves one waiting, nor refuses one that would fit", async () => {
  const did = { grants: 0, shrunk: 0, refusals: 0 };
  await fc.assert(
    fc.asyncProperty(budgets, fc.array(works, { minLength: 1, maxLength: 6 }), async (budget, atOnce) => {
      const { account, ledger, runId } = await accountOn(budget);
      const refused: CallEstimate[] = [];
      const made = async ({ call, used }: { call: CallEstimate; used: number }) => {
        const answer = await account.admit(call);
        if ("refused" in answer) {
          did.refusals += 1;
          // For good: no room is left for it, whatever the open calls come to.
          refused.push(call);
          return;
        }
        did.grants += 1;
        const outputTokens = answer.outputTokens ?? 0;
        if (outputTokens < (call.outputTokens ?? 0)) did.shrunk += 1;
        expectWithin(budget, await ledger.spent(runId));
        await setImmediate();
        const output = Math.floor(outputTokens * used);
        const share = (call.inputTokens + output) / (call.inputTokens + (call.outputTokens ?? 0));
        const usd = (call.usd ?? 0) * share;
        const usage = { inputTokens: call.inputTokens, outputTokens: output, usd, estimated: false };
        expectWithin(budget, (await account.settle(answer.granted, usage)).total);
      };
      const all = async (work: Work): Promise<void> => {
        if ("call" in work) return made(work);
        if ("atOnce" in work) return void (await Promise.all(work.atOnce.map(all)));
        for (const part of work.inTurn) await all(part);
      };
      await all({ atOnce });
      expect(await ledger.spent(runId)).toMatchObject({ estimated: false });
      for (const call of refused) expect(await account.admit(call)).toHaveProperty("refused");
    }),
    { numRuns: 150 },
  );
  // The budgets and the work are of a size at which all of it happens.
  for (const times of Object.values(did)) expect(times).toBeGreaterThan(20);
});

function expectWithin(budget: Budget, { calls, inputTokens, outputTokens, usd }: Spend): void {
  expect(calls).toBeLessThanOrEqual(budget.calls ?? Number.POSITIVE_INFINITY);
  expect(inputTokens + outputTokens).toBeLessThanOrEqual(budget.tokens ?? Number.POSITIVE_INFINITY);
  // Money is counted in whole billionths, so up to one a call may hide in the sum.
  expect(usd ?? Number.NaN).toBeLessThanOrEqual((budget.usd ?? Number.POSITIVE_INFINITY) + 1e-7);
}
