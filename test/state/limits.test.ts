import { describe, expect, it } from "vitest";
import { bound } from "../../src/state/limits.ts";

describe("a bound", () => {
  it.each([
    [1, {}],
    [0, { least: 0 }],
    [2, { least: 2, most: 10 }],
    [10, { least: 2, most: 10 }],
  ])("of %d is taken within %j", (value, range) => {
    expect(bound("rounds", value, range)).toBe(value);
  });

  it.each([
    [0, {}, "rounds has to be a whole number of at least 1, not 0."],
    [-1, { least: 0 }, "rounds has to be a whole number of at least 0, not -1."],
    [1, { least: 2, most: 10 }, "rounds has to be a whole number from 2 to 10, not 1."],
    [11, { least: 2, most: 10 }, "rounds has to be a whole number from 2 to 10, not 11."],
    [2.5, { most: 10 }, "rounds has to be a whole number from 1 to 10, not 2.5."],
    [Number.NaN, { most: 10 }, "rounds has to be a whole number from 1 to 10, not NaN."],
    [Number.POSITIVE_INFINITY, {}, "rounds has to be a whole number of at least 1, not Infinity."],
  ])("of %d is refused within %j", (value, range, message) => {
    expect(() => bound("rounds", value, range)).toThrow(message);
  });
});
