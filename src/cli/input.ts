import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { InputError, messageOf } from "../errors.ts";
import type { RunArguments } from "./arguments.ts";
import type { CatalogueEntry } from "./catalogue.ts";

/**
 * The input object of a run, from the text argument, standard input, or `--input`.
 *
 * @throws InputError where there is none, or it cannot be read
 */
export async function readInput(
  entry: CatalogueEntry,
  argument: string | undefined,
  { input }: RunArguments,
  stdin: NodeJS.ReadableStream,
): Promise<object> {
  if (input !== undefined) {
    if (argument === undefined) return readObject(input);
    throw new InputError(`Give the input as text or by --input, not both.`);
  }
  if (argument === undefined) {
    throw new InputError(
      `${entry.name} needs its ${entry.input}: as text, as - for standard input, or by --input.`,
    );
  }
  return { [entry.input]: await readText(entry.input, argument, stdin) };
}

/**
 * A text argument, or what stands in its place on standard input.
 *
 * @throws InputError where it says nothing
 */
export async function readText(
  what: string,
  argument: string,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  const given = argument === "-" ? await text(stdin) : argument;
  if (!given.trim()) throw new InputError(`The ${what} is empty.`);
  return given.trim();
}

async function readObject(source: string): Promise<object> {
  if (!source.trim()) throw new InputError("--input is empty: give a JSON object, or a file of one.");
  const inline = /^\s*[{["]/.test(source);
  const json = inline ? source : await readFileOrThrow(source);
  const from = inline ? "--input" : source;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new InputError(`${from} is not valid JSON: ${reason.replace(/\s+/g, " ")}.`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InputError(`${from} has to hold a JSON object, such as {"topic": "…"}.`);
}

async function readFileOrThrow(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new InputError(
      `--input ${path} is neither a JSON object nor a file that can be read (${reason}).`,
      { cause },
    );
  }
}

/**
 * An answer as it stands on the command line, read by its question's schema: a string stays a string.
 * Without a schema only what looks like a JSON object or list is read as one.
 */
export function readAnswer(value: string, schema: object | null): unknown {
  const type = schema && "type" in schema ? schema.type : undefined;
  if (type === "string" || (type === undefined && !/^\s*[{[]/.test(value))) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
