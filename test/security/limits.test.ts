import { expect, it } from "vitest";
import { unfitness } from "../../src/security/limits.ts";

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;

it.each<[string, unknown, string]>([
  [
    "a control character",
    { topic: "a\u0007" },
    '"topic": it holds the control character U+0007 at position 2',
  ],
  [
    "one deep inside",
    { list: [{ text: "\u009b" }] },
    '"list.0.text": it holds the control character U+009B at position 1',
  ],
  ["one in a name", { "a\u0000": 1 }, "it holds the control character U+0000 at position 2"],
  [
    "half of a character",
    { topic: "😀\ud83d" },
    '"topic": it holds half of a character, U+D83D at position 3',
  ],
  ["one in a text alone", "yes\u001b[0m", "it holds the control character U+001B at position 4"],
  ["a cycle", cycle, "it cannot be written as JSON, for Converting circular structure to JSON"],
  [
    "a number that JSON has not",
    { id: 1n },
    "it cannot be written as JSON, for Do not know how to serialize a BigInt",
  ],
])("says of %s where it is", (_, value, reason) => {
  expect(unfitness(value, 1_000)).toBe(reason);
});

it("takes tabs and line breaks, and all that is JSON", () => {
  expect(
    unfitness({ topic: "a\tb\r\nc\n", n: 1, none: null, list: [true, "ü 😀 \u202e"] }, 1_000),
  ).toBeUndefined();
  expect(unfitness(undefined, 1_000)).toBeUndefined();
});

it("takes as many characters as it may, and says how many there are beyond", () => {
  expect(unfitness("a".repeat(98), 100)).toBeUndefined();
  expect(unfitness("a".repeat(99), 100)).toMatch(/101 characters.* 100 .*GRAPHWRIGHT_MAX_INPUT_CHARS/);
});
