import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  decided,
  missingInWords,
  neededBy,
  type Outcome,
  outcome,
  type Policy,
  policyFor,
  Shortfall,
} from "../../src/outcomes/outcome.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";

const facts = (who: string) => ({ who, ms: 1, spend: NOTHING_SPENT });
const ok = (who: string): Outcome<string> => ({ ...facts(who), status: "ok", value: `By ${who}.` });
const without = (who: string, status: Shortfall): Outcome<string> => ({
  ...facts(who),
  status,
  why: `${who} why`,
});

const statuses = fc.array(fc.constantFrom("ok" as const, ...Shortfall.options), { maxLength: 12 });
const outcomes = statuses.map((all) =>
  all.map((status, at) => (status === "ok" ? ok(`w${at}`) : without(`w${at}`, status))),
);
const policies = fc.oneof(
  fc.constantFrom<Policy>("all", "best_effort"),
  fc.integer({ min: 1, max: 14 }).map((quorum): Policy => ({ quorum })),
  fc.integer({ min: 1, max: 14 }).map((first): Policy => ({ first })),
);

describe("a policy", () => {
  it("is decided by the number of values alone, and every piece of work is either given or missing", () => {
    fc.assert(
      fc.property(outcomes, policies, (all, policy) => {
        const given = all.filter(({ status }) => status === "ok");
        const decision = decided(all, policy);
        const needed = neededBy(policy, all.length);
        expect(decision.status).toBe(given.length >= needed ? "sufficient" : "insufficient");
        expect(decision.missing).toEqual(all.filter(({ status }) => status !== "ok"));
        expect(decision).toMatchObject(
          decision.status === "sufficient" ? { given } : { needed, given: given.length },
        );
      }),
    );
  });

  it("is met by more of what meets it", () => {
    fc.assert(
      fc.property(outcomes, policies, fc.nat(), (all, policy, at) => {
        if (decided(all, policy).status === "insufficient" || all.length === 0) return;
        const better = all.with(at % all.length, ok("better"));
        expect(decided(better, policy).status).toBe("sufficient");
      }),
    );
  });

  it("is never met by nothing", () => {
    fc.assert(
      fc.property(outcomes, policies, (all, policy) => {
        const nothing = all.filter(({ status }) => status !== "ok");
        expect(decided(nothing, policy)).toMatchObject({ status: "insufficient", given: 0 });
      }),
    );
    expect(decided([without("a", "failed")], { quorum: 0 }).status).toBe("insufficient");
  });

  it.each<[Policy, number]>([
    ["all", 4],
    ["best_effort", 1],
    [{ quorum: 2 }, 2],
    [{ first: 3 }, 3],
  ])("%j needs %d of four", (policy, needed) => {
    expect(neededBy(policyFor(policy, 4), 4)).toBe(needed);
  });

  it.each<[object | string | null]>([
    [{ quorum: 0 }],
    [{ quorum: 5 }],
    [{ quorum: 1.5 }],
    [{ first: -1 }],
    [{ first: Number.NaN }],
    [{ most: 1 }],
    [{}],
    ["most"],
    [null],
  ])("%j is refused for four pieces of work", (policy) => {
    expect(() => Reflect.apply(policyFor, undefined, [policy, 4])).toThrow(
      expect.objectContaining({ code: "BAD_POLICY" }),
    );
  });
});

it("an outcome is JSON that its schema reads back, and a value that does not fit is none", () => {
  const schema = z.array(outcome(z.string()));
  fc.assert(
    fc.property(outcomes, (all) => {
      expect(schema.parse(JSON.parse(JSON.stringify(all)))).toEqual(all);
    }),
  );
  expect(schema.safeParse([{ ...facts("a"), status: "ok", value: 1 }]).success).toBe(false);
  expect(schema.safeParse([{ ...facts("a"), status: "failed" }]).success).toBe(false);
});

it("what is missing is said in one line each, with its reason", () => {
  const missing = decided([without("a", "timed_out"), ok("b"), without("c", "failed")], "all").missing;
  expect(missingInWords(missing)).toBe("- a: timed out; a why\n- c: failed; c why");
});
