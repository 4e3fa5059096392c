import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
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
  output: "text" | "json";
}

type Parsed = RunArguments & { list?: true; diagram?: "text" | "mermaid" | true };

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
  let help = "";
  const command = commandFor(catalogue, name).configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text: help };
    throw new UsageError(
      "BAD_ARGUMENTS",
      `${error.message.replace(/^error: /, "")} — ${name} --help lists what there is.`,
    );
  }
  const { list, diagram, ...options } = command.opts<Parsed>();
  const [graph, input] = command.args;
  if (list) return { kind: "list" };
  if (graph === undefined) return { kind: "text", text: command.helpInformation() };
  if (diagram) return { kind: "diagram", name: graph, form: diagram === true ? "text" : diagram };
  return { kind: "run", name: graph, input, options };
}

function commandFor(catalogue: readonly CatalogueEntry[], name: string): Command {
  const names = catalogue.map((entry) => entry.name).join(", ");
  return new Command(name)
    .usage("<workflow> [input] [options]")
    .argument("[workflow]", `which workflow to run: ${names}`)
    .argument("[input]", "text for the workflow's main input; - reads standard input")
    .option("--input <json>", "the whole input object: a JSON file, or JSON itself")
    .option("--thread <id>", "the thread to run on; without it a new one, which is printed")
    .option("--resume [value]", "go on with the thread's unfinished run, or answer its question")
    .option("--budget-calls <n>", "cap on model calls, retries included (default: 100)", whole)
    .option("--budget-tokens <n>", "cap on input and output tokens together", whole)
    .option("--budget-usd <x>", "cap on US dollars", positive)
    .option("--timeout <seconds>", "cap on the run's active time", positive)
    .option("--model <name>", 'the model for every role; "offline" for none')
    .option("--docs <dir>", "the documents that research may read")
    .addOption(new Option("--output <form>", "what is printed").choices(["text", "json"]).default("text"))
    .option("--list", "list the workflows")
    .addOption(
      new Option("--diagram [form]", "draw the workflow instead of running it")
        .choices(["text", "mermaid"])
        .preset("text"),
    )
    .addHelpText("after", EXIT_CODES)
    .exitOverride();
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 needs a human, 4 budget exhausted, 5 stalled,
130 cancelled (Ctrl-C), 143 drained (SIGTERM). A run that did not end goes on with --thread ID --resume.`;

function whole(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It has to be a whole number above 0.");
}

function positive(value: string): number {
  const number = Number(value);
  if (value.trim() && Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError("It has to be a number above 0.");
}
