import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { drawing } from "../../src/cli/diagram.ts";
import { patternsRow, patternsSection, readmeRow } from "./documents.ts";
import { inCatalogue, inIndex, inScripts, inStudio, inTable } from "./listings.ts";
import { type Name, nameOf } from "./name.ts";
import { filesOf } from "./template.ts";
import { tidied, writeAll } from "./write.ts";

/** The files that a new workflow came to, by their paths. */
export interface Created {
  created: string[];
  changed: string[];
}

const PATTERNS = "docs/patterns.md";

/**
 * Creates a workflow in the repository at `root`: its own files, and a mention of it in each file that lists the
 * workflows. All of it is written, or nothing.
 *
 * @throws UsageError where the name cannot be had, or a file cannot take the mention
 */
export async function create(given: string, root: string): Promise<Created> {
  const name = nameOf(given, root);
  const created = await tidy(filesOf(name, root), root);
  const changed = await tidy(await listings(name, root), root);
  writeAll(root, created, changed);
  return { created: [...created.keys()], changed: [...changed.keys()] };
}

const tidy = async (files: ReadonlyMap<string, string>, root: string) =>
  new Map(
    await Promise.all(
      [...files].map(async ([file, text]) => [file, await tidied(file, text, root)] as const),
    ),
  );

/** The files that list the workflows, with this one. */
async function listings(name: Name, root: string): Promise<Map<string, string>> {
  const read = (file: string) => readFileSync(path.join(root, file), "utf8");
  const files = new Map([
    ["graphs/catalogue.ts", inCatalogue(read("graphs/catalogue.ts"), name)],
    ["graphs/index.ts", inIndex(read("graphs/index.ts"), name)],
    ["langgraph.json", inStudio(read("langgraph.json"), name)],
    ["package.json", inScripts(read("package.json"), name)],
    ["README.md", inTable(read("README.md"), "README.md", "Workflow", readmeRow(name))],
  ]);
  if (existsSync(path.join(root, PATTERNS))) files.set(PATTERNS, await inPatterns(read(PATTERNS), name));
  return files;
}

async function inPatterns(text: string, name: Name): Promise<string> {
  const { graph } = await import("./template/graph.ts");
  const hasTable = /^\| *Pattern *\|/m.test(text);
  const listed = hasTable ? inTable(text, PATTERNS, "Pattern", patternsRow(name)) : text;
  return `${listed.trimEnd()}\n${patternsSection(name, await drawing(graph, "mermaid"))}`;
}
