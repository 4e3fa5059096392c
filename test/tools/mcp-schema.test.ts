import { expect, test } from "vitest";
import { harmlessSchema } from "../../src/tools/mcp-schema.ts";

const same = (text: string) => text;
const SLOW = { type: "string", pattern: "^(a+)+$", format: "email" };

test("a schema loses its patterns and formats, however deep they are", () => {
  const schema = {
    type: "object",
    properties: { word: SLOW, list: { type: "array", items: { anyOf: [SLOW, { type: "null" }] } } },
    $defs: { one: { allOf: [SLOW], propertyNames: SLOW } },
    additionalProperties: SLOW,
    required: ["word"],
  };
  const text = { type: "string" };
  expect(harmlessSchema(schema, same)).toEqual({
    type: "object",
    properties: { word: text, list: { type: "array", items: { anyOf: [text, { type: "null" }] } } },
    $defs: { one: { allOf: [text], propertyNames: text } },
    additionalProperties: text,
    required: ["word"],
  });
});

test("what is only named like a keyword stays", () => {
  const schema = {
    type: "object",
    properties: { pattern: { type: "string" }, format: { enum: ["a", "b"] }, not: { type: "number" } },
    default: { pattern: "*.md", if: true },
    examples: [{ format: "a" }],
  };
  expect(harmlessSchema(schema, same)).toEqual(schema);
});

test("what would forbid more without its patterns is left to the server", () => {
  const schema = {
    patternProperties: { "^x": { type: "string" } },
    additionalProperties: false,
    oneOf: [SLOW, { type: "string", pattern: "b" }],
    not: SLOW,
    if: SLOW,
    else: { type: "number" },
  };
  expect(harmlessSchema(schema, same)).toEqual({ anyOf: [{ type: "string" }, { type: "string" }] });
});

test("its texts are as they may be shown, and its names are kept", () => {
  const schema = {
    description: "Not secret.",
    properties: { secret: { default: "secret", enum: ["secret", 1], title: "A secret" } },
  };
  expect(harmlessSchema(schema, (text) => text.replaceAll("secret", "…"))).toEqual({
    description: "Not ….",
    properties: { secret: { default: "…", enum: ["…", 1], title: "A …" } },
  });
});
