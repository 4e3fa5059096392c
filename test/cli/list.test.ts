import { describe, expect, it } from "vitest";
import { catalogue } from "../../graphs/catalogue.ts";
import type { CatalogueEntry } from "../../src/cli/catalogue.ts";
import { listed } from "../../src/cli/list.ts";
import { widthOf } from "../../src/cli/width.ts";
import { callHere } from "./command.ts";

const SUMMARY =
  "Divides a task into subtasks, does each as soon as what it needs is there, and answers out of them.";

const load = async () => {
  throw new Error("A list loads no workflow.");
};

/** Sixteen workflows, with what the widest of them might have. */
const SIXTEEN: CatalogueEntry[] = [
  { name: "single", summary: SUMMARY, input: "task", load },
  { name: "group-chat", summary: SUMMARY, input: "task", fields: ["human"], bounds: { maxTurns: 12 }, load },
  {
    name: "content-pipeline",
    summary: SUMMARY,
    input: "topic",
    bounds: { maxParallel: 4, maxReviews: 2, timeoutMs: 120_000 },
    load,
  },
  ...Array.from({ length: 13 }, (_, at) => ({
    name: `workflow-${at}`,
    summary: SUMMARY,
    input: "question",
    bounds: { maxRounds: at },
    load,
  })),
];

const linesOf = (text: string) => text.trimEnd().split("\n");

describe("the list of the workflows", () => {
  it("has a line for each of them, with its name, its inputs, its bounds and its sentence", async () => {
    const { code, out, err } = await callHere(["--list"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = linesOf(out);
    expect(lines).toHaveLength(catalogue.length);
    for (const [at, { name, input, fields = [], bounds = {}, summary }] of catalogue.entries()) {
      const inputs = [input, ...fields.map((field) => `[${field}]`)].join(" ");
      const facts = Object.entries(bounds).map(([bound, value]) => `${bound} ${value}`);
      const cells = [name, inputs, facts.join(", "), summary].filter(Boolean);
      expect(lines[at]?.split(/ {2,}/)).toEqual(cells);
    }
  });

  it("stands in columns, and is cut nowhere where it is read by a program", () => {
    const lines = linesOf(listed(SIXTEEN));
    expect(new Set(lines.map((line) => line.indexOf(SUMMARY))).size).toBe(1);
    expect(lines.every((line) => line.endsWith(SUMMARY))).toBe(true);
    expect(new Set(lines.map((line) => line.search(/task|topic|question/))).size).toBe(1);
  });

  it("fits on 120 columns with one line each, and still has most of each sentence", () => {
    const lines = linesOf(listed(SIXTEEN, 120));
    expect(lines).toHaveLength(16);
    for (const line of lines) {
      expect(widthOf(line)).toBeLessThanOrEqual(120);
      expect(line).toMatch(/ {2}Divides a task into subtasks, does each.*…$/);
    }
    expect(lines.join("\n")).toContain(" maxParallel 4, maxReviews 2, timeoutMs 120000 ");
  });

  it("is whole where the terminal is wide", () => {
    expect(linesOf(listed(SIXTEEN, 300)).every((line) => line.endsWith(SUMMARY))).toBe(true);
  });

  it.each([80, 60, 40, 20])("has paragraphs on %i columns, with every word", (columns) => {
    const text = listed(SIXTEEN, columns);
    for (const line of linesOf(text)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const paragraphs = text.trimEnd().split("\n\n");
    expect(paragraphs).toHaveLength(16);
    for (const paragraph of paragraphs) expect(paragraph.replace(/\s+/g, " ")).toContain(SUMMARY);
    expect(paragraphs[1]?.replace(/\n {2}| · /g, " ")).toMatch(/^group-chat task \[human\] maxTurns 12 /);
  });

  it("stays within a terminal of a few columns, though nobody could read it there", () => {
    for (const line of linesOf(listed(SIXTEEN, 5))) expect(widthOf(line)).toBeLessThanOrEqual(5);
  });

  it("is empty where there is no workflow", () => {
    expect([listed([]).trim(), listed([], 80).trim()]).toEqual(["", ""]);
  });

  it("is given as JSON to programs", async () => {
    const { code, out, err } = await callHere(["--list", "--output", "json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const wanted = catalogue.map(({ name, summary, input, fields = [], bounds = {} }) => {
      return { name, summary, input, fields, bounds };
    });
    expect(JSON.parse(out)).toEqual(wanted);
  });
});

describe("the names of sixteen workflows", () => {
  it("stand in the help on lines that a terminal does not break", async () => {
    const { out } = await callHere(["--help"], { workflows: SIXTEEN });
    const [, names = ""] = /\nWorkflows:\n((?: {2}.*\n)+)/.exec(out) ?? [];
    expect(names.trim().split(/,?\s+/)).toEqual(SIXTEEN.map(({ name }) => name));
    for (const line of linesOf(names)) expect(line.length).toBeLessThan(80);
  });

  it("are left out of a message where one of them is meant, or several are", async () => {
    const near = await callHere(["group-chta", "x"], { workflows: SIXTEEN });
    expect(near.err).toBe('There is no workflow "group-chta"; did you mean group-chat?\n');
    const pairs = SIXTEEN.slice(1, 3).concat([
      { name: "content-crew", summary: SUMMARY, input: "topic", load },
    ]);
    const part = await callHere(["content", "x"], { workflows: pairs });
    expect(part.err).toBe('There is no workflow "content"; did you mean content-pipeline or content-crew?\n');
  });
});
