import { RefusedAnswerError } from "../errors.ts";
import type { PendingInterrupt, RunResult } from "../outcomes/run-result.ts";
import type { AskLine } from "./ask-line.ts";
import { readAnswer } from "./input.ts";

/** A person at a terminal. */
export interface Person {
  ask: AskLine;
  say: (text: string) => void;
  /** Aborted to leave the question unanswered. */
  signal: AbortSignal;
}

/**
 * Asks a person what a run waits for and goes on with each answer, until the run waits for nothing more or
 * the person leaves. An answer that does not fit is asked for again, with the reason.
 */
export async function answered(
  result: RunResult,
  person: Person,
  resume: (answer: Record<string, unknown>) => Promise<RunResult>,
): Promise<RunResult> {
  let current = result;
  while (current.status === "needs_human") {
    const [question] = current.interrupts;
    const answer = question && (await answerTo(question, person));
    if (!question || answer === undefined) return current;
    try {
      current = await resume({ [question.id]: answer });
    } catch (error) {
      if (!(error instanceof RefusedAnswerError)) throw error;
      person.say(`That does not fit: ${error.reason}.\n`);
    }
  }
  return current;
}

/** The part of a JSON schema that a form is made of. */
interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
}

/** Undefined where the person leaves. */
function answerTo({ value, schema }: PendingInterrupt, person: Person): Promise<unknown> {
  person.say(`\n${shown(value)}\n`);
  return filled(schema ?? {}, person);
}

/** Asks for an object field by field, first for the one that tells its kinds apart; for all else by one line. */
async function filled(schema: Schema, person: Person): Promise<unknown> {
  const kinds = schema.oneOf ?? schema.anyOf ?? [];
  const tag = tagOf(kinds);
  if (tag === undefined)
    return schema.properties ? fieldsOf(schema, {}, person) : lineFor(schema, "> ", person);
  const kind = await chosen(kinds, tag, person);
  return kind && fieldsOf(kind, { [tag]: kind.properties?.[tag]?.const }, person);
}

/** What fits as an answer, as JSON to copy: one line a kind; nothing where any text may fit. */
export function formsOf({ schema }: PendingInterrupt): string[] {
  const { oneOf, anyOf, ...one }: Schema = schema ?? {};
  return (oneOf ?? anyOf ?? [one]).flatMap(({ properties }) => {
    const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, field.const ?? "…"]);
    return fields.length > 0 ? [JSON.stringify(Object.fromEntries(fields))] : [];
  });
}

/** The property that holds another constant in each kind. */
function tagOf(kinds: readonly Schema[]): string | undefined {
  const names = Object.keys(kinds[0]?.properties ?? {});
  return names.find((name) => kinds.every(({ properties }) => properties?.[name]?.const !== undefined));
}

async function chosen(kinds: readonly Schema[], tag: string, person: Person): Promise<Schema | undefined> {
  const named = kinds.map((kind) => ({ kind, ...constant(kind, tag) }));
  const names = named.map(({ name }) => name).join(", ");
  for (const { name, about } of named) person.say(`  ${name}${about ? `: ${about}` : ""}\n`);
  for (;;) {
    const line = await person.ask(`${tag}: `, person.signal);
    const match = named.find(({ name }) => name === line?.trim());
    if (line === undefined || match) return match?.kind;
    person.say(`That does not fit: it has to be one of ${names}.\n`);
  }
}

const constant = ({ properties }: Schema, tag: string) => ({
  name: String(properties?.[tag]?.const),
  about: properties?.[tag]?.description,
});

/** The fields that are not given yet; an empty line leaves out one that is not required. */
async function fieldsOf(
  { properties = {}, required = [] }: Schema,
  given: Record<string, unknown>,
  person: Person,
): Promise<Record<string, unknown> | undefined> {
  const answer = { ...given };
  for (const [name, field] of Object.entries(properties)) {
    if (name in given) continue;
    if (field.description) person.say(`${field.description}\n`);
    const value = await lineFor(field, `${name}: `, person);
    if (value === undefined) return undefined;
    if (value !== "" || required.includes(name)) answer[name] = value;
  }
  return answer;
}

async function lineFor(schema: Schema, prompt: string, { ask, say, signal }: Person): Promise<unknown> {
  if (schema.enum) say(`  ${schema.enum.join(", ")}\n`);
  const line = await ask(prompt, signal);
  return line === undefined ? undefined : readAnswer(line, schema);
}

/** What an interrupt shows, for a person: a question as it is, and the facts beside it by their names. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { kind, question, ...facts } = value as Record<string, unknown>;
  const lines = Object.entries(facts)
    .filter(([, fact]) => !isEmpty(fact))
    .map(([name, fact]) => `  ${name}: ${typeof fact === "string" ? fact : JSON.stringify(fact)}`);
  const heading = question ?? kind;
  return [...(heading === undefined ? [] : [String(heading)]), ...lines].join("\n");
}

const isEmpty = (fact: unknown) => fact === null || fact === "" || (Array.isArray(fact) && fact.length === 0);
