import { createRequire } from "node:module";
import type * as Parser from "pgsql-ast-parser";
import { PLAIN_FUNCTIONS } from "./sql-functions.ts";

/** Synchronous, since permissions are; and only where a rule on tables asks, since loading it takes 50 ms. */
const parser = (): typeof Parser => createRequire(import.meta.url)("pgsql-ast-parser");

/**
 * What SQLite, Postgres and the parser do not read alike: comments (nested or not), backslashes in strings, dollar
 * quotes, names in brackets and backticks, control characters and blanks beyond ASCII.
 */
const AMBIGUOUS = /--|\/\*|[\\$[\]`]|[^\P{Cc}\n\t\r]|[^\P{Z} ]/u;

/** The longest statement that is read, in characters: the parser takes half a second for 25,000. */
export const MAX_SQL = 10_000;

const READS = new Set(["select", "union", "union all", "values", "with", "with recursive"]);

/** What may stand after `IN` beside a statement; a single value has lost its parentheses. */
const MEMBERS = new Set(["list", "integer", "numeric", "string", "boolean", "null"]);

/**
 * The tables (and views) that one reading SQL statement names, each once, qualified by their schema where the
 * statement does so, and lower-case where they are not quoted.
 *
 * Undefined where it cannot be told for SQLite and Postgres alike: no statement or several, one that writes, text
 * with comments or backslashes, grammar that the parser does not know, and functions that may read by themselves.
 */
export function tablesIn(sql: string): string[] | undefined {
  if (sql.length > MAX_SQL || AMBIGUOUS.test(sql)) return undefined;
  try {
    const [statement, ...others] = parser().parse(sql);
    if (statement === undefined || others.length > 0) return undefined;
    const names = new Set<string>();
    readStatement(statement, { names, bound: new Set() });
    return [...names];
  } catch {
    return undefined;
  }
}

/** Whether a name of `tablesIn` is the table that a rule names as SQL would: `Orders` is `orders`, `"Orders"` is not. */
export function isTable(rule: string, name: string): boolean {
  const parts = rule.match(/"[^"]*"|[^".]+/g) ?? [];
  return (
    parts.map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase())).join(".") === name
  );
}

interface Reading {
  names: Set<string>;
  /** The names of the common table expressions that can be seen from here. */
  bound: ReadonlySet<string>;
}

function readStatement(node: unknown, reading: Reading): void {
  const type = isNode(node) ? node["type"] : undefined;
  if (!isNode(node) || !READS.has(String(type))) throw new Error("no statement that reads");
  if (type === "with") readWith(node, reading);
  else if (type === "with recursive") {
    const within = { ...reading, bound: new Set([...reading.bound, nameOf(node["alias"])]) };
    readStatement(node["bind"], within);
    readStatement(node["in"], within);
  } else for (const part of Object.values(node)) readPart(part, reading);
}

/** Each expression sees those before it; of itself and those after it, a name means a table, as in Postgres. */
function readWith(node: Node, reading: Reading): void {
  let within = reading;
  for (const each of Array.isArray(node["bind"]) ? node["bind"] : []) {
    if (!isNode(each)) throw new Error("no expression");
    readStatement(each["statement"], within);
    within = { ...within, bound: new Set([...within.bound, nameOf(each["alias"])]) };
  }
  readStatement(node["in"], within);
}

/** Walks every part, known or not: the parser's own visitor leaves some out, such as what windows are ordered by. */
function readPart(part: unknown, reading: Reading): void {
  if (Array.isArray(part)) for (const each of part) readPart(each, reading);
  if (!isNode(part)) return;
  const type = String(part["type"]);
  if (type === "table") readTable(part["name"], reading);
  if (type === "call") checkFunction(part["function"]);
  if (type === "binary" && /IN$/.test(String(part["op"]))) checkMembership(part["right"]);
  if (READS.has(type)) readStatement(part, reading);
  else for (const each of Object.values(part)) readPart(each, reading);
}

function readTable(table: unknown, { names, bound }: Reading): void {
  const name = nameOf(table);
  const schema = isNode(table) ? table["schema"] : undefined;
  if (schema === undefined && bound.has(name)) return;
  names.add(schema === undefined ? name : `${plain(schema)}.${name}`);
}

function checkFunction(called: unknown): void {
  const qualified = isNode(called) && called["schema"] !== undefined;
  if (qualified || !PLAIN_FUNCTIONS.has(nameOf(called))) throw new Error("a function that may read tables");
}

/** SQLite reads `1 IN secret` as a look into the table, and so `1 IN secret + 1`. */
function checkMembership(right: unknown): void {
  const type = isNode(right) ? String(right["type"]) : "";
  if (!MEMBERS.has(type) && !READS.has(type)) throw new Error("neither a list nor a statement");
}

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (node: unknown) => plain(isNode(node) ? node["name"] : undefined);

/** A dot or a quote in a name would make it look like another one. */
function plain(name: unknown): string {
  if (typeof name !== "string" || /[."]/.test(name))
    throw new Error("a name that cannot be told from others");
  return name;
}
