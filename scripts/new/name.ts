import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";

/** A workflow's name, as each place writes it. */
export interface Name {
  kebab: string;
  pascal: string;
  camel: string;
}

/** What npm runs by itself, or in its own way. */
const NPM = ["install", "uninstall", "publish", "prepare", "pack", "version", "restart", "start", "stop"];

/** Words that stand in a workflow's place on the command line. */
const COMMANDS = ["all", "audit", "compare", "graph", "help", "list", "new"];

const Manifest = z.object({ scripts: z.record(z.string(), z.string()) });

/**
 * The name of a new workflow in the repository at `root`.
 *
 * @throws UsageError where it is not kebab-case, or taken, or another word already
 */
export function nameOf(given: string, root: string): Name {
  const refuse = (why: string) => new UsageError("BAD_NAME", `"${given}" ${why}`);
  if (!/^[a-z][a-z\d]*(-[a-z\d]+)*$/.test(given)) {
    const meant = kebabOf(given);
    const instead = meant ? `; did you mean ${meant}?` : ", such as my-flow.";
    throw refuse(`is no name in kebab-case${instead}`);
  }
  const pascal = given.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  const taken = takenBy({ kebab: given, pascal, camel }, root);
  if (taken !== undefined) throw refuse(`cannot be the name of a new workflow: ${taken}. Choose another.`);
  return { kebab: given, pascal, camel };
}

/** The nearest name in kebab-case; empty where nothing of it is left. */
function kebabOf(given: string): string {
  const words = given
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/([a-z\d])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .match(/[a-z\d]+/g);
  return (words ?? []).join("-").replace(/^[\d-]+/, "");
}

/** Why a name cannot be had; undefined where it can. */
function takenBy({ kebab, pascal, camel }: Name, root: string): string | undefined {
  const { scripts } = Manifest.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  if (existsSync(path.join(root, "graphs", kebab))) return `graphs/${kebab} is there already`;
  if (Object.hasOwn(scripts, kebab)) return `package.json has a script of that name`;
  if (COMMANDS.includes(kebab)) return "it is a word of the command line";
  const [, hooked] = /^(?:pre|post)(.+)$/.exec(kebab) ?? [];
  const runsByItself = (script: string) => NPM.includes(script) || Object.hasOwn(scripts, script);
  if (NPM.includes(kebab) || (hooked !== undefined && runsByItself(hooked)))
    return "npm runs such a script by itself";
  if (ts.createScanner(ts.ScriptTarget.Latest, true, undefined, camel).scan() !== ts.SyntaxKind.Identifier)
    return `${camel} is a word of TypeScript`;
  const exported = readFileSync(path.join(root, "graphs/index.ts"), "utf8");
  const both = [camel, `define${pascal}`, `${pascal}State`, `${pascal}Options`];
  const clash = both.find((each) => new RegExp(`\\b${each}\\b`).test(exported));
  return clash && `graphs/index.ts exports ${clash} already`;
}
