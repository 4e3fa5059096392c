import { Command, CommanderError, Option } from "commander";
import { UsageError } from "../errors.ts";
import type { CatalogueEntry } from "./catalogue.ts";

/** What a command line asks for. */
export type Request =
  | { kind: "text"; text: string }
  | { kind: "list" }
  | { kind: "diagram"; name: string; form: "text" | "mermaid" }
  | { kind: "run"; name: string; input: string | undefined; options: RunArguments };

/** The options of a run, as they stand on the command line. */
export interface RunArguments {
  /** JSON, or a file of it: the whole input object. */
  input?: string;
  thread?: string;
  /** True without a value. */
  resume?: string | true;
  budgetCalls?: number;
  budgetTokens?: number;
  budgetUsd?: number;
  /** Seconds. */
  timeout?: number;
  model?: string;
  docs?: string;
  /** A file, or a folder of them. */
  roles?: string;
  /** A file of MCP servers. */
  mcp?: string;
  output: "text" | "json";
}

const DIAGRAMS = ["text", "mermaid"] as const;
const OUTPUTS = ["text", "json"] as const;

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
  if (list) return { kind: "list" };
  if (diagram !== undefined) return diagramOf(graph, diagram, catalogue);
  if (graph !== undefined) return { kind: "run", name: graph, input, options };
  if (argv.length === 0) return { kind: "text", text: command.helpInformation() };
  throw badArguments(`Name the workflow before the options: ${namesOf(catalogue)}.`);
}

/**
 * Parses a command line; gives the help where that is what it asks for.
 *
 * @throws UsageError
 */
export function parsed(command: Command, argv: readonly string[], name: string): string | undefined {
  let help = "";
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    });
  }
  try {
    command.parse(argv, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return help;
    throw badArguments(`${inWords(error)}; ${name} --help lists what there is.`);
  }
}

/** The error of a command line that cannot be read. */
export const badArguments = (message: string) => new UsageError("BAD_ARGUMENTS", message);

const namesOf = (catalogue: readonly CatalogueEntry[]) => catalogue.map((entry) => entry.name).join(", ");

/** What the parser refuses, as the beginning of a sentence. */
function inWords({ code, message }: CommanderError): string {
  if (code === "commander.excessArguments")
    return "There is more than one input: put the whole text in quotes";
  const text = message
    .replace(/^error: /, "")
    .replace(/\s+/g, " ")
    .replace(/[.?]$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function diagramOf(
  graph: string | undefined,
  diagram: string | true,
  catalogue: readonly CatalogueEntry[],
): Request {
  const form = DIAGRAMS.find((each) => each === diagram);
  const name = form || diagram === true ? graph : (graph ?? diagram);
  if (name === undefined) throw badArguments(`Name the workflow to draw: ${namesOf(catalogue)}.`);
  if (!form && diagram !== true && diagram !== name) oneOf("--diagram", DIAGRAMS)(diagram);
  return { kind: "diagram", name, form: form ?? "text" };
}

function commandFor(catalogue: readonly CatalogueEntry[], name: string): Command {
  return new Command(name)
    .usage("<workflow> [input] [options]")
    .argument("[workflow]", `which workflow to run: ${namesOf(catalogue)}`)
    .argument("[input]", "text for the workflow's main input; - reads standard input")
    .option("--input <json>", "the whole input object: a JSON file, or JSON itself")
    .option("--thread <id>", "the thread to run on; without it a new one, which is printed")
    .option("--resume [value]", "go on with the thread's unfinished run, or answer its question")
    .option(
      "--budget-calls <n>",
      "cap on model calls, retries included (default: GRAPHWRIGHT_BUDGET_CALLS, or 100)",
      whole("--budget-calls"),
    )
    .option("--budget-tokens <n>", "cap on input and output tokens together", whole("--budget-tokens"))
    .option("--budget-usd <x>", "cap on US dollars", positive("--budget-usd"))
    .option("--timeout <seconds>", "cap on the run's active time", positive("--timeout"))
    .option("--model <name>", 'the model for every role; "offline" for none', filled("--model"))
    .option("--docs <dir>", "the documents that research may read", filled("--docs"))
    .option("--roles <file>", "roles in YAML or JSON, in place of the agents' own", filled("--roles"))
    .option("--mcp <file>", "MCP servers whose tools roles may be granted", filled("--mcp"))
    .addOption(
      new Option("--output <form>", "what is printed: text, or json for the whole result")
        .argParser(oneOf("--output", OUTPUTS))
        .default("text"),
    )
    .option("--list", "list the workflows")
    .option("--diagram [form]", "draw the workflow, as text or mermaid, instead of running it")
    .addHelpText("after", EXIT_CODES);
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 needs a human, 4 budget exhausted, 5 stalled,
130 cancelled (Ctrl-C), 143 drained (SIGTERM). A run that did not end goes on with --thread ID --resume.
The audit log of all runs: the workflow's place taken by "audit"; audit --help says more.`;

/** Reads a whole number above 0. */
export const whole = (option: string) => (value: string) => {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw badArguments(`${option} has to be a whole number above 0, not "${value}".`);
};

const positive = (option: string) => (value: string) => {
  const number = Number(value);
  if (value.trim() && Number.isFinite(number) && number > 0) return number;
  throw badArguments(`${option} has to be a number above 0, not "${value}".`);
};

/** Reads a text that says something. */
export const filled = (option: string) => (value: string) => {
  if (value.trim()) return value;
  throw badArguments(`${option} is empty.`);
};

const oneOf =
  <Choice extends string>(option: string, choices: readonly Choice[]) =>
  (value: string): Choice => {
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw badArguments(`${option} has to be ${choices.join(" or ")}, not "${value}".`);
  };
