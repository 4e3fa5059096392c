import { readdirSync, readFileSync } from "node:fs";
import { getInputTypeSchema, getOutputTypeSchema } from "@langchain/langgraph/zod/schema";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../graphs/catalogue.ts";
import * as published from "../graphs/index.ts";

const names = catalogue.map(({ name }) => name).sort();

const { graphs } = z
  .object({ graphs: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("langgraph.json", "utf8")));

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

/** `review-loop` → `ReviewLoop`. */
const pascal = (name: string) => name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
const camel = (name: string) => pascal(name).replace(/^./, (letter) => letter.toLowerCase());

/** `maxReviews` → `MAX_REVIEWS`. */
const screaming = (option: string) => option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The constants of a workflow that are numbers, each with its value. */
const constantsOf = (name: string) =>
  readdirSync(`graphs/${name}`).flatMap((file) =>
    [
      ...readFileSync(`graphs/${name}/${file}`, "utf8").matchAll(
        /^(?:export )?const ([A-Z_]+) = ([\d_]+);/gm,
      ),
    ].map(([, constant, value = ""]) => [constant, Number(value.replaceAll("_", ""))]),
  );

/** What is wanted of the JSON schema of an input or an output. */
const Described = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().min(1) })),
});

describe("the catalogue", () => {
  it("names each workflow once", () => {
    expect(names).toEqual([...new Set(names)]);
  });

  it("has the folders below graphs/", () => {
    const folders = readdirSync("graphs", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(names);
  });

  it("has the graphs that Studio serves", () => {
    expect(graphs).toEqual(
      Object.fromEntries(names.map((name) => [name, `./graphs/${name}/graph.ts:graph`])),
    );
  });

  it("has the npm scripts that run one workflow", () => {
    const one = Object.entries(scripts).filter(([, command]) => /scripts\/run\.ts \S/.test(command));
    const wanted = names.map((name) => [name, `exec node --import tsx scripts/run.ts ${name}`]);
    expect(Object.fromEntries(one)).toEqual(Object.fromEntries(wanted));
  });

  it("has the exports of graphs/index.ts", () => {
    const wanted = names.flatMap((name) => [camel(name), `define${pascal(name)}`, `${pascal(name)}State`]);
    expect(Object.keys(published).sort()).toEqual(["catalogue", ...wanted].sort());
  });

  it("says of each workflow in one sentence what it does", () => {
    for (const { summary } of catalogue) expect(summary).toMatch(/^[A-Z][^.]+\.$/);
  });
});

describe.each(catalogue)(
  "the workflow $name of the catalogue",
  ({ name, input, fields = [], bounds = {}, load }) => {
    it("exports its workflow, its graph, its result and what defines others like it", async () => {
      const module: object = await load();
      const define = `define${pascal(name)}`;
      expect(Object.keys(module)).toEqual(expect.arrayContaining(["workflow", "graph", "result", define]));
      expect(Object.keys(module).filter((key) => key.startsWith("define"))).toEqual([define]);
      expect(Object.keys(Reflect.apply(Reflect.get(module, define), undefined, [])).sort()).toEqual([
        "graph",
        "result",
        "workflow",
      ]);
    });

    it("is compiled by its name, and exported as that graph", async () => {
      const { graph } = await load();
      expect(graph.name).toBe(name);
      expect(Reflect.get(published, camel(name))).toBe(graph);
    });

    it("takes text for its main input, and describes every input", async () => {
      const { graph } = await load();
      const { properties } = Described.parse(getInputTypeSchema(graph));
      expect(properties[input]).toMatchObject({ type: "string" });
      expect(Object.keys(properties).sort()).toEqual([input, ...fields].sort());
    });

    it("is bounded by what the catalogue says", () => {
      for (const [option, value] of Object.entries(bounds)) {
        expect(constantsOf(name)).toContainEqual([screaming(option), value]);
      }
    });

    it("describes every output", async () => {
      const { graph } = await load();
      const { properties } = Described.parse(getOutputTypeSchema(graph));
      expect(Object.keys(properties).sort()).toEqual([...outputsOf(graph.outputChannels)].sort());
    });
  },
);

const outputsOf = (channels: unknown) => z.array(z.string()).parse(channels);
