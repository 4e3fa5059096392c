import fc from "fast-check";
import { expect, it } from "vitest";
import type { CallEstimate } from "../../src/outcomes/account.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import {
  type Decision,
  decide,
  type Grant,
  NO_CALLS,
  type Totals,
  tokensOf,
} from "../../src/storage/account.ts";

const own = { inputTokens: 100, outputTokens: 50, usd: 0.1 };
/** Of a maximum output of 50 tokens at least 10, at a tenth of a cent each. */
const shrinkable = { ...own, least: { outputTokens: 10, usd: 0.06 } };
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
  ["grants in full what can be shrunk but fits", { tokens: 150 }, NO_CALLS, NO_CALLS, shrinkable, "granted"],
  [
    "waits where its smallest form fits once open calls turn out free",
    { tokens: 160 },
    spent({ tokens: 50 }),
    spent({ calls: 1, tokens: 1 }),
    shrinkable,
    "wait",
  ],
  [
    "refuses where not even its smallest form fits, though calls are open",
    { tokens: 160 },
    spent({ tokens: 51 }),
    spent({ calls: 1, tokens: 100 }),
    shrinkable,
    "tokens",
  ],
  ["refuses where not even the smallest price fits", { usd: 0.059 }, NO_CALLS, NO_CALLS, shrinkable, "usd"],
  [
    "does not shrink where the smallest price is unknown",
    { usd: 0.07 },
    NO_CALLS,
    NO_CALLS,
    { ...own, least: { outputTokens: 10, usd: null } },
    "usd",
  ],
] satisfies [string, Budget, Totals, Totals, CallEstimate, string][])(
  "%s",
  (_, budget, settled, open, call, answer) => {
    expect(said(decide(budget, settled, open, call))).toBe(answer);
  },
);

it.each([
  ["tokens", { tokens: 130 }, { outputTokens: 30, usd: 0.08, shrunkBy: "tokens" }],
  ["money", { usd: 0.0755 }, { outputTokens: 25, usd: 0.075, shrunkBy: "usd" }],
  [
    "tokens, where they leave less than money",
    { tokens: 120, usd: 0.09 },
    { outputTokens: 20, usd: 0.07, shrunkBy: "tokens" },
  ],
  [
    "money, where it leaves less than tokens",
    { tokens: 149, usd: 0.06 },
    { outputTokens: 10, usd: 0.06, shrunkBy: "tokens" },
  ],
] satisfies [string, Budget, Partial<Grant>][])(
  "shrinks a call to what is left of %s, its price in proportion",
  (_, budget, form) => {
    expect(decide(budget, NO_CALLS, NO_CALLS, shrinkable)).toEqual({
      granted: { inputTokens: 100, ...form },
    });
  },
);

it("shrinks a call of unknown price under a cap on tokens", () => {
  const unpriced = { ...own, usd: null, least: { outputTokens: 10, usd: null } };
  expect(decide({ tokens: 120 }, NO_CALLS, NO_CALLS, unpriced)).toEqual({
    granted: { inputTokens: 100, outputTokens: 20, usd: null, shrunkBy: "tokens" },
  });
});

it("shrinks a call by tokens alone where its output is free", () => {
  const free = { ...own, least: { outputTokens: 10, usd: own.usd } };
  expect(decide({ tokens: 120, usd: 0.1 }, NO_CALLS, NO_CALLS, free)).toEqual({
    granted: { inputTokens: 100, outputTokens: 20, usd: 0.1, shrunkBy: "tokens" },
  });
});

const cents = fc.integer({ min: 0, max: 40 }).map((amount) => amount / 100);
/** Calls whose output has one price a token; a third of them cannot be shrunk. */
const reservations = fc
  .record({
    inputTokens: fc.nat(100),
    outputTokens: fc.option(fc.nat(100)),
    least: fc.option(fc.nat(100), { nil: undefined }),
    input: fc.option(cents, { freq: 20 }),
    each: fc.integer({ min: 0, max: 1_000_000 }).map((nanos) => nanos / 1e9),
  })
  .map(({ inputTokens, outputTokens, least, input, each }): CallEstimate => {
    const priced = (output: number) => (input === null ? null : input + output * each);
    const whole = { inputTokens, outputTokens, usd: priced(outputTokens ?? 0) };
    if (least === undefined || outputTokens === null) return whole;
    const outputs = Math.min(least, outputTokens);
    return { ...whole, least: { outputTokens: outputs, usd: priced(outputs) } };
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
          const answer = decide(budget, settled, sum(open), step.reserve);
          if ("granted" in answer) open.push(totalsOf(answer.granted));
        } else if (open.length > 0) {
          const [call] = open.splice(step.settle % open.length, 1);
          if (call) settled = sum([settled, used(call, step.share)]);
        }
        expectWithin(budget, sum([settled, ...open]));
      }
    }),
  );
});

const totals = fc.record({ calls: fc.nat(5), tokens: fc.nat(500), usd: fc.option(cents, { freq: 20 }) });

it("makes a call wait only where it is granted once the open calls turn out free, and only while one is open", () => {
  fc.assert(
    fc.property(budgets, totals, totals, reservations, (budget, settled, others, call) => {
      const open = others.calls > 0 ? others : NO_CALLS;
      const answer = decide(budget, settled, open, call);
      const free = { calls: settled.calls + open.calls, tokens: settled.tokens, usd: settled.usd };
      if ("wait" in answer) {
        expect(decide(budget, free, NO_CALLS, call)).toHaveProperty("granted");
        expect(open.calls).toBeGreaterThan(0);
      }
      if (!("granted" in decide(budget, settled, NO_CALLS, call))) expect(answer).toHaveProperty("refused");
    }),
  );
});

it("never refuses a call whose smallest form would fit beside what is settled, by any cap", () => {
  fc.assert(
    fc.property(budgets, totals, reservations, (budget, settled, call) => {
      const answer = decide(budget, settled, NO_CALLS, call);
      const least = call.least ? { inputTokens: call.inputTokens, ...call.least } : call;
      const fits = isWithin(budget, sum([settled, totalsOf(least)]));
      expect(said(answer) === "granted").toBe(fits);
    }),
  );
});

it("grants in full, or no less than the smallest maximum output and no token less than what all caps leave", () => {
  fc.assert(
    fc.property(budgets, totals, reservations, (budget, settled, call) => {
      const answer = decide(budget, settled, NO_CALLS, call);
      if (!("granted" in answer) || answer.granted === call) return;
      const { outputTokens } = answer.granted;
      expect(outputTokens).toBeGreaterThanOrEqual(call.least?.outputTokens ?? Number.POSITIVE_INFINITY);
      expect(outputTokens).toBeLessThan(call.outputTokens ?? 0);
      const more = formOf(call, (outputTokens ?? 0) + 1);
      expect(isWithin(budget, sum([settled, totalsOf(more)]))).toBe(false);
    }),
  );
});

const said = (answer: Decision) =>
  "granted" in answer ? "granted" : "wait" in answer ? "wait" : answer.refused;

/** A call with another maximum output, at the price that lies on the line between its two. */
function formOf({ inputTokens, outputTokens, usd, least }: CallEstimate, output: number): CallEstimate {
  const span = (outputTokens ?? 0) - (least?.outputTokens ?? 0);
  const share = (output - (least?.outputTokens ?? 0)) / span;
  const [low, high] = [least?.usd ?? null, usd];
  const price = low === null || high === null ? null : low + (high - low) * share;
  return { inputTokens, outputTokens: output, usd: price };
}

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

function isWithin(budget: Budget, total: Totals): boolean {
  const usd = total.usd === null ? Number.POSITIVE_INFINITY : Math.round(total.usd * 1e9);
  return (
    total.calls <= (budget.calls ?? Number.POSITIVE_INFINITY) &&
    total.tokens <= (budget.tokens ?? Number.POSITIVE_INFINITY) &&
    (budget.usd === undefined || usd <= Math.round(budget.usd * 1e9))
  );
}

function expectWithin(budget: Budget, total: Totals): void {
  expect(total.calls).toBeLessThanOrEqual(budget.calls ?? Number.POSITIVE_INFINITY);
  expect(total.tokens).toBeLessThanOrEqual(budget.tokens ?? Number.POSITIVE_INFINITY);
  if (budget.usd === undefined) return;
  // `decide` compares whole billionths, so up to one per call may hide in the sum.
  expect(total.usd).not.toBeNull();
  expect(total.usd ?? 0).toBeLessThanOrEqual(budget.usd + 1e-7);
}
