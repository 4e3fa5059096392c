import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environment } from "../package/packed.ts";
import { blocksOf, DOCUMENTS } from "./blocks.ts";

const execute = promisify(execFile);

const EXAMPLES = DOCUMENTS.flatMap((file) => blocksOf(file, "ts"));

const PAGES = [
  "docs/budgets.md",
  "docs/durability.md",
  "docs/guide.md",
  "docs/outcomes.md",
  "docs/roles-and-tools.md",
  "docs/security.md",
];

/** Where the package's entry points stand in the sources. */
const ENTRY_POINTS = {
  graphwright: [path.resolve("src/index.ts")],
  "graphwright/graphs": [path.resolve("graphs/index.ts")],
  "graphwright/testing": [path.resolve("src/testing/index.ts")],
};

let folder: string;
const folderOf = (place: string) => path.join(folder, place.replace(/\W+/g, "-"));

/** Each example in a folder of its own, as a reader has it who has installed the package. */
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "graphwright-docs-"));
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const typeRoots = [path.resolve("node_modules/@types")];
  const compilerOptions = { paths: ENTRY_POINTS, typeRoots, noUnusedLocals: false };
  const config = { extends: path.resolve("tsconfig.json"), compilerOptions, include: ["*/example.ts"] };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
  for (const { place, code } of EXAMPLES) {
    mkdirSync(folderOf(place));
    writeFileSync(path.join(folderOf(place), "example.ts"), code);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs node in a folder, without any key, and gives what it has printed on standard output. */
async function node(cwd: string, ...args: string[]): Promise<string> {
  const env = environment({ TSX_TSCONFIG_PATH: path.join(folder, "tsconfig.json") });
  const { stdout } = await execute(process.execPath, args, { cwd, env, timeout: 60_000 });
  return stdout;
}

describe("the TypeScript examples of the documents", () => {
  it("stand in the readme and on each page that shows code, or the tests below would prove nothing", () => {
    const files = new Set(EXAMPLES.map(({ place }) => place.replace(/:\d+$/, "")));
    expect([...files].sort()).toEqual(["README.md", ...PAGES]);
  });

  it("compile as strictly as the sources, but for what they leave unused", async () => {
    const compiler = path.resolve("node_modules/typescript/bin/tsc");
    const complaints = await node(folder, compiler, "-p", ".").catch(({ stdout }) => stdout);
    expect(complaints).toBe("");
  }, 120_000);

  it.each(EXAMPLES)(
    "$place runs without a key, and prints what stands below it",
    async ({ place, printed }) => {
      const tsx = path.resolve("node_modules/tsx/dist/loader.mjs");
      expect(await node(folderOf(place), "--import", tsx, "example.ts")).toBe(printed ?? "");
    },
  );
});
