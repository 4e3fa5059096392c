import type { BaseMessage } from "@langchain/core/messages";
import { GraphwrightError } from "../errors.ts";

/** What a scripted model was asked. */
export interface ScriptedRequest {
  /** The role that the call's metadata names; undefined if it names none. */
  role: string | undefined;
  messages: readonly BaseMessage[];
  /** The text of the last human message. */
  text: string;
  /** The name of the schema that the answer has to fit, if there is one. */
  schema: string | undefined;
  /** The names of the tools that may be called. */
  tools: readonly string[];
}

/** A call that the script does not expect, or a script with lines left over. */
export class ScriptError extends GraphwrightError {
  readonly role: string | undefined;

  constructor(message: string, role?: string) {
    super("SCRIPT", message);
    this.role = role;
  }
}

/** A structured answer: the arguments of the tool that the request forces, else JSON as text. */
export type StructuredAnswer = Readonly<Record<string, unknown>>;

/** A line that calls tools; made by `calls`. */
export class Calls {
  readonly calls: readonly { name: string; args: StructuredAnswer }[];

  constructor(calls: Calls["calls"]) {
    this.calls = calls;
  }
}

/** A line that throws; made by `fails`. */
export class Fails {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** A line that keeps one waiting; made by `after`. */
export class After {
  readonly ms: number;
  readonly line: Line;

  constructor(ms: number, line: Line) {
    this.ms = ms;
    this.line = line;
  }
}

/** Whether a line is meant for a request. */
export type Predicate = (request: ScriptedRequest) => boolean;

/** A line with a condition, or for more than one call; made by `when` and `always`. */
export class Entry {
  readonly predicate: Predicate | undefined;
  readonly line: Line;
  readonly repeated: boolean;

  constructor(predicate: Predicate | undefined, line: Line, repeated: boolean) {
    this.predicate = predicate;
    this.line = line;
    this.repeated = repeated;
  }
}

/** One answer: a text, a structured answer, tool calls, an error, a delayed line, or a function that gives one. */
export type Line =
  | string
  | StructuredAnswer
  | Calls
  | Fails
  | After
  | ((request: ScriptedRequest) => Line | Promise<Line>);

/** Lines by role, in the order of that role's calls; or lines taken by what is asked, whoever asks. */
export type ScriptLines = { readonly [role: string]: readonly (Line | Entry)[] } | readonly Entry[];

/** Calls tools. */
export const calls = (...each: Calls["calls"]): Calls => new Calls(each);

/** Throws the error in place of an answer. */
export const fails = (error: unknown): Fails => new Fails(error);

/** Answers after a pause, in milliseconds, which the call's abort signal ends. */
export const after = (ms: number, line: Line): After => new After(ms, line);

/** Answers the first request that the predicate accepts; every one with `when(predicate, always(line))`. */
export function when(predicate: Predicate, line: Line | Entry): Entry {
  if (!(line instanceof Entry)) return new Entry(predicate, line, false);
  const { predicate: inner = () => true, repeated } = line;
  return new Entry((request) => predicate(request) && inner(request), line.line, repeated);
}

/** Answers any number of requests, none included. */
export const always = (line: Line | Entry): Entry =>
  line instanceof Entry ? new Entry(line.predicate, line.line, true) : new Entry(undefined, line, true);

interface Cue {
  /** Where the line stands, as messages name it: `writer[1]`. */
  place: string;
  role: string | undefined;
  entry: Entry;
  uses: number;
}

/** The lines of a scripted model, and which of them were taken. */
export class Script {
  readonly #cues: readonly Cue[];
  readonly #roles: readonly string[] | undefined;

  constructor(lines: ScriptLines) {
    if (isList(lines)) {
      this.#cues = lines.map((entry, i) => ({ place: `[${i}]`, role: undefined, entry, uses: 0 }));
      return;
    }
    this.#roles = Object.keys(lines);
    this.#cues = Object.entries(lines).flatMap(([role, entries]) =>
      entries.map((line, i) => {
        const entry = line instanceof Entry ? line : new Entry(undefined, line, false);
        return { place: `${role}[${i}]`, role, entry, uses: 0 };
      }),
    );
  }

  /**
   * Takes the line for a request: a matching conditional one before the next unconditional one.
   * `place` is unlike that of every other line taken.
   *
   * @throws ScriptError if there is none
   */
  take(request: ScriptedRequest): { line: Line; place: string } {
    const open = this.#cues.filter(
      ({ role, entry, uses }) =>
        (role === undefined || role === request.role) && (entry.repeated || uses === 0),
    );
    const cue =
      open.find(({ entry }) => entry.predicate?.(request)) ?? open.find(({ entry }) => !entry.predicate);
    if (!cue) throw this.#unexpected(request, open.length);
    cue.uses += 1;
    return { line: cue.entry.line, place: cue.uses > 1 ? `${cue.place}#${cue.uses}` : cue.place };
  }

  /** Where the lines stand that no call has taken, and what they say; those for any number of calls do not count. */
  unused(): string[] {
    return this.#cues
      .filter(({ entry, uses }) => uses === 0 && !entry.repeated)
      .map(({ place, entry }) => `${place} ${describe(entry.line)}`);
  }

  #unexpected({ role, text }: ScriptedRequest, open: number): ScriptError {
    const who = role === undefined ? "A call without a role" : `The role "${role}"`;
    const known = role === undefined || (this.#roles?.includes(role) ?? true);
    const why = !known
      ? `the script has lines only for ${this.#roles?.join(", ") || "no role"}`
      : open > 0
        ? `none of the ${open} lines left is meant for this request`
        : "no line is left";
    return new ScriptError(`${who} asked for an answer, but ${why}. The prompt: ${excerpt(text, 200)}`, role);
  }
}

const isList = (lines: ScriptLines): lines is readonly Entry[] => Array.isArray(lines);

function describe(line: Line): string {
  if (typeof line === "function") return "(a function)";
  if (line instanceof After) return `after ${line.ms} ms: ${describe(line.line)}`;
  if (line instanceof Fails) return `fails: ${excerpt(String(line.error), 60)}`;
  if (line instanceof Calls) return `calls: ${line.calls.map(({ name }) => name).join(", ")}`;
  return typeof line === "string" ? JSON.stringify(excerpt(line, 60)) : excerpt(JSON.stringify(line), 60);
}

const excerpt = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);
