import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { readCompareArguments } from "../../src/cli/compare-arguments.ts";
import { readSettings } from "../../src/settings.ts";
import { DOCUMENTS } from "./blocks.ts";

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

/** The words of a command, as a shell would split them. */
const wordsOf = (command: string) =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );

/** The npm scripts that the documents run, in blocks or within sentences. */
const COMMANDS = DOCUMENTS.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/(?:^|`)(?:\w+=\S+ )*npm run ([^`\n#]+)/gm)].map(
    ([, text = ""]) => {
      const command = text.trim();
      const [script = "", ...rest] = wordsOf(command).filter((word) => word !== "-s");
      return { file, command, script, given: rest[0] === "--" ? rest.slice(1) : rest };
    },
  ),
);

/** Those that run a workflow, with what the command line gets; `<workflow>` and `[input]` stand for nothing. */
const RUNS = COMMANDS.flatMap(({ file, command, script, given }) => {
  const [, own] = /scripts\/run\.ts ?(.*)$/.exec(scripts[script] ?? "") ?? [];
  if (own === undefined) return [];
  return [{ file, command, words: [...wordsOf(own), ...given.filter((word) => !/^[<[]/.test(word))] }];
});

/** Those that compare workflows. */
const COMPARISONS = COMMANDS.filter(({ script }) => script === "compare");

describe("the commands of the documents", () => {
  it("run scripts of the package, and every workflow at least once", () => {
    const unknown = COMMANDS.filter(({ script }) => !(script in scripts));
    expect(unknown).toEqual([]);
    const run = new Set(RUNS.map(({ words }) => words[0]));
    expect(catalogue.map(({ name }) => name).filter((name) => !run.has(name))).toEqual([]);
  });

  it.each(RUNS)("$file: npm run $command is what the command line takes", ({ words }) => {
    expect(() => readArguments(words, catalogue, "graphwright")).not.toThrow();
  });

  it.each(COMPARISONS)("$file: npm run $command is what a comparison takes", ({ given }) => {
    const { kind } = readCompareArguments(given, catalogue, "graphwright compare");
    expect(kind).toBe("compare");
  });
});

/** The variables that the settings read, as their schema lists them. */
const VARIABLES = [...readFileSync("src/settings.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(
  ([, name = ""]) => name,
);

/** What `.env.example` shows for each variable; empty where it shows no value. */
const SHOWN = Object.fromEntries(
  [...readFileSync(".env.example", "utf8").matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(
    ([, name = "", value = ""]) => [name, value],
  ),
);

describe("the variables of the environment", () => {
  it("are all in .env.example and in the guide, and .env.example has no other but a role's", () => {
    const guide = readFileSync("docs/guide.md", "utf8");
    const { OPENAI_MODEL_REVIEWER, ...common } = SHOWN;
    expect(OPENAI_MODEL_REVIEWER).toBe("gpt-4.1");
    expect(Object.keys(common).sort()).toEqual([...VARIABLES].sort());
    expect(VARIABLES.filter((name) => !guide.includes(`| \`${name}\``))).toEqual([]);
  });

  it("are shown in .env.example with their defaults", () => {
    const { OPENAI_MODEL_REVIEWER: _, ...common } = SHOWN;
    expect(readSettings(common)).toEqual(readSettings({}));
  });
});
