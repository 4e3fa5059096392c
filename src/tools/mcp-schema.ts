import type { JsonSchema } from "./bounded.ts";

/** Keywords whose value is one schema or a list of them. */
const SCHEMAS = new Set(
  (
    "items prefixItems additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties " +
    "propertyNames allOf anyOf oneOf"
  ).split(" "),
);
/** Keywords whose value names schemas, under names that mean nothing here. */
const NAMED = new Set("properties $defs definitions dependentSchemas dependencies".split(" "));
/** What is matched by a pattern of the server's, for as long as that takes, and what would mean another thing without it. */
const DROPPED = new Set("pattern patternProperties format not if then else".split(" "));

/**
 * The schema of a tool of a server's as it is checked here and shown to models: without what is matched by patterns,
 * which the server may check itself, and with its texts as `shown` makes them.
 */
export function harmlessSchema(schema: JsonSchema, shown: (text: string) => string): JsonSchema {
  const texts = (value: unknown): unknown => {
    if (typeof value === "string") return shown(value);
    if (Array.isArray(value)) return value.map(texts);
    return isObject(value) ? mapped(value, texts) : value;
  };
  const schemas = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(schemas);
    return isObject(value) ? without(value) : texts(value);
  };
  const without = (given: JsonSchema): JsonSchema => {
    const open = "patternProperties" in given;
    const kept = Object.entries(given).flatMap(([keyword, value]): [string, unknown][] => {
      if (DROPPED.has(keyword)) return [];
      // What a pattern allowed would be forbidden.
      if (open && /^(?:additional|unevaluated)Properties$/.test(keyword)) return [];
      // Several may fit where a pattern told them apart.
      if (keyword === "oneOf") return "anyOf" in given ? [] : [["anyOf", schemas(value)]];
      if (SCHEMAS.has(keyword)) return [[keyword, schemas(value)]];
      if (NAMED.has(keyword) && isObject(value)) {
        return [[keyword, mapped(value, schemas)]];
      }
      return [[keyword, texts(value)]];
    });
    return Object.fromEntries(kept);
  };
  return without(schema);
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const mapped = (given: JsonSchema, made: (value: unknown) => unknown): JsonSchema =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, made(value)]));
