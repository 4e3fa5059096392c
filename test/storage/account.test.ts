import fc from "fast-check";
import { expect, it } from "vitest";
import type { CallEstimate } from "../../src/outcomes/account.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import { decide, NO_CALLS, type Totals, tokensOf } from "../../src/storage/account.ts";

const own = { inputTokens: 100, outputTokens: 50, usd: 0.1 };
const spent = (totals: Partial<Totals>): Totals => ({ ...NO_CALLS, ...totals });

it.each([
  ["grants any call without a cap", {}, spent({ usd: null }), NO_CALLS, own, "granted"],
  [
    "grants what just fits",
    { calls: 2, tokens: 250 },
    spent({ calls: 1, tokens: 100 }),
    NO_CALLS,
    own,
    "granted",
  ],
  ["adds money without the errors of fractions", { usd: 0.3 }, spent({ usd: 0.2 }), NO_CALLS, own, "granted"],
  [
    "counts an open call as one and never waits for it",
    { calls: 1 },
    NO_CALLS,
    spent({ calls: 1 }),
    own,
    "calls",
  ],
  ["waits for open tokens", { tokens: 200 }, NO_CALLS, spent({ calls: 1, tokens: 100 }), own, "wait"],
  ["waits for open money", { usd: 0.15 }, NO_CALLS, spent({ calls: 1, usd: 0.1 }), own, "wait"],
  [
    "refuses what settled tokens leave no room for",
    { tokens: 200 },
    spent({ tokens: 51 }),
    NO_CALLS,
    own,
    "tokens",
  ],
  [
    "refuses by one cap rather than wait for another",
    { tokens: 200, usd: 0.05 },
    NO_CALLS,
    spent({ tokens: 100 }),
    own,
    "usd",
  ],
  [
    "counts an unknown maximum output as none",
    { tokens: 100 },
    NO_CALLS,
    NO_CALLS,
    { ...own, outputTokens: null },
    "granted",
  ],
  [
    "refuses an unknown price under a cap on money",
    { usd: 9 },
    NO_CALLS,
    NO_CALLS,
    { ...own, usd: null },
    "usd",
  ],
  [
    "refuses any call once money of unknown amount was spent",
    { usd: 9 },
    spent({ usd: null }),
    NO_CALLS,
    own,
    "usd",
  ],
  [
    "refuses any call while one of unknown price is open",
    { usd: 9 },
    NO_CALLS,
    spent({ usd: null }),
    own,
    "usd",
  ],
] satisfies [string, Budget, Totals, Totals, CallEstimate, string][])(
  "%s",
  (_, budget, settled, open, call, answer) => {
    expect(decide(budget, settled, open, call)).toBe(answer);
  },
);

const cents = fc.integer({ min: 0, max: 40 }).map((amount) => amount / 100);
const reservations = fc.record({
  inputTokens: fc.nat(100),
  outputTokens: fc.option(fc.nat(100)),
  usd: fc.option(cents, { freq: 20 }),
});
const budgets = fc.record(
  {
    calls: fc.integer({ min: 1, max: 12 }),
    tokens: fc.integer({ min: 1, max: 900 }),
    usd: cents.filter((cap) => cap > 0),
  },
  { requiredKeys: [] },
);
/** A call to reserve, or which of the open calls to settle and what share of its reservation it used. */
const steps = fc.array(
  fc.oneof(
    fc.record({ reserve: reservations }),
    fc.record({ settle: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  ),
  { maxLength: 60 },
);

it("never exceeds a cap, whatever the order of reservations and settlements", () => {
  fc.assert(
    fc.property(budgets, steps, (budget, sequence) => {
      let settled: Totals = NO_CALLS;
      const open: Totals[] = [];
      for (const step of sequence) {
        if ("reserve" in step) {
          if (decide(budget, settled, sum(open), step.reserve) === "granted")
            open.push(totalsOf(step.reserve));
        } else if (open.length > 0) {
          const [call] = open.splice(step.settle % open.length, 1);
          if (call) settled = sum([settled, used(call, step.share)]);
        }
        expectWithin(budget, sum([settled, ...open]));
      }
    }),
  );
});

it("makes a call wait only where it is granted once the open calls turn out free", () => {
  const totals = fc.record({ calls: fc.nat(5), tokens: fc.nat(500), usd: fc.option(cents, { freq: 20 }) });
  fc.assert(
    fc.property(budgets, totals, totals, reservations, (budget, settled, open, call) => {
      const answer = decide(budget, settled, open, call);
      const free = { calls: settled.calls + open.calls, tokens: settled.tokens, usd: settled.usd };
      if (answer === "wait") expect(decide(budget, free, NO_CALLS, call)).toBe("granted");
      if (decide(budget, settled, NO_CALLS, call) !== "granted") expect(answer).not.toBe("granted");
    }),
  );
});

const totalsOf = (call: CallEstimate): Totals => ({ calls: 1, tokens: tokensOf(call), usd: call.usd });

const used = (call: Totals, share: number): Totals => ({
  calls: 1,
  tokens: Math.floor(call.tokens * share),
  usd: call.usd === null ? null : call.usd * share,
});

const sum = (all: readonly Totals[]): Totals =>
  all.reduce<Totals>(
    (total, { calls, tokens, usd }) => ({
      calls: total.calls + calls,
      tokens: total.tokens + tokens,
      usd: total.usd === null || usd === null ? null : total.usd + usd,
    }),
    NO_CALLS,
  );

function expectWithin(budget: Budget, total: Totals): void {
  expect(total.calls).toBeLessThanOrEqual(budget.calls ?? Number.POSITIVE_INFINITY);
  expect(total.tokens).toBeLessThanOrEqual(budget.tokens ?? Number.POSITIVE_INFINITY);
  if (budget.usd === undefined) return;
  // `decide` compares whole billionths, so up to one per call may hide in the sum.
  expect(total.usd).not.toBeNull();
  expect(total.usd ?? 0).toBeLessThanOrEqual(budget.usd + 1e-7);
}
