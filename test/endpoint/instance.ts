import { type JsonSchema, resolveRef } from "./schema.ts";

const MAX_DEPTH = 8;

/**
 * A minimal valid instance of a schema: first enum option, first alternative that is not null, one
 * item a list. `values` replaces what fields of that name hold, wherever they stand.
 */
export function instanceOf(schema: JsonSchema, values: Record<string, unknown> = {}): unknown {
  return build(schema, { root: schema, values, depth: 0 });
}

interface Build {
  root: JsonSchema;
  values: Record<string, unknown>;
  depth: number;
}

function build(schema: JsonSchema, state: Build): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.$ref) return build(resolveRef(state.root, schema.$ref) ?? {}, deeper(state));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return build(alternatives.find(({ type }) => type !== "null") ?? {}, deeper(state));
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  if (type === "object" || schema.properties) return buildObject(schema, state);
  if (type === "array") return buildArray(schema, state);
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return numberIn(schema, type === "integer" ? 1 : 0.5);
  return type === "null" ? null : stringIn(schema);
}

const deeper = (state: Build): Build => ({ ...state, depth: state.depth + 1 });

function buildObject(schema: JsonSchema, state: Build): Record<string, unknown> {
  const required = schema.required ?? [];
  const built = Object.entries(schema.properties ?? {})
    .filter(([name]) => required.includes(name) || name in state.values)
    .map(([name, property]) => [name, state.values[name] ?? build(property, deeper(state))]);
  return Object.fromEntries(built);
}

function buildArray(schema: JsonSchema, state: Build): unknown[] {
  const least = Number(schema["minItems"] ?? 1);
  if (state.depth > MAX_DEPTH) return [];
  return Array.from({ length: least }, () => build(schema.items ?? {}, deeper(state)));
}

function numberIn(schema: JsonSchema, usual: number): number {
  const least = Number(schema["minimum"] ?? Number.NEGATIVE_INFINITY);
  const most = Number(schema["maximum"] ?? Number.POSITIVE_INFINITY);
  return Math.min(Math.max(usual, least), most);
}

const FORMATS: Record<string, string> = {
  uri: "https://example.org/",
  email: "someone@example.org",
  date: "2025-01-01",
  "date-time": "2025-01-01T00:00:00Z",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function stringIn(schema: JsonSchema): string {
  const known = FORMATS[String(schema["format"])];
  if (known) return known;
  const text = "text".padEnd(Number(schema["minLength"] ?? 0), ".");
  return text.slice(0, Number(schema["maxLength"] ?? text.length));
}
