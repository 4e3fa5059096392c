import { isRecord, type JsonSchema, resolveRef } from "./schema.ts";

const KEYWORDS = new Set([
  "$schema",
  "$defs",
  "$ref",
  "additionalProperties",
  "anyOf",
  "const",
  "definitions",
  "description",
  "enum",
  "items",
  "properties",
  "required",
  "title",
  "type",
]);
const TYPES = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);

/**
 * Why a strict endpoint would refuse a schema; empty if it would take it.
 *
 * The rules are those of OpenAI's structured outputs, without the constraints (`pattern`,
 * `minItems`, …) that only some of the compatible endpoints learnt later.
 */
export function strictFaults(schema: unknown): string[] {
  if (!isRecord(schema)) return ["the schema is not an object"];
  const root: JsonSchema = schema;
  const faults: string[] = [];
  if (root.type !== "object") faults.push(`at the root: type must be "object", not ${shown(root.type)}`);
  if (root.anyOf) faults.push("at the root: anyOf is not permitted");
  visit(root, [], { root, faults });
  return faults;
}

interface Visit {
  root: JsonSchema;
  faults: string[];
}

function visit(schema: unknown, path: string[], state: Visit): void {
  const at = path.length === 0 ? "at the root" : `at ${path.join(".")}`;
  const fault = (text: string) => state.faults.push(`${at}: ${text}`);
  if (!isRecord(schema)) {
    fault(`a schema must be an object, not ${shown(schema)}`);
    return;
  }
  const node: JsonSchema = schema;
  for (const keyword of Object.keys(node)) {
    if (!KEYWORDS.has(keyword)) fault(`'${keyword}' is not permitted`);
  }
  shapeFaults(node, state.root).forEach(fault);
  for (const [step, child] of childrenOf(node)) visit(child, [...path, ...step], state);
}

function shapeFaults(node: JsonSchema, root: JsonSchema): string[] {
  if (node.$ref !== undefined) return refFaults(node, node.$ref, root);
  const types = typeof node.type === "string" ? [node.type] : (node.type ?? []);
  const faults = types.filter((type) => !TYPES.has(type)).map((type) => `unknown type ${shown(type)}`);
  if (types.length === 0 && !node.anyOf) faults.push("schema must have a 'type' key");
  if (types.includes("array") && !node.items) faults.push("array schema missing items");
  if (types.includes("object")) faults.push(...objectFaults(node));
  if (node.enum && node.enum.length === 0) faults.push("'enum' must not be empty");
  return faults;
}

function refFaults(node: JsonSchema, ref: string, root: JsonSchema): string[] {
  const beside = Object.keys(node).filter((keyword) => !["$ref", "$defs", "$schema"].includes(keyword));
  const faults = beside.map((keyword) => `$ref cannot have keyword '${keyword}' beside it`);
  return resolveRef(root, ref) ? faults : [...faults, `$ref ${shown(ref)} cannot be resolved`];
}

function objectFaults(node: JsonSchema): string[] {
  const names = Object.keys(node.properties ?? {});
  const required = node.required ?? [];
  const faults: string[] = [];
  if (!node.properties) faults.push("object schema missing properties");
  if (node.additionalProperties !== false) {
    faults.push("'additionalProperties' is required to be supplied and to be false");
  }
  for (const name of names.filter((name) => !required.includes(name))) {
    faults.push(`'required' must name every property: missing '${name}'`);
  }
  for (const name of required.filter((name) => !names.includes(name))) {
    faults.push(`'required' names '${name}', which is no property`);
  }
  return faults;
}

function childrenOf(node: JsonSchema): [string[], unknown][] {
  const named = (keyword: string, schemas: Record<string, unknown> = {}): [string[], unknown][] =>
    Object.entries(schemas).map(([name, child]) => [[keyword, name], child]);
  return [
    ...named("properties", node.properties),
    ...named("$defs", node.$defs),
    ...named("definitions", node.definitions),
    ...(node.anyOf ?? []).map((child, i): [string[], unknown] => [["anyOf", String(i)], child]),
    ...(node.items === undefined ? [] : [[["items"], node.items] as [string[], unknown]]),
  ];
}

const shown = (value: unknown) => JSON.stringify(value) ?? "undefined";
