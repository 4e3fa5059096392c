import { z } from "zod";
import { GraphwrightError, messageOf } from "../errors.ts";

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
  multipleOf: (value) => `a multiple of ${value}`,
  pattern: (value) => `matching ${value}`,
  format: (value) => `a ${value}`,
};
/** The bounds that zod writes for every integer; no one means them. */
const SAFE_INTEGERS: unknown[] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
const KEPT = ["enum", "const"];

/**
 * The JSON schema of a zod object in the strictest common subset of the endpoints: every property
 * required, nullable instead of optional, `additionalProperties: false`, no `oneOf`, `allOf`,
 * defaults or limits (they move into the descriptions).
 *
 * The full zod schema still validates what comes back, after `withoutNulls`.
 *
 * @throws GraphwrightError "UNSUPPORTED_SCHEMA" for what the subset cannot say: records, tuples,
 * intersections, recursion, values of any type, and what JSON does not have
 */
export function strictSchema(schema: z.ZodObject): JsonSchema {
  const { $defs, $schema, ...root } = jsonSchema(schema);
  return strict(root);
}

function jsonSchema(schema: z.ZodObject): JsonSchema {
  try {
    return z.toJSONSchema(schema, { io: "input", reused: "inline" }) as JsonSchema;
  } catch (cause) {
    const reason = messageOf(cause);
    throw unsupported(`this schema (${reason})`, { cause });
  }
}

function strict(schema: JsonSchema): JsonSchema {
  if (schema["$ref"]) throw unsupported("a schema that refers to itself, or to one with an id");
  if (schema["allOf"]) throw unsupported("an intersection");
  if (schema["prefixItems"]) throw unsupported("a tuple");
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  const type = (schema["type"] as string | string[] | undefined) ?? typeOfOptions(schema);
  if (!type && !alternatives) throw unsupported("a value of any type, or of none");
  const description = [schema["description"], inWords(schema)].filter(Boolean).join(" ");
  return {
    ...(type && { type }),
    ...Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]])),
    ...(description && { description }),
    ...(alternatives && { anyOf: alternatives.map(strict) }),
    ...(type === "object" && strictObject(schema)),
    ...(type === "array" && { items: strict((schema["items"] ?? {}) as JsonSchema) }),
  };
}

/** Endpoints want the type also beside options of several types. */
function typeOfOptions({ enum: options }: JsonSchema): string[] | undefined {
  if (!Array.isArray(options)) return undefined;
  return [...new Set(options.map((option) => (option === null ? "null" : typeof option)))];
}

/** The limits that a strict endpoint would refuse as keywords. */
function inWords(schema: JsonSchema): string {
  const limits = Object.entries(LIMITS)
    .filter(([keyword]) => schema[keyword] !== undefined && !SAFE_INTEGERS.includes(schema[keyword]))
    .filter(([keyword]) => keyword !== "pattern" || schema["format"] === undefined)
    .map(([keyword, say]) => say(schema[keyword]));
  return limits.length > 0 ? `(${limits.join(", ")})` : "";
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

function nullable(schema: JsonSchema): JsonSchema {
  const alternatives = schema["anyOf"] as JsonSchema[] | undefined;
  if (admitsNull(schema) || alternatives?.some(admitsNull)) return schema;
  if (alternatives) return { ...schema, anyOf: [...alternatives, { type: "null" }] };
  return { anyOf: [schema, { type: "null" }] };
}

const admitsNull = ({ type }: JsonSchema) => [type].flat().includes("null");

/** Drops the nulls that stand for absent optional properties; a null that the schema allows stays. */
export function withoutNulls(value: unknown, schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodObject && isRecord(value)) return propertiesWithoutNulls(value, schema.shape);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => withoutNulls(item, schema.element));
  }
  if (schema instanceof z.ZodUnion) {
    const readings = schema.options.map((option) => ({ option, reading: withoutNulls(value, option) }));
    const fitting = readings.find(({ option, reading }) => z.safeParse(option, reading).success);
    return fitting ? fitting.reading : value;
  }
  if (schema instanceof z.ZodPipe) return withoutNulls(value, schema.in);
  if (schema instanceof z.ZodLazy) return withoutNulls(value, schema.unwrap());
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType ? withoutNulls(value, innerType) : value;
}

function propertiesWithoutNulls(value: Record<string, unknown>, shape: z.core.$ZodShape) {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, entry]) => entry !== null || !standsForAbsent(shape[name]))
      .map(([name, entry]) => [name, shape[name] ? withoutNulls(entry, shape[name]) : entry]),
  );
}

const standsForAbsent = (property: z.core.$ZodType | undefined) =>
  property !== undefined && !z.safeParse(property, null).success && z.safeParse(property, undefined).success;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unsupported = (what: string, options?: ErrorOptions) =>
  new GraphwrightError(
    "UNSUPPORTED_SCHEMA",
    `Strict structured output cannot express ${what}; use an object with named properties.`,
    options,
  );
