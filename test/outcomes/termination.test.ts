import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import {
  agreement,
  both,
  budgetLow,
  condition,
  type Ending,
  either,
  money,
  noProgress,
  rounds,
  type Termination,
  time,
  tokens,
} from "../../src/outcomes/termination.ts";

interface Loop {
  drafts: string[];
  approved: boolean;
  spent: typeof NOTHING_SPENT & { low: boolean };
}

const loop = (facts: Partial<Loop> = {}): Loop => ({
  drafts: [],
  approved: false,
  spent: { ...NOTHING_SPENT, low: false },
  ...facts,
});
const spending = (facts: Partial<Loop["spent"]>) => loop({ spent: { ...loop().spent, ...facts } });

describe("a loop's termination", () => {
  const over: Termination<Loop> = either(
    agreement(({ approved }) => approved, "the reviewer approved"),
    rounds(3, ({ drafts }) => drafts.length),
    noProgress("draft", ({ drafts }) => drafts),
    budgetLow(({ spent }) => spent),
  );

  it.each<[string, Loop, Ending | undefined]>([
    ["goes on where no condition holds", loop({ drafts: ["a", "b"] }), undefined],
    ["ends by agreement", loop({ approved: true }), { reason: "agreement", text: "the reviewer approved" }],
    [
      "ends after its rounds",
      loop({ drafts: ["a", "b", "c"] }),
      { reason: "rounds", text: "3 of 3 rounds are made" },
    ],
    [
      "ends where the same comes again, and says what",
      loop({ drafts: ["a", "a"] }),
      { reason: "no_progress", text: 'the same draft came 2 times in a row: "a"' },
    ],
    [
      "ends where the budget is low",
      spending({ low: true }),
      { reason: "budget", text: "the run's budget is nearly spent" },
    ],
    [
      "gives the first reason of several",
      loop({ approved: true, drafts: ["a", "a", "a"] }),
      { reason: "agreement", text: "the reviewer approved" },
    ],
  ])("%s", (_, state, ending) => {
    expect(over(state)).toEqual(ending);
  });
});

describe("a bound on what is spent", () => {
  const spent = ({ spent }: Loop) => spent;

  it.each<[string, Termination<Loop>, Partial<Loop["spent"]>, Partial<Loop["spent"]>, Ending]>([
    [
      "tokens",
      tokens(20_000, spent),
      { inputTokens: 19_000, outputTokens: 999 },
      { inputTokens: 19_000, outputTokens: 1_000 },
      { reason: "tokens", text: "20000 of 20000 tokens are spent" },
    ],
    [
      "money",
      money(0.5, spent),
      { usd: 0.49 },
      { usd: 0.5 },
      { reason: "money", text: "$0.5 of $0.5 are spent" },
    ],
    [
      "time",
      time(1_500, spent),
      { ms: 1_499 },
      { ms: 3_000 },
      { reason: "time", text: "3 of 1.5 s are spent" },
    ],
  ])("in %s holds at the bound and not before", (_, over, below, at, ending) => {
    expect(over(spending(below))).toBeUndefined();
    expect(over(spending(at))).toEqual(ending);
  });

  it("in money holds where the price is unknown", () => {
    expect(money(1, spent)(spending({ usd: null }))).toMatchObject({ reason: "money" });
  });
});

describe("no progress", () => {
  const handed = ({ drafts }: Loop) => drafts;

  it("is found where two take turns, if it is looked for", () => {
    const state = loop({ drafts: ["x", "code", "qa", "code", "qa"] });
    expect(noProgress("delegation", handed)(state)).toBeUndefined();
    expect(noProgress("delegation", handed, { cycle: 2, by: (each) => each })(state)).toEqual({
      reason: "no_progress",
      text: "the same 2 in turn, each a delegation, came 2 times in a row: code → qa",
    });
  });

  it("compares by what it is told to, and does not mind blanks", () => {
    const state = loop({ drafts: ["A  b", "a\nB"] });
    expect(noProgress("draft", handed)(state)).toBeUndefined();
    const by = (draft: string) => draft.toLowerCase();
    expect(noProgress("draft", handed, { by })(state)?.text).toMatch(/: a b$/);
  });

  it("is the end of a history that repeats itself so often, and of no other", () => {
    const histories = fc.array(fc.constantFrom("a", "b"), { maxLength: 12 });
    const options = fc.record({
      times: fc.integer({ min: 2, max: 4 }),
      cycle: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(histories, options, (drafts, { times, cycle }) => {
        const ended = noProgress("draft", handed, { times, cycle })(loop({ drafts })) !== undefined;
        const ends = Array.from({ length: cycle }, (_, at) => drafts.slice(drafts.length - at - 1));
        const repeats = ends.some(
          (end, at) => end.length > at && drafts.join("").endsWith(end.join("").repeat(times)),
        );
        expect(ended).toBe(repeats);
      }),
    );
  });
});

describe("composed conditions", () => {
  /** Conditions over a set of names: each holds where its name is in the set. */
  const named = (name: string): Termination<ReadonlySet<string>> =>
    condition((state) => state.has(name), `${name} holds`);
  const names = fc.constantFrom("a", "b", "c", "d");
  const terms = fc.letrec<{ term: Termination<ReadonlySet<string>> }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      names.map(named),
      fc.tuple(tie("term"), tie("term")).map(([one, other]) => either(one, other)),
      fc.tuple(tie("term"), tie("term")).map(([one, other]) => both(one, other)),
    ),
  })).term;
  const states = fc.uniqueArray(names).map((each) => new Set(each));
  const same = (one: Termination<ReadonlySet<string>>, other: typeof one, state: ReadonlySet<string>) =>
    expect(one(state)).toEqual(other(state));
  const held = (each: Termination<ReadonlySet<string>>, state: ReadonlySet<string>) =>
    each(state) !== undefined;

  it("are or and and: they end exactly where those of their parts do", () => {
    fc.assert(
      fc.property(terms, terms, states, (a, b, state) => {
        expect(held(either(a, b), state)).toBe(held(a, state) || held(b, state));
        expect(held(both(a, b), state)).toBe(held(a, state) && held(b, state));
      }),
    );
  });

  it("are associative, reasons and words included", () => {
    fc.assert(
      fc.property(terms, terms, terms, states, (a, b, c, state) => {
        same(either(either(a, b), c), either(a, either(b, c)), state);
        same(either(a, b, c), either(a, either(b, c)), state);
        same(both(both(a, b), c), both(a, both(b, c)), state);
        same(both(a, b, c), both(a, both(b, c)), state);
      }),
    );
  });

  it("are absorbed and distribute, as far as whether they end goes", () => {
    fc.assert(
      fc.property(terms, terms, terms, states, (a, b, c, state) => {
        expect(held(either(a, both(a, b)), state)).toBe(held(a, state));
        expect(held(both(a, either(a, b)), state)).toBe(held(a, state));
        expect(held(both(a, either(b, c)), state)).toBe(held(either(both(a, b), both(a, c)), state));
      }),
    );
  });

  it("give the reason of the first that holds, or the words of all that have to", () => {
    const state = new Set(["b", "c"]);
    expect(either(named("a"), named("b"), named("c"))(state)?.text).toBe("b holds");
    expect(both(named("c"), named("b"))(state)?.text).toBe("c holds; b holds");
  });

  it("ask no condition whose answer does not matter", () => {
    const asked: string[] = [];
    const asking = (name: string, holds: boolean) =>
      condition(() => {
        asked.push(name);
        return holds;
      }, name);
    either(asking("a", false), asking("b", true), asking("c", true))({});
    both(asking("d", true), asking("e", false), asking("f", true))({});
    expect(asked).toEqual(["a", "b", "d", "e"]);
  });
});

describe("a bound that cannot be", () => {
  it.each([
    ["rounds", () => rounds(0, () => 0)],
    ["tokens", () => tokens(1.5, () => NOTHING_SPENT)],
    ["money", () => money(Number.NaN, () => NOTHING_SPENT)],
    ["time", () => time(-1, () => NOTHING_SPENT)],
    ["times", () => noProgress("draft", () => [], { times: 1 })],
    ["cycle", () => noProgress("draft", () => [], { cycle: 0 })],
  ])("is refused: %s", (name, made) => {
    expect(made).toThrow(new RegExp(`^${name} has to be`));
  });
});
