import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calculate, calculator, MAX_EXPRESSION } from "../../src/tools/calculator.ts";

describe("the calculator", () => {
  test.each([
    ["2 + 2", "2 + 2 = 4"],
    ["  2+2 ", "2+2 = 4"],
    ["0.1 + 0.2", "0.1 + 0.2 = 0.3"],
    ["(1200 - 950) / 950 * 100", "(1200 - 950) / 950 * 100 = 26.3157894736842"],
    ["-2^2", "-2^2 = -4"],
    ["2**3**2", "2**3**2 = 512"],
    ["6 × 7 ÷ 2 − 1", "6 × 7 ÷ 2 − 1 = 20"],
    ["10 % 3", "10 % 3 = 1"],
    ["5!", "5! = 120"],
    ["max(1, sqrt(16), 3)", "max(1, sqrt(16), 3) = 4"],
    ["log10(1000) + ln(E)", "log10(1000) + ln(E) = 4"],
    ["9007199254740991", "9007199254740991 = 9007199254740991"],
    ["2^64", "2^64 = 18446744073709600000 (rounded to 15 digits)"],
    ["0 * -1", "0 * -1 = 0"],
  ])("calculates %s", (expression, answer) => {
    expect(calculate(expression)).toBe(answer);
  });

  test.each([
    ["", "is empty"],
    ["1 / 0", "division by zero"],
    ["sqrt(-1)", "is undefined"],
    ["9^9^9^9", "beyond 1.8e308"],
    ["1e9!", "beyond 1.8e308"],
    ["3!!!!!!", "beyond 1.8e308"],
    ["2 +", "ends too early"],
    ["2 3", "operator is missing"],
    ["1,234 + 1", "thousands separators"],
    ["15% of 80", "thousands separators"],
    ["foo(1)", "there is no function or constant foo"],
    ["sin", "does not give a number"],
    ["max", "does not give a number"],
    ["'a' + 1", `"'" cannot be used`],
    ["x = 1", `"=" cannot be used`],
    ["1 ; 2", `";" cannot be used`],
    ["[1, 2]", `"[" cannot be used`],
    ["1".repeat(MAX_EXPRESSION + 1), "at most 500"],
  ])("says what is wrong with %j", (expression, reason) => {
    const answer = calculate(expression);
    expect(answer).toMatch(/^Error: /);
    expect(answer).toContain(reason);
  });

  test.each([
    "constructor",
    "constructor(1)",
    "toString(1)",
    "valueOf()",
    "hasOwnProperty(1)",
    "__proto__",
    "__defineGetter__(1, 2)",
    "min.constructor",
    "random()",
    "map(min, 1)",
    "true + 1",
    "not 1",
  ])("knows nothing but arithmetic: %s", (expression) => {
    expect(calculate(expression)).toMatch(/^Error: /);
  });

  test("reads deep nesting without failing", () => {
    expect(calculate(`${"(".repeat(249)}1${")".repeat(249)}`)).toMatch(/ = 1$|^Error: /);
    expect(calculate(`${"-".repeat(499)}1`)).toMatch(/ = -1$|^Error: /);
  });

  test("answers any text with a result or an error, and throws nothing", () => {
    const letters = fc.constantFrom(..."0123456789.+-*/^%!(), eEPIsqrtminlog".split(""));
    const expressions = fc.oneof(
      fc.string(),
      fc.array(letters, { maxLength: 60 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(calculate(expression)).toMatch(
          /^Error: .|= -?\d[\d.]*(e[+-]?\d+)?( \(rounded to 15 digits\))?$/s,
        );
      }),
    );
  });

  test("agrees with JavaScript on sums and products of integers", () => {
    const integer = fc.integer({ min: -10_000, max: 10_000 });
    fc.assert(
      fc.property(integer, integer, integer, (a, b, c) => {
        expect(calculate(`(${a}) + (${b}) * (${c})`)).toBe(`(${a}) + (${b}) * (${c}) = ${a + b * c}`);
      }),
    );
  });

  test("is a tool that a model can call", async () => {
    expect(calculator.name).toBe("calculate");
    expect(await calculator.invoke({ expression: "2 + 2" })).toBe("2 + 2 = 4");
  });
});
