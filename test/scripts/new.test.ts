import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { create } from "../../scripts/new/create.ts";
import { inCatalogue, inIndex, inScripts, inStudio, inTable } from "../../scripts/new/listings.ts";
import { graph } from "../../scripts/new/template/graph.ts";
import { writeAll } from "../../scripts/new/write.ts";
import { edgesDrawnIn, edgesOf } from "../graphs/drawings.ts";
import { LISTS } from "./copy.ts";

it("the template is drawn as its opening comment says", async () => {
  const file = new URL("../../scripts/new/template/graph.ts", import.meta.url);
  expect(edgesDrawnIn(file)).toEqual(await edgesOf(graph));
});

describe("the command", () => {
  const script = fileURLToPath(new URL("../../scripts/new.ts", import.meta.url));
  const call = (...args: string[]) =>
    spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), script, ...args], {
      encoding: "utf8",
    });

  it.each([
    [["My", "Flow"], /^"My Flow" is no name in kebab-case; did you mean my-flow\?\n$/],
    [[], /^Name the workflow, in kebab-case: .*\n$/],
    [["--hlep"], /^Unknown option '--hlep' \(Did you mean --help\?\); .*\n$/],
  ])("refuses %j with code 2 and one sentence", (args, says) => {
    const { status, stdout, stderr } = call(...args);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringMatching(says)]);
  });

  it("explains itself", () => {
    expect(call("--help").stdout).toMatch(/^Usage: npm run new -- <name>\n/);
  });
});

describe("a name", () => {
  it.each([
    ["MyFlow", /is no name in kebab-case; did you mean my-flow\?/],
    ["my flow", /did you mean my-flow\?/],
    ["Zürich_B", /did you mean zurich-b\?/],
    ["9 Lives 2", /did you mean lives-2\?/],
    ["-flow", /did you mean flow\?/],
    ["../flow", /did you mean flow\?/],
    ["流れ", /is no name in kebab-case, such as my-flow/],
    ["", /is no name in kebab-case, such as my-flow/],
    ["router", /graphs\/router is there already/],
    ["test", /package\.json has a script/],
    ["audit", /package\.json has a script/],
    ["install", /npm runs such a script by itself/],
    ["pretest", /npm runs such a script by itself/],
    ["postinstall", /npm runs such a script by itself/],
    ["all", /a word of the command line/],
    ["delete", /a word of TypeScript/],
    ["catalogue", /graphs\/index\.ts exports catalogue already/],
  ])("%j is refused", async (name, says) => {
    const before = LISTS.map((file) => readFileSync(file, "utf8"));
    await expect(create(name, path.resolve("."))).rejects.toThrow(says);
    expect(LISTS.map((file) => readFileSync(file, "utf8"))).toEqual(before);
  });
});

describe("what lists a workflow takes one more", () => {
  const name = { kebab: "my-flow", pascal: "MyFlow", camel: "myFlow" };

  it.each([
    ["as it is formatted", 'export const catalogue: readonly Entry[] = [\n  { name: "a" },\n];\n'],
    ["without a comma at its end", 'export const catalogue = [{ name: "a" }];\n'],
    ["with comments", 'export const catalogue = [\n  { name: "a" } // the first ]\n  /* the last ] */\n];\n'],
    ["asserted", 'const catalogue = [{ name: "a" },] as const satisfies readonly Entry[];\n'],
    ["with other line ends", 'export const catalogue = [\r\n  { name: "a" },\r\n];\r\n'],
    [
      "with brackets in texts",
      'const x = ["]"];\nexport const catalogue = [{ name: "a", summary: "];" }];\n',
    ],
  ])("the catalogue, %s", (_, source) => {
    const text = inCatalogue(source, name);
    const body = text.replace(/^[\s\S]*?catalogue[^=]*=/, "").replace(/\b(as const|satisfies)\b[^;]*/g, "");
    const names = new Function(`return ${body.replace(/import\(/g, "(")}`)().map(
      (each: { name: string }) => each.name,
    );
    expect(names).toEqual(["a", "my-flow"]);
  });

  it("an empty catalogue", () => {
    expect(inCatalogue("export const catalogue = [];", name)).toMatch(/= \[\s*\{[\s\S]*\},\s*\];$/);
  });

  it("the exports, the graphs of Studio and the scripts, behind the others of their kind", () => {
    expect(inIndex('export { catalogue } from "./catalogue.ts";\n\n\n', name)).toMatch(
      /^export .*\nexport \{ defineMyFlow/,
    );
    const studio = inStudio('{"node_version":"20","graphs":{"a":"./a"},"env":".env"}', name);
    expect(Object.keys(JSON.parse(studio))).toEqual(["node_version", "graphs", "env"]);
    expect(JSON.parse(studio).graphs).toEqual({ a: "./a", "my-flow": "./graphs/my-flow/graph.ts:graph" });
    const scripts = {
      a: "exec node --import tsx scripts/run.ts a",
      graph: "exec node --import tsx scripts/run.ts",
    };
    const manifest = inScripts(JSON.stringify({ name: "x", scripts, files: [] }), name);
    expect(Object.keys(JSON.parse(manifest).scripts)).toEqual(["a", "my-flow", "graph"]);
    expect(Object.keys(JSON.parse(manifest))).toEqual(["name", "scripts", "files"]);
  });

  it("a table, also at the end of its document", () => {
    const table = "| Workflow | Command |\n| --- | --- |\n| a | b |";
    expect(inTable(table, "x.md", "Workflow", ["c", "d"])).toBe(`${table}\n| c | d |`);
    expect(inTable(`# X\n\n${table}\n\nMore.\n`, "x.md", "Workflow", ["c", "d"])).toContain(
      "| a | b |\n| c | d |\n\nMore.",
    );
  });

  it.each([
    [() => inCatalogue("export const other = [];", name), /catalogue\.ts has no array/],
    [() => inStudio("{", name), /langgraph\.json has no `graphs`/],
    [() => inStudio('{"graphs":[]}', name), /langgraph\.json has no `graphs`/],
    [() => inScripts('{"name":"x"}', name), /package\.json has no `scripts`/],
    [
      () => inTable("No table.", "README.md", "Workflow", []),
      /README\.md has no table whose first column is Workflow/,
    ],
  ])("or says what it lacks: %s", (list, says) => {
    expect(list).toThrow(says);
    expect(list).toThrow(/nothing was written/);
  });
});

describe("writing", () => {
  const place = () => {
    const folder = mkdtempSync(path.join(tmpdir(), "graphwright-write-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, "list.txt"), "before");
    mkdirSync(path.join(folder, "folder"));
    writeFileSync(path.join(folder, "folder/file"), "");
    return folder;
  };
  const text = (folder: string) => readFileSync(path.join(folder, "list.txt"), "utf8");

  it("leaves nothing behind where it fails halfway", () => {
    const folder = place();
    const created = new Map([
      ["new/deep/one.txt", "1"],
      ["folder/two.txt", "2"],
      ["folder/file/three.txt", "3"],
    ]);
    expect(() => writeAll(folder, created, new Map([["list.txt", "after"]]))).toThrow(/EEXIST|ENOTDIR/);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(["folder", "folder/file", "list.txt"]);
    expect(text(folder)).toBe("before");
  });

  it("overwrites no file that it is to create", () => {
    const folder = place();
    expect(() => writeAll(folder, new Map([["folder/file", "x"]]), new Map())).toThrow(
      /folder\/file is there already/,
    );
    expect(readFileSync(path.join(folder, "folder/file"), "utf8")).toBe("");
  });

  it("takes nothing away that it has not created", () => {
    const folder = place();
    symlinkSync("nowhere", path.join(folder, "folder/link"));
    const created = new Map([
      ["folder/one.txt", "1"],
      ["folder/link", "x"],
    ]);
    expect(() => writeAll(folder, created, new Map())).toThrow(/EEXIST/);
    expect(readdirSync(path.join(folder, "folder")).sort()).toEqual(["file", "link"]);
  });

  it("changes nothing where a file that it is to change is missing", () => {
    const folder = place();
    expect(() => writeAll(folder, new Map([["x.txt", "x"]]), new Map([["none.txt", "x"]]))).toThrow(/ENOENT/);
    expect(readdirSync(folder).sort()).toEqual(["folder", "list.txt"]);
  });
});
