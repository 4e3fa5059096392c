import { Command } from "commander";
import type { CatalogueEntry } from "./catalogue.ts";
import { badArguments, oneOf, parsed, type RunSettings, withRunSettings } from "./options.ts";
import { folded } from "./width.ts";

/** What a command line asks for. */
export type Request =
  | { kind: "text"; text: string }
  | { kind: "list"; json: boolean }
  | { kind: "diagram"; name: string; form: "text" | "mermaid" }
  | { kind: "run"; name: string; input: string | undefined; options: RunArguments };

/** The options of a run, as they stand on the command line. */
export interface RunArguments extends RunSettings {
  /** JSON, or a file of it: the whole input object. */
  input?: string;
  thread?: string;
  /** True without a value. */
  resume?: string | true;
}

const DIAGRAMS = ["text", "mermaid"] as const;

/** `diagram` may also be a workflow's name: what follows `--diagram` is taken for its value. */
type Parsed = RunArguments & { list?: true; diagram?: string | true };

/**
 * Reads a command line.
 *
 * @throws UsageError saying what is wrong with it, and what would be right
 */
export function readArguments(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  name: string,
): Request {
  const command = commandFor(catalogue, name);
  const help = parsed(command, argv, name);
  if (help !== undefined) return { kind: "text", text: help };
  const { list, diagram, ...options } = command.opts<Parsed>();
  const [graph, input] = command.args;
  if (list) return { kind: "list", json: options.output === "json" };
  if (diagram !== undefined) return diagramOf(graph, diagram);
  if (graph !== undefined) return { kind: "run", name: graph, input, options };
  if (argv.length === 0) return { kind: "text", text: helpOf(command) };
  throw badArguments("Name the workflow before the options; --list shows them all.");
}

/** Without an argument, the same as with `--help`. */
function helpOf(command: Command): string {
  return parsed(command, ["--help"], command.name()) ?? "";
}

function diagramOf(graph: string | undefined, diagram: string | true): Request {
  const form = DIAGRAMS.find((each) => each === diagram);
  const name = form || diagram === true ? graph : (graph ?? diagram);
  if (name === undefined) throw badArguments("Name the workflow to draw; --list shows them all.");
  if (!form && diagram !== true && diagram !== name) oneOf("--diagram", DIAGRAMS)(diagram);
  return { kind: "diagram", name, form: form ?? "text" };
}

function commandFor(catalogue: readonly CatalogueEntry[], name: string): Command {
  const command = new Command(name)
    .usage("<workflow> [input] [options]")
    .argument("[workflow]", "which workflow to run; --list says what each does")
    .argument("[input]", "text for the workflow's main input; - reads standard input")
    .option("--input <json>", "the whole input object: a JSON file, or JSON itself")
    .option("--thread <id>", "the thread to run on; without it a new one, which is printed")
    .option("--resume [value]", "go on with the thread's unfinished run, or answer its question");
  return withRunSettings(command)
    .option("--list", "list the workflows, with their inputs and bounds; as JSON too")
    .option("--diagram [form]", "draw the workflow, as text or mermaid, instead of running it")
    .addHelpText("after", `\nWorkflows:\n${namesOf(catalogue)}\n${EXIT_CODES}`);
}

/** How long the lines of names are. */
const NAMES_WIDTH = 76;

function namesOf(catalogue: readonly CatalogueEntry[]): string {
  const names = catalogue.map(({ name }) => name);
  return folded(names, NAMES_WIDTH, ", ")
    .map((line) => `  ${line}`)
    .join("\n");
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 needs a human, 4 budget exhausted, 5 stalled,
130 cancelled (Ctrl-C), 143 drained (SIGTERM). A run that did not end goes on with --thread ID --resume.
In the workflow's place, "compare" gives several workflows the same task, and "audit" looks at the audit log of
all runs; each says more with --help.`;
