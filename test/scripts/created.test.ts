import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create } from "../../scripts/new/create.ts";
import type { Ended } from "../cli/command.ts";
import { Copy, LISTS } from "./copy.ts";
import { changesIn, withChange } from "./guide.ts";

const TOOLS_MS = 240_000;
const GUIDE = "docs/write-your-own.md";
const NAMES = ["my-flow", "briefing"];

/** The files of a workflow. */
const filesOf = (name: string) => [
  ...["graph", "state", "prompts"].map((file) => `graphs/${name}/${file}.ts`),
  `test/graphs/${name}.test.ts`,
  `test/workflows/rows/${name}.ts`,
];

const PATTERNS = "docs/patterns.md";

/** What asks something of every workflow. */
const COMMON_TESTS = ["test/catalogue.test.ts", "test/docs/commands.test.ts"];

describe("a workflow that is created, and one that the guide then makes useful", () => {
  const copy = new Copy();
  let told: Ended;
  afterAll(() => copy.remove());
  beforeAll(async () => {
    await create("my-flow", copy.root);
    told = await copy.script("scripts/new.ts", "briefing");
    for (const change of changesIn(GUIDE))
      copy.write(change.file, withChange(copy.read(change.file), change));
  }, TOOLS_MS);

  it("have all their files, and stand in all lists", () => {
    for (const name of NAMES) {
      for (const file of filesOf(name)) expect(copy.read(file)).not.toMatch(/new\/template/);
      for (const file of [...LISTS, PATTERNS]) expect(copy.read(file)).toContain(name);
    }
    expect(copy.read("graphs/my-flow/graph.ts")).toMatch(/defineMyFlow[\s\S]*name: "my-flow"/);
    expect(copy.read(PATTERNS)).toMatch(
      /^## my-flow\n[\s\S]*mermaid\ngraph TD;[\s\S]*`2 \* maxReviews \+ 1`/m,
    );
    expect(filesOf("briefing").map(copy.read.bind(copy)).join("\n")).not.toMatch(/my-?flow/i);
  });

  it("are told by the command, with what to do next", () => {
    expect(told).toMatchObject({ code: 0, err: "" });
    for (const file of [...filesOf("briefing"), ...LISTS, PATTERNS, GUIDE]) expect(told.out).toContain(file);
  });

  it(
    "pass the formatter, the linter, the compiler and the tests, and run without a key",
    async () => {
      const files = [...NAMES.flatMap(filesOf), ...LISTS, PATTERNS];
      const sources = [...NAMES.flatMap(filesOf), "graphs/index.ts", "graphs/catalogue.ts"];
      const config = { extends: "./tsconfig.json", include: [], files: sources };
      copy.write("tsconfig.new.json", JSON.stringify(config));
      const tests = [...NAMES.map((name) => `test/graphs/${name}.test.ts`), ...COMMON_TESTS];
      const [biome, tsc, vitest, run] = await Promise.all([
        copy.node("node_modules/@biomejs/biome/bin/biome", "check", ...files),
        copy.node("node_modules/typescript/bin/tsc", "-p", "tsconfig.new.json"),
        copy.node("node_modules/vitest/vitest.mjs", "run", ...tests, "--project=together"),
        copy.script("scripts/run.ts", "briefing", "How does a workflow survive a crash?"),
      ]);
      const complaints = [biome, tsc, vitest].map(({ code, out, err }) => (code === 0 ? "" : `${out}${err}`));
      expect(complaints).toEqual(["", "", ""]);
      expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/\[\d\][\s\S]*\n## Sources\n/) });
    },
    TOOLS_MS,
  );

  it("are refused a second time, and nothing is changed", async () => {
    const before = copy.read("package.json");
    await expect(create("my-flow", copy.root)).rejects.toThrow(/graphs\/my-flow is there already/);
    rmSync(path.join(copy.root, "graphs/my-flow"), { recursive: true });
    await expect(create("my-flow", copy.root)).rejects.toThrow(/package\.json has a script of that name/);
    expect([copy.read("package.json"), existsSync(path.join(copy.root, "graphs/my-flow"))]).toEqual([
      before,
      false,
    ]);
  });

  it("are not created where a list cannot take them, and nothing is written", async () => {
    copy.write("graphs/catalogue.ts", "export const catalogue = Object.values({});\n");
    const before = LISTS.map((file) => copy.read(file));
    const refusal = create("another", copy.root);
    await expect(refusal).rejects.toThrow(
      /graphs\/catalogue\.ts has no array `catalogue`; nothing was written/,
    );
    expect(LISTS.map((file) => copy.read(file))).toEqual(before);
    for (const file of filesOf("another")) expect(existsSync(path.join(copy.root, file))).toBe(false);
  });
});
