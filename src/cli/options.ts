import { type Command, CommanderError, Option } from "commander";
import { UsageError } from "../errors.ts";
import type { Budget } from "../outcomes/spend.ts";

/** The options that each run of a command line takes. */
export interface RunSettings {
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

const OUTPUTS = ["text", "json"] as const;

/** Gives a command the options of each run; `of` says whose caps they are. */
export const withRunSettings = (command: Command, of = ""): Command =>
  command
    .option(
      "--budget-calls <n>",
      `cap on model calls${of}, retries included (default: GRAPHWRIGHT_BUDGET_CALLS, or 100)`,
      whole("--budget-calls"),
    )
    .option("--budget-tokens <n>", `cap on input and output tokens${of} together`, whole("--budget-tokens"))
    .option("--budget-usd <x>", `cap on US dollars${of}`, positive("--budget-usd"))
    .option("--timeout <seconds>", `cap on active time${of}`, positive("--timeout"))
    .option("--model <name>", 'the model for every role; "offline" for none', filled("--model"))
    .option("--docs <dir>", "the documents that research may read", filled("--docs"))
    .option("--roles <file>", "roles in YAML or JSON, in place of the agents' own", filled("--roles"))
    .option("--mcp <file>", "MCP servers whose tools roles may be granted", filled("--mcp"))
    .addOption(
      new Option("--output <form>", "what is printed: text, or json for the whole result")
        .argParser(oneOf("--output", OUTPUTS))
        .default("text"),
    );

/** The caps that a command line gives. */
export const budgetOf = ({ budgetCalls, budgetTokens, budgetUsd, timeout }: RunSettings): Budget => ({
  ...(budgetCalls !== undefined && { calls: budgetCalls }),
  ...(budgetTokens !== undefined && { tokens: budgetTokens }),
  ...(budgetUsd !== undefined && { usd: budgetUsd }),
  ...(timeout !== undefined && { ms: timeout * 1000 }),
});

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

/** The error of a command line that cannot be read. */
export const badArguments = (message: string) => new UsageError("BAD_ARGUMENTS", message);

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

/** Reads one of some words. */
export const oneOf =
  <Choice extends string>(option: string, choices: readonly Choice[]) =>
  (value: string): Choice => {
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw badArguments(`${option} has to be ${choices.join(" or ")}, not "${value}".`);
  };
