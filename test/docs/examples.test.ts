import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environment } from "../package/packed.ts";
import { bundle } from "../programs/bundle.ts";
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
  graphwright: path.resolve("src/index.ts"),
  "graphwright/graphs": path.resolve("graphs/index.ts"),
  "graphwright/testing": path.resolve("src/testing/index.ts"),
};

let folder: string;
const folderOf = (place: string) => path.join(folder, place.replace(/\W+/g, "-"));
const sourceOf = (place: string) => path.join(folderOf(place), "example.ts");

/** Each example in a folder of its own, below the repository, where the packages are found. */
beforeAll(() => {
  mkdirSync(".data", { recursive: true });
  folder = mkdtempSync(path.resolve(".data/examples-"));
  for (const { place, code } of EXAMPLES) {
    mkdirSync(folderOf(place));
    writeFileSync(sourceOf(place), code);
  }
  const sources = EXAMPLES.map(({ place }) => [path.basename(folderOf(place)), sourceOf(place)]);
  bundle(Object.fromEntries(sources), path.join(folder, "bundled"), { alias: ENTRY_POINTS });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler says of files, with the options of the sources but for some. */
function complaints(files: string[], options: ts.CompilerOptions): string {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options: strict } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".");
  const program = ts.createProgram(files, { ...strict, ...options });
  const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
  return ts.formatDiagnostics(found, ts.createCompilerHost(options));
}

/** Runs an example without any key, and gives what it has printed on standard output. */
async function printedBy(place: string): Promise<string> {
  const cwd = folderOf(place);
  const program = path.join(folder, "bundled", `${path.basename(cwd)}.js`);
  const { stdout } = await execute(process.execPath, [program], { cwd, env: environment(), timeout: 60_000 });
  return stdout;
}

describe("the TypeScript examples of the documents", () => {
  it("stand in the readme and on each page that shows code, or the tests below would prove nothing", () => {
    const files = new Set(EXAMPLES.map(({ place }) => place.replace(/:\d+$/, "")));
    expect([...files].sort()).toEqual(["README.md", ...PAGES]);
  });

  it("compile as strictly as the sources, but for what they leave unused", () => {
    const paths = Object.fromEntries(Object.entries(ENTRY_POINTS).map(([name, file]) => [name, [file]]));
    const files = EXAMPLES.map(({ place }) => sourceOf(place));
    expect(complaints(files, { paths, noUnusedLocals: false })).toBe("");
  });

  it.concurrent.each(EXAMPLES)(
    "$place runs without a key, and prints what stands below it",
    async ({ place, printed }) => {
      expect(await printedBy(place)).toBe(printed ?? "");
    },
  );
});
