import { describe, expect, it } from "vitest";
import { defineRouter, graph, result, workflow } from "../../graphs/router/graph.ts";
import { ModelError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { run } from "../../src/runtime/run.ts";
import type { Passage } from "../../src/state/passage.ts";
import { openStorage } from "../../src/storage/open.ts";
import { calls, fails, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { searchTool } from "../tools/search-tool.ts";

const PASSAGE: Passage = { title: "Raft", file: "raft.md", heading: "", text: "Raft elects a leader." };
const { search } = searchTool({ find: () => [PASSAGE] });

const find = calls({ name: "search_documents", args: { query: "raft" } });
const as = (category: string, confidence: number, reason = "It says so.") => ({
  category,
  confidence,
  reason,
});

const memory = () => ({ checkpointer: openStorage("memory:").checkpointer, thread: "t", tools: [search] });

/** A run of a router on a thread of its own, which can be used again. */
async function routed(lines: ScriptLines, router = graph) {
  const model = new ScriptedModel(lines);
  const { checkpointer } = openStorage("memory:");
  const options = { models: model, tools: [search], checkpointer, thread: "t" };
  const ended = await run(router, { task: "Explain raft." }, options);
  return { ended, model, options };
}

describe("a task", () => {
  it.each([
    ["research", "researcher"],
    ["writing", "writer"],
    ["generalist", "generalist"],
  ])("of the class %s takes that branch, with its own tools", async (category, role) => {
    const { ended, model } = await routed({
      classifier: [as(category, 0.9)],
      [role]: [find, "A leader [1]."],
    });
    expect(ended).toMatchObject({
      status: "done",
      path: ["classify", category],
      output: {
        classification: as(category, 0.9),
        branch: category,
        why: "It says so.",
        report: { text: "A leader [1].", sources: [{ id: 1, ...PASSAGE }], evidence: [], ended: "answered" },
      },
    });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["branch", "classification", "report", "why"]);
    expect(model.requests.map(({ role }) => role)).toEqual(["classifier", role, role]);
    const tools = ["search_documents", ...(category === "generalist" ? ["calculate"] : [])];
    expect(model.requests.at(-1)?.tools).toEqual(tools);
    expect(ended.spend.calls).toBe(3);
    model.assertDone();
  });

  it("is answered without a citation of what was not shown", async () => {
    const { ended } = await routed({ classifier: [as("research", 0.9)], researcher: ["It is so [7]."] });
    expect(ended.output).toMatchObject({ report: { text: "It is so.", sources: [] } });
  });

  it("that is classified with little confidence goes to the generalist, and the state says why", async () => {
    const { ended } = await routed({ classifier: [as("writing", 0.4, "A guess.")], generalist: ["Answer."] });
    expect(ended.path).toEqual(["classify", "generalist"]);
    expect(ended.output).toMatchObject({
      classification: as("writing", 0.4, "A guess."),
      branch: "generalist",
      why: 'The confidence of 0.4 for "writing" is below 0.6. A guess.',
    });
  });

  it("whose class cannot be read goes to the generalist, and the state says why", async () => {
    const { ended, model } = await routed({
      classifier: [as("poetry", 0.9), "Research, I would say.", as("poetry", 0.9)],
      generalist: ["Answer."],
    });
    expect(ended.output).toMatchObject({ branch: "generalist", report: { text: "Answer." } });
    expect(ended.output?.classification).toMatchObject({ category: "generalist", confidence: 0 });
    expect(ended.output?.why).toMatch(/No valid class: .*category/);
    expect(model.requests[2]?.text).toMatch(/^That is no valid Classification: the answer is not JSON/);
    model.assertDone();
  });

  it.each([7, -0.1, "high"])("whose confidence is %j is classified again, told why", async (confidence) => {
    const { ended, model } = await routed({
      classifier: [{ ...as("writing", 1), confidence }, as("writing", 0.7)],
      writer: ["A text."],
    });
    expect(ended.path).toEqual(["classify", "writing"]);
    expect(model.requests[1]?.text).toMatch(/^That is no valid Classification: .*confidence/);
  });
});

describe("the threshold", () => {
  it.each([
    [0.9, 0.9, "writing"],
    [0.9, 0.89, "generalist"],
    [0, 0, "writing"],
    [undefined, 0.6, "writing"],
    [undefined, 0.59, "generalist"],
  ])("of %s takes a confidence of %s to %s", async (minConfidence, confidence, branch) => {
    const router = defineRouter(minConfidence === undefined ? {} : { minConfidence }).graph;
    const { ended } = await routed(
      { classifier: [as("writing", confidence)], writer: ["Answer."], generalist: ["Answer."] },
      router,
    );
    expect(ended.path).toEqual(["classify", branch]);
  });
});

describe("a specialist whose models fail", () => {
  const offline = new ModelError("unauthorized", "m", "The endpoint refused the key.");

  it("is stood in for by the generalist, which is told", async () => {
    const events: RunEvent[] = [];
    const models = new ScriptedModel({
      classifier: [as("research", 0.9)],
      researcher: [fails(offline)],
      generalist: ["Instead."],
    });
    const ended = await run(
      graph,
      { task: "Find it." },
      { models, ...memory(), onEvent: (event) => events.push(event) },
    );
    expect(ended).toMatchObject({
      status: "done",
      path: ["classify", "research"],
      output: { report: { text: "Instead." } },
      spend: { calls: 3 },
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "stood_in", role: "researcher", by: "generalist" }),
    );
  });

  it("is not asked again by a resume where the generalist fails as well", async () => {
    const options = memory();
    const models = new ScriptedModel({
      classifier: [as("research", 0.9)],
      researcher: [fails(offline)],
      generalist: [fails(offline), "Found."],
    });
    const failed = await run(graph, { task: "Find it." }, { models, ...options });
    expect(failed).toMatchObject({ status: "failed", error: { code: "MODEL_UNAUTHORIZED" } });
    const ended = await run(graph, null, { models, ...options, resume: true });
    expect(ended).toMatchObject({ status: "done", output: { report: { text: "Found." } } });
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the task before", async () => {
    const { options } = await routed({ classifier: [as("writing", 0.9)], writer: [find, "First [1]."] });
    const models = new ScriptedModel({
      classifier: [as("research", 0.9, "Another reason.")],
      researcher: [fails(new Error("The model is down."))],
      generalist: [fails(new Error("The model is down.")), "Second."],
    });
    const failed = await run(graph, { task: "Find it." }, { ...options, models });
    expect(failed).toMatchObject({ status: "failed", output: null, partial: null, path: ["classify"] });
    const ended = await run(graph, null, { ...options, models, resume: true });
    expect(ended).toMatchObject({
      status: "done",
      path: ["classify", "research"],
      output: { branch: "research", why: "Another reason.", report: { text: "Second.", sources: [] } },
    });
    const roles = ["classifier", "researcher", "generalist", "generalist"];
    expect(models.requests.map(({ role }) => role)).toEqual(roles);
    models.assertDone();
  });

  it("works by graph.invoke and graph.stream, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel({
      classifier: [as("research", 0.9), as("writing", 0.9)],
      researcher: [find, "A leader [1]."],
      writer: ["A text."],
    });
    const config = {
      context: { models, tools: [search] },
      configurable: { thread_id: "t" },
    };
    const output = await bare.invoke({ task: "Explain raft." }, config);
    expect(output).toMatchObject({ branch: "research", report: { sources: [{ id: 1, ...PASSAGE }] } });
    const nodes: string[] = [];
    const streamed = { ...config, subgraphs: true as const, streamMode: "updates" as const };
    for await (const [, update] of await bare.stream({ task: "Write." }, streamed)) {
      nodes.push(...Object.keys(update));
    }
    expect(nodes.filter((node) => !/ call$|^branch$/.test(node))).toEqual(["classify", "writing"]);
    models.assertDone();
  });
});

it("gives the branch's text with its sources, and nothing before there is one", () => {
  const report = {
    text: "A leader [1].",
    sources: [{ id: 1, ...PASSAGE }],
    evidence: [],
    ended: "answered" as const,
  };
  expect(result({ report })).toBe("A leader [1].\n\n## Sources\n\n- [1] Raft (raft.md)");
  expect(result({ report: null, branch: "research" })).toBe("");
  expect(result({})).toBe("");
});

describe("defineRouter", () => {
  it.each([-0.1, 1.1, Number.NaN])("refuses minConfidence %d", (value) => {
    expect(() => defineRouter({ minConfidence: value })).toThrow("minConfidence has to be");
  });
});
