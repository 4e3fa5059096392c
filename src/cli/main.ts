import type { WriteStream } from "node:tty";
import { GraphwrightError, RoleError, UsageError } from "../errors.ts";
import type { RunResult, RunStatus } from "../outcomes/run-result.ts";
import { visible } from "../security/text.ts";
import { type Request, readArguments } from "./arguments.ts";
import type { AskLine } from "./ask-line.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { harmless } from "./words.ts";

/** A terminal that can be drawn on in place. */
export type LiveTerminal = NodeJS.WritableStream & Pick<WriteStream, "columns" | "rows" | "hasColors">;

/** What the command line is connected to. */
export interface Terminal {
  /** How the command is called, for hints: `graphwright`, or `npm run -s graph --`. */
  command: string;
  stdin: NodeJS.ReadableStream;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Where `err` writes to, if a run can be shown live there. */
  live?: LiveTerminal | undefined;
  /** Asks the person at the terminal; absent where there is none. */
  ask?: AskLine | undefined;
  /** Aborted to cancel the run. */
  cancel: AbortSignal;
  /** Aborted to let the run finish its step and stop. */
  drain: AbortSignal;
}

/** The exit code of each way in which a run ends. */
const EXIT_CODES: Record<RunStatus, number> = {
  done: 0,
  failed: 1,
  needs_human: 3,
  budget_exhausted: 4,
  stalled: 5,
  cancelled: 130,
};
const BAD_USAGE = 2;
const DRAINED = 143;

/** The first word of the commands that look at the audit log. */
const AUDIT = "audit";

/** Does what a command line asks for, and gives the exit code. */
export async function main(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  terminal: Terminal,
): Promise<number> {
  try {
    if (argv[0] === AUDIT) return await (await import("./audit.ts")).audit(argv.slice(1), terminal);
    return await done(readArguments(argv, catalogue, terminal.command), catalogue, terminal);
  } catch (error) {
    if (!(error instanceof GraphwrightError)) throw error;
    const { redacted } = await import("../security/redact.ts");
    // A role file's problems stand in lines of their own.
    const shown = error instanceof RoleError ? visible : harmless;
    terminal.err(`${shown(redacted(error.message))}\n`);
    return error instanceof UsageError ? BAD_USAGE : EXIT_CODES.failed;
  }
}

async function done(
  request: Request,
  catalogue: readonly CatalogueEntry[],
  terminal: Terminal,
): Promise<number> {
  if (request.kind === "text") {
    terminal.out(request.text);
    return 0;
  }
  if (request.kind === "list") {
    const width = Math.max(...catalogue.map(({ name }) => name.length));
    for (const { name, summary } of catalogue) terminal.out(`${name.padEnd(width)}  ${summary}\n`);
    return 0;
  }
  const entry = entryOf(request.name, catalogue);
  if (request.kind === "diagram") {
    const { drawing } = await import("./diagram.ts");
    terminal.out(`${await drawing((await entry.load()).graph, request.form)}\n`);
    return 0;
  }
  const { runEntry } = await import("./run-entry.ts");
  return exitCodeOf(await runEntry(entry, request, terminal), terminal);
}

function exitCodeOf({ status }: RunResult, { drain }: Terminal): number {
  return status === "cancelled" && drain.aborted ? DRAINED : EXIT_CODES[status];
}

function entryOf(name: string, catalogue: readonly CatalogueEntry[]): CatalogueEntry {
  const entry = catalogue.find((each) => each.name === name);
  if (entry) return entry;
  const names = catalogue.map((each) => each.name).join(", ");
  throw new UsageError("UNKNOWN_WORKFLOW", `There is no workflow "${name}"; there are: ${names}.`);
}
