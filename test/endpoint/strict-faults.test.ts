import { expect, it } from "vitest";
import { strictFaults } from "./strict-faults.ts";

const object = (properties: object, more: object = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

it("takes nested objects, nullable fields both ways, enums, and references", () => {
  const schema = object(
    {
      aspect: { type: "string", enum: ["a", "b"], description: "Which." },
      note: { anyOf: [{ type: "string" }, { type: "null" }] },
      count: { type: ["integer", "null"] },
      children: { type: "array", items: { $ref: "#/$defs/Child" } },
    },
    { $defs: { Child: object({ approved: { type: "boolean" }, parent: { $ref: "#" } }) } },
  );
  expect(strictFaults(schema)).toEqual([]);
});

it.each([
  ["a root that is no object", { type: "array", items: { type: "string" } }, "at the root: type must be"],
  ["a missing schema", undefined, "the schema is not an object"],
  ["an optional property", object({ a: { type: "string" } }, { required: [] }), "missing 'a'"],
  ["a required ghost", object({}, { required: ["b"] }), "names 'b', which is no property"],
  [
    "further properties",
    object({ a: object({}, { additionalProperties: {} }) }),
    "at properties.a: 'additionalProperties'",
  ],
  [
    "an untyped field",
    object({ a: { description: "anything" } }),
    "at properties.a: schema must have a 'type'",
  ],
  ["an array without items", object({ a: { type: "array" } }), "array schema missing items"],
  ["a lost reference", object({ a: { $ref: "#/$defs/A" } }), "cannot be resolved"],
  [
    "a described reference",
    object({ a: { $ref: "#", description: "b" } }),
    "$ref cannot have keyword 'description'",
  ],
  [
    "a fault in an alternative",
    object({ a: { anyOf: [{ type: "null" }, object({}, { additionalProperties: true })] } }),
    "at properties.a.anyOf.1: 'additionalProperties'",
  ],
  [
    "a fault in a definition",
    object({}, { $defs: { A: { type: "string", format: "uri" } } }),
    "at $defs.A: 'format'",
  ],
])("refuses %s", (_, schema, fault) => {
  expect(strictFaults(schema).join("\n")).toContain(fault);
});

it.each(["oneOf", "allOf", "not", "default", "minLength", "maxLength", "pattern", "minimum", "maximum"])(
  "refuses %s",
  (keyword) => {
    const schema = object({ a: { type: "string", [keyword]: 1 } });
    expect(strictFaults(schema)).toEqual([`at properties.a: '${keyword}' is not permitted`]);
  },
);
