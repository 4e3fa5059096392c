import type { z } from "zod";
import type { RoleProblem } from "../errors.ts";
import { type FieldPath, type FieldSchema, fieldAt, fieldNames, fieldsOf } from "./field-schema.ts";
import { nearest } from "./nearest.ts";

/** What does not fit a role, and in which field. */
export interface FieldProblem {
  path: FieldPath;
  /** Where `path` names a field that should not be there: its key is meant, not its value. */
  isKey: boolean;
  message: string;
}

type Issue = z.core.$ZodIssue;

/** All that does not fit a schema of roles, in words for someone who has never seen a schema. */
export function problemsOf(schema: z.ZodType, error: z.ZodError, role: unknown): FieldProblem[] {
  const given = { role, schema: fieldsOf(schema) };
  return error.issues.flatMap((issue) => inWords(issue, given));
}

/** A problem of a role that stands in no file. */
export const problemOf = (path: string, message: string): RoleProblem => ({
  file: null,
  line: null,
  column: null,
  path,
  message,
});

/** Problems as a list, a line for each, with the place that it is at. */
export const inLines = (problems: readonly RoleProblem[]): string =>
  problems
    .map(({ line, column, path, message }) => {
      const place = line === null ? "" : `line ${line}, column ${column}: `;
      return `  ${place}${path && `${path}: `}${message}`;
    })
    .join("\n");

/** What was given as a role, and what it has to fit. */
interface Given {
  role: unknown;
  schema: FieldSchema;
}

/** The name of a field: `limits.turns`, `tools[0].allow`. */
export const nameOf = (path: FieldPath): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");

function inWords(issue: Issue, given: Given): FieldProblem[] {
  const { path } = issue;
  const value = valueAt(given.role, path);
  const says = (message: string) => [{ path, isKey: false, message }];
  const about = fieldAt(given.schema, path)?.description;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        isKey: true,
        message: unknownField(key, path, given.schema),
      }));
    case "invalid_union":
      return unionInWords(issue, given, about);
    case "invalid_type":
      return says(mistyped(path, value, wantedBy(issue.expected), about));
    case "invalid_format":
      return says(`${JSON.stringify(value)} is no name: ${NAME_RULE}${suggestedName(value)}`);
    case "too_small":
      return says(tooSmall(issue));
    default:
      return says(`${issue.message}.`);
  }
}

/** What is wrong by the kind that the value is of; or, where it is of none of them, which kinds there are. */
function unionInWords(issue: Extract<Issue, { code: "invalid_union" }>, given: Given, about?: string) {
  const { path, errors } = issue;
  const meant = errors.find(
    (each) => !each.some(({ path: inner, code }) => !inner.length && code === "invalid_type"),
  );
  const whole = (inner: Issue): Issue => ({ ...inner, path: [...path, ...inner.path] });
  if (meant) return meant.flatMap((inner) => inWords(whole(inner), given));
  const kinds = errors.flatMap((each) =>
    each.flatMap((inner) => ("expected" in inner ? [inner.expected] : [])),
  );
  const wanted = kinds.map(wantedBy).join(", or ");
  return [{ path, isKey: false, message: mistyped(path, valueAt(given.role, path), wanted, about) }];
}

const NAME_RULE = "lower-case letters, digits, - and _, beginning with a letter, at most 40 characters";

function suggestedName(value: unknown): string {
  const name = String(value)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);
  return name ? `; write ${name}, say.` : ".";
}

function mistyped(path: FieldPath, value: unknown, wanted: string, description?: string): string {
  const about = description ? ` ${description}` : "";
  if (value === undefined) return `It is missing.${about}`;
  if (value === null) return `It is empty; write ${wanted}, or delete the line.${about}`;
  const quoted = typeof value === "number" || typeof value === "boolean";
  const remedy =
    wanted.startsWith(TEXT) && quoted ? `; put it in quotes: "${value}"` : exampleOf(path, value, wanted);
  return `It has to be ${wanted}, not ${kindOf(value)}${remedy}.${about}`;
}

/** How a single text is written as a list. */
const exampleOf = (path: FieldPath, value: unknown, wanted: string) =>
  wanted === LIST && typeof value === "string" && value.length <= 40
    ? `; write ${String(path.at(-1))}: [${value}]`
    : "";

const TEXT = "a text";
const LIST = "a list, each entry on a line of its own behind a dash";
const WANTED: Record<string, string> = {
  string: TEXT,
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: LIST,
  object: "fields of its own, each on a line below it that is indented",
  record: "fields of its own, each on a line below it that is indented",
};

const wantedBy = (expected: string) => WANTED[expected] ?? expected;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "fields of its own";
  const text = JSON.stringify(value) ?? "";
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return typeof value === "string" ? `the text ${shown}` : shown;
}

function tooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: "too_small" }>): string {
  if (origin === "string") return "It is empty; write a text behind it.";
  if (origin === "array") return "It needs at least one entry.";
  return inclusive ? `It has to be at least ${minimum}.` : `It has to be more than ${minimum}.`;
}

/** What people call a field that has another name here. */
const OTHER_WORDS: Record<string, string> = {
  tone: "personality",
  style: "personality",
  voice: "personality",
  skills: "expertise",
  keywords: "expertise",
  duties: "responsibilities",
  tasks: "responsibilities",
  role: "name",
  id: "name",
  title: "name",
  purpose: "goal",
  objective: "goal",
  description: "goal",
  backstory: "background",
  experience: "background",
  models: "model",
  format: "output",
  max_turns: "turns",
  max_tokens: "tokens",
};

/** The groups of fields that a role has, so that a field which is indented too little is told where it belongs. */
const GROUPS = ["limits", "output", "cache"];

function unknownField(key: string, path: FieldPath, schema: FieldSchema): string {
  const known = fieldNames(schema, path);
  const other = OTHER_WORDS[key.toLowerCase()];
  const meant = other !== undefined && known.includes(other) ? other : nearest(key, known)[0];
  const group =
    path.length === 0 ? GROUPS.find((each) => fieldNames(schema, [each]).includes(key)) : undefined;
  const remedy = meant
    ? `did you mean ${meant}?`
    : group
      ? `it belongs below ${group}:, indented by two spaces.`
      : `there are ${known.join(", ")}.`;
  return `There is no field ${JSON.stringify(key)}; ${remedy}`;
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}
