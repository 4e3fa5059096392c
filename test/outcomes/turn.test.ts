import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { lastWords, spokenIn, stillIn, type Turn, tooFewLeft, turn } from "../../src/outcomes/turn.ts";

const facts = (who: string, round: number) => ({ who, round, ms: 1, spend: NOTHING_SPENT });
const said = (who: string, round: number, value: string): Turn<string> => ({
  ...facts(who, round),
  status: "ok",
  value,
});
const failed = (who: string, round: number): Turn<string> => ({
  ...facts(who, round),
  status: "failed",
  why: "Down.",
});

const NAMES = ["ann", "bob", "cid"];
const TURNS = [
  said("ann", 1, "A1"),
  said("bob", 1, "B1"),
  failed("cid", 1),
  said("bob", 2, "B2"),
  said("ann", 2, "A2"),
];

describe("turns", () => {
  it("are outcomes with the round that they belong to", () => {
    const schema = turn(z.string().min(1));
    for (const each of TURNS) expect(schema.parse(each)).toEqual(each);
    expect(schema.safeParse({ ...said("ann", 1, "A1"), round: 0 }).success).toBe(false);
    expect(schema.safeParse(said("ann", 1, "")).success).toBe(false);
  });

  it("tell what was said, and what everyone said last", () => {
    expect(spokenIn(TURNS).map(({ value }) => value)).toEqual(["A1", "B1", "B2", "A2"]);
    expect(lastWords(TURNS).map(({ value }) => value)).toEqual(["B2", "A2"]);
    expect(lastWords([])).toEqual([]);
  });

  it("tell who is still in: whoever has failed in none", () => {
    expect(stillIn(NAMES, TURNS)).toEqual(["ann", "bob"]);
    expect(stillIn(NAMES, [])).toEqual(NAMES);
  });

  it("end a conversation in which fewer than two are left", () => {
    const over = tooFewLeft(NAMES, (turns: readonly Turn<string>[]) => turns);
    expect(over(TURNS)).toBeUndefined();
    expect(over([...TURNS, failed("ann", 3)])).toEqual({
      reason: "too_few",
      text: "fewer than two speakers are left",
    });
  });
});
