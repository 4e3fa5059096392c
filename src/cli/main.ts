import type { WriteStream } from "node:tty";
import { GraphwrightError, RoleError, UsageError } from "../errors.ts";
import { visible } from "../security/text.ts";
import { type Request, readArguments } from "./arguments.ts";
import type { AskLine } from "./ask-line.ts";
import { type CatalogueEntry, entryOf } from "./catalogue.ts";
import { EXIT_CODES, exitCodeOf } from "./exit-codes.ts";
import { harmless } from "./words.ts";

/** A terminal that can be drawn on in place. */
export type LiveTerminal = NodeJS.WritableStream & Pick<WriteStream, "columns" | "rows" | "hasColors">;

/** What the command line is connected to. */
export interface Terminal {
  /** How the command is called, for hints: `graphwright`, or `npm run -s graph --`. */
  command: string;
  stdin: NodeJS.ReadableStream;
  out: (text: string) => void;
  /** How wide the terminal is that `out` writes to; absent where it writes to none. */
  columns?: number | undefined;
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

const BAD_USAGE = 2;

/** The commands beside the workflows, by their first word. */
const COMMANDS: Record<string, Subcommand> = {
  audit: async (argv, _, terminal) => (await import("./audit.ts")).audit(argv, terminal),
  compare: async (...asked) => (await import("./compare.ts")).compare(...asked),
};

type Subcommand = (
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  terminal: Terminal,
) => Promise<number>;

/** Does what a command line asks for, and gives the exit code. */
export async function main(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  terminal: Terminal,
): Promise<number> {
  try {
    const [first = "", ...rest] = argv;
    const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
    if (command) return await command(rest, catalogue, terminal);
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
    const { listed, listedAsJson } = await import("./list.ts");
    terminal.out(request.json ? listedAsJson(catalogue) : listed(catalogue, terminal.columns));
    return 0;
  }
  const entry = entryOf(request.name, catalogue, Object.keys(COMMANDS));
  if (request.kind === "diagram") {
    const { drawing } = await import("./diagram.ts");
    terminal.out(`${await drawing((await entry.load()).graph, request.form)}\n`);
    return 0;
  }
  const { runEntry } = await import("./run-entry.ts");
  return exitCodeOf(await runEntry(entry, request, terminal), terminal);
}
