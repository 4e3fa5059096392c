import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import * as graphs from "../../graphs/index.ts";
import * as main from "../../src/index.ts";
import * as testing from "../../src/testing/index.ts";
import { cleanUp, install, node, type Packed, pack } from "./packed.ts";
import { exampleOf } from "./readme.ts";
import { type Service, startService } from "./service.ts";

const BUILD_MS = 300_000;
const QUESTION = "How does a workflow survive a crash?";
const COMMAND = "node_modules/graphwright/dist/scripts/run.js";

let packed: Packed;
let folder: string;
beforeAll(async () => {
  packed = await pack();
  folder = await install(packed);
}, BUILD_MS);
afterAll(cleanUp);

describe("the package", () => {
  it("holds what was built, the documents, the readme and the licence, and nothing else", () => {
    const others = packed.files.filter((file) => !/^(dist|docs)\//.test(file));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    const built = packed.files.filter((file) => file.startsWith("dist/"));
    expect(built.filter((file) => !/^dist\/(src|graphs|scripts)\/.+\.(js|d\.ts)$/.test(file))).toEqual([]);
    expect(packed.files).toContain("docs/durability.md");
  });

  it("passes publint", async () => {
    const tarball = await readFile(packed.tarball);
    const pack = { tarball: Uint8Array.from(tarball).buffer };
    const { messages } = await publint({ pack, strict: true });
    expect(messages).toEqual([]);
  });

  it.each([
    ["graphwright", main],
    ["graphwright/graphs", graphs],
    ["graphwright/testing", testing],
  ])("exports from %s what the sources export", async (name, sources) => {
    const script = `console.log(JSON.stringify(Object.keys(await import("${name}"))))`;
    const { stdout } = await node(folder, "--input-type=module", "--eval", script);
    expect(JSON.parse(stdout).sort()).toEqual(Object.keys(sources).sort());
  });

  it("shares the caller's LangGraph, core and zod: they are peers, and no second copy is asked for", () => {
    const manifest = z
      .object({ dependencies: z.record(z.string(), z.string()), peerDependencies: z.object({}).loose() })
      .parse(JSON.parse(readFileSync("package.json", "utf8")));
    const shared = ["@langchain/core", "@langchain/langgraph", "@langchain/langgraph-checkpoint", "zod"];
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(shared);
    expect(Object.keys(manifest.dependencies).filter((name) => shared.includes(name))).toEqual([]);
  });
});

describe("importing the package", () => {
  const isDatabase = (name: string) => /^pg$|better-sqlite3|checkpoint-(sqlite|postgres)$/.test(name);
  const isVendor = (name: string) => name === "@langchain/openai";

  it.each(["graphwright", "graphwright/graphs", "graphwright/testing"])(
    "loads no model vendor and no database with %s: it works where none is installed",
    async (name) => {
      const bare = await install(packed, (each) => isDatabase(each) || isVendor(each));
      await node(bare, "--input-type=module", "--eval", `await import("${name}")`);
    },
  );

  it.each(["--help", "--list"])("loads no LangGraph for %s either", async (option) => {
    const bare = await install(packed, (each) => each.startsWith("@langchain/") || isDatabase(each));
    const { stdout } = await node(bare, COMMAND, option);
    for (const { name } of catalogue) expect(stdout).toContain(name);
  });

  it("fails where a package that is imported is missing, or the tests above would prove nothing", async () => {
    const bare = await install(packed, (each) => each.startsWith("@langchain/") || isDatabase(each));
    await expect(node(bare, "--input-type=module", "--eval", `await import("graphwright")`)).rejects.toThrow(
      /ERR_MODULE_NOT_FOUND/,
    );
  });
});

describe("the types", () => {
  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])(
    "serve a caller whose modules are %s, resolved by %s, readme included",
    async (module, moduleResolution) => {
      writeFileSync(path.join(folder, "consumer.ts"), readFileSync("test/package/consumer.ts.txt", "utf8"));
      writeFileSync(path.join(folder, "readme.ts"), exampleOf("ts"));
      const options = {
        module,
        moduleResolution,
        target: "es2022",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      };
      const config = { compilerOptions: { ...options, types: [] }, files: ["consumer.ts", "readme.ts"] };
      writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
      const compiler = path.resolve("node_modules/typescript/bin/tsc");
      const { stdout } = await node(folder, compiler, "-p", ".").catch((failed) => failed);
      expect(stdout).toBe("");
    },
  );
});

describe("the command graphwright", () => {
  it("lists the workflows", async () => {
    const { stdout } = await node(folder, COMMAND, "--list");
    const lines = stdout.trimEnd().split("\n");
    for (const [at, { name, summary }] of catalogue.entries()) {
      expect([lines[at]?.startsWith(`${name} `), lines[at]?.endsWith(`  ${summary}`)]).toEqual([true, true]);
    }
  });

  it("writes an article of the package's own documents, and keeps the thread below the working folder", async () => {
    const { stdout } = await node(folder, COMMAND, "review-loop", QUESTION, "--output", "json");
    const { status, output } = z
      .object({ status: z.string(), output: z.object({ article: z.string(), sources: z.array(Source) }) })
      .parse(JSON.parse(stdout));
    expect(status).toBe("done");
    expect(output.article).toContain("[1]");
    expect(output.sources.length).toBeGreaterThan(0);
    for (const { file } of output.sources) expect(packed.files).toContain(`docs/${file}`);
    expect(existsSync(path.join(folder, ".data/graphwright.db"))).toBe(true);
  });
});

const Source = z.object({ file: z.string() });

/** The model of the readme's example: it writes one article, and approves it. */
const MODEL = `
import { ScriptedModel } from "graphwright/testing";

export const model = new ScriptedModel({
  researcher: [{ notes: [{ claim: "Each step is saved before the next one begins.", source: 1 }] }],
  writer: ["# The plan", "# Crashes\\n\\nEach step is saved before the next one begins [1]."],
  reviewer: [{ approved: true, objections: [] }],
});
`;

describe("the readme's service", () => {
  let service: Service;
  let home: string;
  beforeAll(async () => {
    home = await install(packed);
    writeFileSync(path.join(home, "model.js"), MODEL);
    writeFileSync(path.join(home, "service.js"), exampleOf("js embed"));
    service = await startService(home, "service.js");
  });
  afterAll(() => service?.close());

  it("is short", () => {
    expect(exampleOf("js embed").trim().split("\n").length).toBeLessThan(25);
  });

  it("answers a bad request by naming what is wrong with it, and goes on", async () => {
    const { status, body } = await service.post({ topic: "" });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("topic");
    expect((await service.post("no object")).status).toBe(400);
  });

  it("writes an article with the caller's own model and checkpointer", async () => {
    const { status, body } = await service.post({ topic: QUESTION });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        status: "done",
        article: "# Crashes\n\nEach step is saved before the next one begins [1].",
        approved: true,
        objections: [],
        sources: [{ id: 1 }],
      },
    });
    expect(existsSync(path.join(home, ".data"))).toBe(false);
  });
});
