import { z } from "zod";
import { GraphwrightError } from "../errors.ts";

/** A JSON schema, as an object. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

/** What a limit is called in words: strict endpoints refuse the keyword, so the description says it. */
const LIMITS: Record<string, (value: unknown) => string> = {
  minimum: (value) => `at least ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMinimum: (value) => `more than ${value}`,
  exclusiveMaximum: (value) => `less than ${value}`,
  minLength: (value) => (value === 1 ? "not empty" : `at least ${value} characters`),
  maxLength: (value) => `at most ${value} characters`,
  minItems: (value) => `at least ${value} items`,
  maxItems: (value) => `at most ${value} items`,
  pattern: (value) => `matching ${value}`,
  format: (value) => `a ${value}`,
};
/** The bounds that zod writes for every integer; no one means them. */
const SAFE_INTEGERS: unknown[] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
const KEPT = ["type", "enum", "const"];

/**
 * The JSON schema of a zod object in the strictest common subset of the endpoints: every property
 * required, nullable instead of optional, `additionalProperties: false`, no `oneOf`, `allOf`,
 * defaults or limits (they move into the descriptions).
 *
 * The full zod schema still validates what comes back, after `withoutNulls`.
 *
 * @throws GraphwrightError "UNSUPPORTED_SCHEMA" for what the subset cannot say: records, tuples, intersections
 */
export function strictSchema(schema: z.ZodObject): JsonSchema {
  const { $defs, $schema, ...root } = z.toJSONSchema(schema, { io: "input", reused: "inline" }) as JsonSchema;
  if ($defs) throw unsupported("a schema that refers to itself");
  return strict(root);
}

function strict(schema: JsonSchema): JsonSchema {
  if (schema["allOf"]) throw unsupported("an intersection");
  if (schema["prefixItems"]) throw unsupported("a tuple");
  const limits = Object.entries(LIMITS)
    .filter(([keyword]) => schema[keyword] !== undefined && !SAFE_INTEGERS.includes(schema[keyword]))
    .map(([keyword, say]) => say(schema[keyword]));
  const description = [schema["description"], limits.length > 0 && `(${limits.join(", ")})`]
    .filter(Boolean)
    .join(" ");
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  return {
    ...Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]])),
    ...(description && { description }),
    ...(alternatives && { anyOf: alternatives.map(strict) }),
    ...(schema["type"] === "object" && strictObject(schema)),
    ...(schema["type"] === "array" && { items: strict((schema["items"] ?? {}) as JsonSchema) }),
  };
}

function strictObject(schema: JsonSchema): JsonSchema {
  if (schema["additionalProperties"] || schema["propertyNames"]) throw unsupported("a record");
  const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (schema["required"] ?? []) as string[];
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        required.includes(name) ? strict(property) : nullable(strict(property)),
      ]),
    ),
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

const nullable = (schema: JsonSchema): JsonSchema => {
  const alternatives = schema["anyOf"] as JsonSchema[] | undefined;
  return { anyOf: [...(alternatives ?? [schema]), { type: "null" }] };
};

/** Drops the nulls that stand for absent optional properties; a null that the schema allows stays. */
export function withoutNulls(value: unknown, schema: z.ZodType): unknown {
  if (schema.safeParse(value).success) return value;
  return dropNulls(value);
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, dropNulls(entry)]),
  );
}

const unsupported = (what: string) =>
  new GraphwrightError(
    "UNSUPPORTED_SCHEMA",
    `Strict structured output cannot express ${what}; use an object with named properties.`,
  );
