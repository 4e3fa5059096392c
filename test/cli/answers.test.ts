import { describe, expect, it } from "vitest";
import { readAnswer } from "../../src/cli/input.ts";

describe("an answer on the command line", () => {
  it.each([
    ["42", { type: "string" }, "42"],
    ["true", { type: "string" }, "true"],
    ["42", { type: "number" }, 42],
    ["true", { type: "boolean" }, true],
    ["not a number", { type: "number" }, "not a number"],
    ['{"next":"close"}', { type: "object" }, { next: "close" }],
    ["42", null, "42"],
    ["yes", null, "yes"],
    ['{"a":1}', null, { a: 1 }],
    ["[1, 2]", null, [1, 2]],
    ["{broken", null, "{broken"],
  ])("reads %j by the schema %j", (value, schema, expected) => {
    expect(readAnswer(value, schema)).toEqual(expected);
  });
});
