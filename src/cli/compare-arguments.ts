import { Command } from "commander";
import { isDuplicate } from "../state/duplicates.ts";
import { type CatalogueEntry, entryOf } from "./catalogue.ts";
import { badArguments, filled, parsed, type RunSettings, whole, withRunSettings } from "./options.ts";

/** What a command line asks of a comparison. */
export type CompareRequest =
  | { kind: "text"; text: string }
  | { kind: "compare"; task: string; entries: readonly CatalogueEntry[]; options: CompareArguments };

/** The options of a comparison, as they stand on the command line. */
export interface CompareArguments extends RunSettings {
  /** How many runs go on at once. */
  parallel: number;
  /** What the threads' ids begin with. */
  thread?: string;
}

/** How many runs go on at once, unless it is said. */
const PARALLEL = 4;

/** In the place of names: every workflow. */
const ALL = "all";

/**
 * Reads the command line of a comparison.
 *
 * @throws UsageError saying what is wrong with it
 */
export function readCompareArguments(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  name: string,
): CompareRequest {
  const command = commandFor(catalogue, name);
  const help = parsed(command, argv.length > 0 ? argv : ["--help"], name);
  if (help !== undefined) return { kind: "text", text: help };
  const { graphs, ...options } = command.opts<CompareArguments & { graphs?: string }>();
  const [task] = command.args;
  if (task === undefined)
    throw badArguments("A comparison needs its task: as text, or as - for standard input.");
  const entries = graphs === undefined ? usual(catalogue) : chosen(graphs, catalogue);
  return { kind: "compare", task, entries, options };
}

/** Those that are compared where none are named. */
function usual(catalogue: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  const marked = catalogue.filter(({ compared }) => compared);
  return marked.length > 0 ? marked : catalogue;
}

function chosen(graphs: string, catalogue: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  const names = graphs
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length === 0) throw badArguments("--graphs names no workflow; --list shows them all.");
  if (names.includes(ALL)) return catalogue;
  const twice = names.find(isDuplicate);
  if (twice !== undefined) throw badArguments(`--graphs names ${twice} twice.`);
  return names.map((name) => entryOf(name, catalogue, [ALL]));
}

function commandFor(catalogue: readonly CatalogueEntry[], name: string): Command {
  const names = usual(catalogue).map((entry) => entry.name);
  const command = new Command(name)
    .usage("<task> [options]")
    .description("Gives several workflows the same task and the same budget, and shows what came of it.")
    .argument("[task]", "what each of them gets as its main input; - reads standard input")
    .option(
      "--graphs <names>",
      `the workflows, with commas between them, or ${ALL} (default: ${names.join(",")})`,
    )
    .option("--parallel <n>", "how many of them run at once", whole("--parallel"), PARALLEL)
    .option(
      "--thread <prefix>",
      "what the ids of their threads begin with; a new one unless given",
      filled("--thread"),
    );
  return withRunSettings(command, " of each run").addHelpText("after", EXIT_CODES);
}

const EXIT_CODES = `
Exit codes: 0 where every run is done, 2 bad usage or input, 130 cancelled (Ctrl-C), 143 drained (SIGTERM);
otherwise the lowest of its runs' codes that is not 0: 1 failed, 3 needs a human, 4 budget exhausted, 5 stalled.
Each run that did not end goes on by itself, with the command that is printed for it.

Each run is a whole one, with what it does outside: content-crew publishes its article into the output folder
(GRAPHWRIGHT_OUTPUT), also with --graphs all.`;
