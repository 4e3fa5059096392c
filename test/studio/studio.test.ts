import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { openStorage } from "../../src/storage/open.ts";
import { type Studio, startStudio } from "./server.ts";

const START_MS = 180_000;

const DOCUMENTS = {
  "durability.md": `# Durable workflows

A workflow survives a crash because each step writes a checkpoint before the next one begins. After a crash,
the run is resumed from the last checkpoint.

## Checkpoints

A checkpoint holds the values of all channels after a superstep. The saver keeps checkpoints by thread.
`,
};
const FIRST = "How does a workflow survive a crash?";
const SECOND = "What does a checkpoint hold?";

let studio: Studio;
beforeAll(async () => {
  studio = await startStudio(DOCUMENTS);
}, START_MS);
afterAll(() => studio?.close());

/** A JSON schema of an object, each of whose properties is described. */
const Described = z.looseObject({
  type: z.literal("object"),
  properties: z.record(z.string(), z.looseObject({ description: z.string().min(1) })),
  required: z.array(z.string()).default([]),
});

const Drawing = z.object({
  nodes: z.array(z.looseObject({ id: z.union([z.string(), z.number()]) })),
  edges: z.array(z.looseObject({ source: z.string(), target: z.string() })),
});

async function drawingOf(name: string, xray: boolean) {
  const { nodes, edges } = Drawing.parse(await studio.client.assistants.getGraph(name, { xray }));
  return { nodes: nodes.map(({ id }) => id), edges: edges.map(({ source, target }) => [source, target]) };
}

describe("Studio", () => {
  it("lists every workflow", async () => {
    const assistants = await studio.client.assistants.search({ limit: 100 });
    expect(assistants.map(({ graph_id }) => graph_id).sort()).toEqual(
      catalogue.map(({ name }) => name).sort(),
    );
  });

  it("draws the review loop with its loop", async () => {
    const { nodes, edges } = await drawingOf("review-loop", false);
    expect(nodes).toEqual([
      "__start__",
      "research",
      "outline",
      "write",
      "review",
      "revise",
      "finalize",
      "__end__",
    ]);
    expect(edges).toEqual(
      expect.arrayContaining([
        ["review", "revise"],
        ["revise", "review"],
      ]),
    );
  });

  it("shows the supervisor's specialists in the drawing, and as subgraphs with a state of their own", async () => {
    const { nodes } = await drawingOf("supervisor", true);
    expect(nodes).toEqual(expect.arrayContaining(["code:work", "research:verify", "qa:work"]));
    const subgraphs = await studio.client.assistants.getSubgraphs("supervisor", { recurse: true });
    expect(Object.keys(subgraphs).sort()).toEqual(["code", "qa", "research"]);
    for (const { state } of Object.values(
      z.record(z.string(), z.object({ state: z.unknown() })).parse(subgraphs),
    )) {
      expect(state).toHaveProperty("properties.report");
    }
  });

  it("leaves the working tree as it was, but for what git ignores", () => {
    const ignored = readFileSync(".gitignore", "utf8");
    expect(readFileSync(path.join(studio.folder, ".gitignore"), "utf8")).toBe(ignored);
    expect(ignored).toContain(".langgraph_api/");
  });
});

describe.each(catalogue)("Studio's $name", ({ name, input, load }) => {
  it("asks for its main input, described and required", async () => {
    const { input_schema } = await studio.client.assistants.getSchemas(name);
    const { properties, required } = Described.parse(input_schema);
    expect(properties[input]).toMatchObject({ type: "string" });
    expect(required).toContain(input);
  });

  it("describes its output", async () => {
    const { output_schema } = await studio.client.assistants.getSchemas(name);
    const { outputChannels } = (await load()).graph;
    expect(Object.keys(Described.parse(output_schema).properties)).toEqual(outputChannels);
  });

  it("asks for nothing beside its input, for the run's context is not for a form", async () => {
    const { context_schema, config_schema } = await studio.client.assistants.getSchemas(name);
    expect({ context_schema, config_schema }).toEqual({});
  });

  it("runs to its end twice on a thread, without any setting, and keeps the history", async () => {
    const { thread_id } = await studio.client.threads.create();
    const first = await streamed(name, thread_id, { [input]: FIRST });
    expect(first.state).toMatchObject({ [input]: FIRST });
    expect(await resultIn(load, first.state)).toContain("writes a checkpoint before the next one begins");

    const second = await streamed(name, thread_id, { [input]: SECOND });
    expect(second.state).toMatchObject({ [input]: SECOND });
    expect(await resultIn(load, second.state)).toContain("holds the values of all channels");

    const history = await studio.client.threads.getHistory(thread_id, { limit: 1000 });
    const oldestFirst = history.reverse().map(({ next }) => next.join() || "END");
    expect(oldestFirst).toEqual(["__start__", ...first.path, "END", "__start__", ...second.path, "END"]);
    expect(history.at(-1)?.values).toEqual(second.state);
  });

  it("says which field of an input it cannot use", async () => {
    const { thread_id } = await studio.client.threads.create();
    const { errors } = await streamed(name, thread_id, { [input]: "" });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(input);
  });
});

it("ends a review loop in Studio with the article, its verdict and its sources", async () => {
  const { thread_id } = await studio.client.threads.create();
  const { state } = await streamed("review-loop", thread_id, { topic: FIRST });
  expect(state).toMatchObject({
    approved: true,
    objections: [],
    sources: [{ id: 1, file: "durability.md" }],
  });
  expect(state?.["article"]).toMatch(/checkpoint before the next one begins \[1\]/);
});

it("keeps the threads of Studio in Studio's own storage; in the ledger of ours stands only what was done outside", async () => {
  expect(readdirSync(path.join(studio.folder, ".langgraph_api")).length).toBeGreaterThan(0);
  const ours = openStorage(`file:${path.join(studio.folder, ".data/graphwright.db")}`);
  const threads: unknown[] = [];
  for await (const { config } of ours.checkpointer.list({})) threads.push(config);
  await ours.close();
  expect(threads).toEqual([]);
});

/** Runs a workflow by Studio's server: its last state, its own nodes in the order in which they ended, its errors. */
async function streamed(name: string, thread: string, input: Record<string, unknown>) {
  const run: { state: Record<string, unknown> | undefined; path: string[]; errors: string[] } = {
    state: undefined,
    path: [],
    errors: [],
  };
  const stream = studio.client.runs.stream(thread, name, {
    input,
    streamMode: ["values", "updates", "messages-tuple"],
    streamSubgraphs: true,
  });
  for await (const { event, data } of stream) {
    if (event === "values") run.state = z.record(z.string(), z.unknown()).parse(data);
    if (event === "updates") run.path.push(...Object.keys(z.record(z.string(), z.unknown()).parse(data)));
    if (event === "error") run.errors.push(JSON.stringify(data));
  }
  const { nodes } = await drawingOf(name, false);
  return { ...run, path: run.path.filter((each) => nodes.includes(each)) };
}

/** The answer by the workflow's own `result`. */
async function resultIn(load: () => Promise<object>, state: unknown): Promise<string> {
  return z.string().parse(Reflect.apply(Reflect.get(await load(), "result"), undefined, [state]));
}
