import { Validator } from "@langchain/core/utils/json_schema";
import type { JsonSchema } from "../strict-schema.ts";
import { overlap, rank } from "./ranking.ts";
import { descriptionOf, limitsOf } from "./schema-limits.ts";
import type { Statement } from "./statements.ts";
import { titleOf } from "./titles.ts";
import { isStopWord, stem, stems, words } from "./words.ts";

/** What a schema is filled from. */
export interface Filling {
  task: string;
  statements: readonly Statement[];
  /** The whole schema, which `$ref`s point into. */
  root: JsonSchema;
}

/** Where a value stands: its property's name, and its place in a list. */
interface Place {
  name: string;
  index: number;
  depth: number;
}

const NOTHING = "Not in the material.";
const LIST = 3;
const SUPPORTED = 0.6;
const ABOUT_TASK =
  /^(?:task|topic|subject|goal|objective|query|question|instructions?|request|input|prompt)$/i;
const DEPENDENCIES = /^(?:depends|dependencies|needs|requires|after|prerequisites|blocked)/i;
const FORMATS: Record<string, string> = {
  "date-time": "1970-01-01T00:00:00Z",
  date: "1970-01-01",
  time: "00:00:00Z",
  uri: "about:blank",
  email: "nobody@example.invalid",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** Whether a value fits a JSON schema. */
export const fits = (value: unknown, schema: JsonSchema) =>
  value !== undefined && new Validator({ ...schema }, "2020-12").validate(value).valid;

/** A value that fits a schema, taken from the material where it says something for it. */
export function fill(schema: JsonSchema, filling: Omit<Filling, "root">): unknown {
  return valueFor(schema, { name: "", index: 0, depth: 0 }, { ...filling, root: schema });
}

function valueFor(written: JsonSchema, place: Place, filling: Filling): unknown {
  const schema = resolved(written, filling.root);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return optionFor(schema["enum"], place, filling);
  const branches = schemasIn(schema["anyOf"] ?? schema["oneOf"]);
  if (branches.length > 0) return branchFor(branches, schema, place, filling);
  const type = Array.isArray(schema["type"]) ? typeFrom(schema["type"], filling) : schema["type"];
  if (type === "object" || schema["properties"]) return objectFor(schema, place, filling);
  if (type === "array") return listFor(schema, place, filling);
  if (type === "integer" || type === "number") return numberFor({ ...schema, type }, place, filling);
  if (type === "boolean") return isSupported(schema, place, filling);
  if (type === "null") return null;
  return textFor(schema, place, filling);
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const schemasIn = (value: unknown) => (Array.isArray(value) ? value.filter(isSchema) : []);
const isEmpty = ({ statements }: Filling) => statements.length === 0;

function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (typeof schema["$ref"] !== "string") return schema;
  const found = schema["$ref"]
    .replace(/^#\/?/, "")
    .split("/")
    .filter((key) => key !== "")
    .reduce<unknown>(
      (at, key) => (isSchema(at) ? at[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined),
      root,
    );
  return isSchema(found)
    ? { ...found, ...(descriptionOf(schema) && { description: descriptionOf(schema) }) }
    : {};
}

const typeFrom = (types: readonly unknown[], filling: Filling) =>
  types.includes("null") && isEmpty(filling) ? "null" : types.find((type) => type !== "null");

function branchFor(
  branches: readonly JsonSchema[],
  schema: JsonSchema,
  place: Place,
  filling: Filling,
): unknown {
  const isNull = (branch: JsonSchema) => branch["type"] === "null";
  if (branches.some(isNull) && (isEmpty(filling) || place.depth > 6)) return null;
  const described = descriptionOf(schema);
  const branch = branches.find((each) => !isNull(each)) ?? branches[0] ?? {};
  return valueFor({ ...(described && { description: described }), ...branch }, place, filling);
}

/** What a place asks for, in stems: its name and its description. */
const wanted = (schema: JsonSchema, { name }: Place) =>
  stems(
    `${name.replace(/(?<=\p{Ll})(?=\p{Lu})|[_-]/gu, " ")} ${descriptionOf(schema).replace(/\([^()]*\)$/, "")}`,
  );

/** The option that the task speaks for, else the material, else the first; others in turn within a list. */
function optionFor(options: readonly unknown[], { index }: Place, { task, statements }: Filling): unknown {
  const asked = words(task)
    .filter((word) => !isStopWord(word))
    .map(stem);
  const held = statements.flatMap((each) => each.stems);
  const scored = options.map((option, at) => ({
    option,
    at,
    score: typeof option === "string" ? 2 * overlap(stems(option), asked) + overlap(stems(option), held) : 0,
  }));
  const ranked = scored.sort((one, other) => other.score - one.score || one.at - other.at);
  return ranked[index % Math.max(1, ranked.length)]?.option;
}

function objectFor(schema: JsonSchema, { depth, index }: Place, filling: Filling): unknown {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const wantedKeys = Object.keys(properties).filter(
    (name) => required.includes(name) || (depth < 4 && !isEmpty(filling)),
  );
  return Object.fromEntries(
    wantedKeys.map((name) => {
      const property = properties[name];
      return [name, valueFor(isSchema(property) ? property : {}, { name, index, depth: depth + 1 }, filling)];
    }),
  );
}

function listFor(schema: JsonSchema, place: Place, filling: Filling): unknown[] {
  const tuple = schemasIn(schema["prefixItems"]);
  const item = isSchema(schema["items"]) ? schema["items"] : {};
  const { least, most } = limitsOf(schema, "items");
  const at = (index: number): Place => ({ ...place, index, depth: place.depth + 1 });
  if (tuple.length > 0) return tuple.map((each, index) => valueFor(each, at(index), filling));
  const isWanted = !isEmpty(filling) && !DEPENDENCIES.test(place.name) && place.depth < 6;
  const length = Math.max(least, Math.min(most, isWanted ? Math.min(LIST, filling.statements.length) : 0));
  const values = Array.from({ length }, (_, index) => valueFor(item, at(index), filling));
  const distinct = [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
  return distinct.length >= least ? distinct : values;
}

/** A number between limits: between two, how much of the task the material speaks of; else the one nearest to 0. */
function numberFor(schema: JsonSchema, _place: Place, { task, statements }: Filling): number {
  const { least, most } = limitsOf(schema, "value");
  const whole = schema["type"] === "integer";
  const isRange = Number.isFinite(least) && Number.isFinite(most) && most - least <= 1000;
  const share = overlap(
    stems(task),
    statements.flatMap((each) => each.stems),
  );
  const exact = isRange ? least + (most - least) * share : Math.min(most, Math.max(least, 0));
  if (typeof schema["multipleOf"] === "number")
    return Math.ceil(least > exact ? least : exact / schema["multipleOf"]) * schema["multipleOf"];
  const rounded = whole ? Math.round(exact) : Math.round(exact * 100) / 100;
  return rounded >= least && rounded <= most ? rounded : whole ? Math.ceil(least) : exact;
}

/** True only if nearly all that the place asks for is in the task or the material. */
function isSupported(schema: JsonSchema, place: Place, { task, statements }: Filling): boolean {
  const held = [...stems(task), ...statements.flatMap((each) => each.stems)];
  return overlap(wanted(schema, place), held) >= SUPPORTED;
}

function textFor(schema: JsonSchema, place: Place, filling: Filling): string {
  const format = FORMATS[String(schema["format"])];
  if (format !== undefined) return format;
  const { least, most } = limitsOf(schema, "characters");
  const text = fitted(sentenceFor(schema, place, filling), most);
  const length = [...text].length;
  return length >= least ? text : text + ".".repeat(least - length);
}

function sentenceFor(schema: JsonSchema, place: Place, { task, statements }: Filling): string {
  if (/^id$|Id$/.test(place.name)) return String(place.index + 1);
  if (/^title$/i.test(place.name) && place.index === 0) return titleOf(task);
  if (ABOUT_TASK.test(place.name)) return task.trim() || NOTHING;
  const scores = rank(
    [...wanted(schema, place), ...stems(task)],
    statements.map((each) => each.stems),
  );
  const order = statements.map((each, at) => ({ each, score: (scores[at] ?? 0) * each.quality }));
  const ranked = order.sort((one, other) => other.score - one.score);
  return ranked[place.index % Math.max(1, ranked.length)]?.each.text ?? NOTHING;
}

/** A text of at most so many characters, cut between words where that leaves any. */
function fitted(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const cut = characters.slice(0, Math.max(0, most - 1)).join("");
  const words = cut.replace(/\s+\S*$/, "");
  return most < 2 ? characters.slice(0, most).join("") : `${words}…`;
}
