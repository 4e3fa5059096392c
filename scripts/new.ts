/** A new workflow that works, with all that belongs to it: `npm run new -- my-flow`. */
import path from "node:path";
import { Command } from "commander";
import { badArguments, parsed } from "../src/cli/options.ts";
import { harmless } from "../src/cli/words.ts";
import { codeOf, messageOf, UsageError } from "../src/errors.ts";
import type { Created } from "./new/create.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const CALLED = "npm run new --";

/** Does what the command line asks for, and says what came of it. */
async function answerTo(argv: readonly string[]): Promise<string> {
  const command = new Command(CALLED)
    .usage("<name>")
    .description(
      "Creates a small workflow that works, with its prompts, its tests and its mention in all lists.",
    )
    .argument("[name]", "what it is called, in kebab-case, such as my-flow")
    .allowExcessArguments();
  const help = parsed(command, argv, CALLED);
  if (help !== undefined) return help;
  if (command.args.length === 0) throw badArguments(`Name the workflow, in kebab-case: ${CALLED} my-flow`);
  const name = command.args.join(" ");
  const { create } = await import("./new/create.ts");
  return told(name, await create(name, ROOT));
}

function told(name: string, { created, changed }: Created): string {
  return `Created ${name}:
${created.map((file) => `  ${file}`).join("\n")}
Listed it in:
${changed.map((file) => `  ${file}`).join("\n")}
It runs as it is:
  npm run -s ${name} -- "How does a workflow survive a crash?"
  npx vitest run test/graphs/${name}.test.ts test/catalogue.test.ts
docs/write-your-own.md leads on from here.
`;
}

try {
  process.stdout.write(await answerTo(process.argv.slice(2)));
} catch (error) {
  if (codeOf(error) === undefined) throw error;
  process.stderr.write(`${harmless(messageOf(error))}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
