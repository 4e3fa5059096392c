import { describe, expect, it } from "vitest";
import { defineSingle, graph, result, workflow } from "../../graphs/single/graph.ts";
import { ModelError } from "../../src/errors.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { calls, fails, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

const PASSAGE = passage("raft", "Raft elects a leader.");
const { search } = searchTool({
  find: (query) => {
    if (query === "broken") throw new Error("The index is broken.");
    return [PASSAGE];
  },
});

const find = (query = "raft") => calls({ name: "search_documents", args: { query } });

/** A run of an agent on a thread of its own, which can be used again. */
async function answered(lines: ScriptLines, agent = graph) {
  const models = new ScriptedModel(lines);
  const options = { tools: [search], checkpointer: openStorage("memory:").checkpointer, thread: "t" };
  const ended = await run(agent, { task: "Explain raft." }, { ...options, models });
  return { ended, models, options };
}

describe("a task", () => {
  it("is answered with sources by one agent, which has the search and the calculator", async () => {
    const { ended, models } = await answered({ generalist: [find(), "A leader [1]."] });
    expect(ended).toMatchObject({ status: "done", path: ["answer"], spend: { calls: 2 } });
    expect(ended.output).toEqual({
      report: {
        text: "A leader [1].",
        sources: [{ id: 1, ...PASSAGE }],
        evidence: [],
        ended: "answered",
      },
    });
    expect(models.requests.map(({ tools }) => tools)).toEqual(
      Array(2).fill(["search_documents", "calculate"]),
    );
    models.assertDone();
  });

  it("that needs no tool is answered at once", async () => {
    const { ended } = await answered({ generalist: ["Four."] });
    expect(ended).toMatchObject({ output: { report: { text: "Four.", sources: [] } }, spend: { calls: 1 } });
  });

  it("is answered without what cites a source that the agent was not shown", async () => {
    const { ended } = await answered({ generalist: [find(), "A leader [1]. A term [7]."] });
    expect(ended.output?.report?.text).toBe("A leader [1]. A term.");
  });

  it("is answered all the same where a tool fails, and the agent is told", async () => {
    const { ended, models } = await answered({ generalist: [find("broken"), "Nothing was found."] });
    expect(ended).toMatchObject({ status: "done", output: { report: { ended: "answered", sources: [] } } });
    expect(models.requests[1]?.messages.at(-1)?.text).toContain("The index is broken.");
  });
});

describe("an agent that would go on", () => {
  it("has to answer after so many turns, without tools, and the end says so", async () => {
    const { ended, models } = await answered(
      { generalist: [find("a"), find("b"), "As far as I got [1]."] },
      defineSingle({ maxTurns: 2 }).graph,
    );
    expect(ended).toMatchObject({
      status: "done",
      output: { report: { text: "As far as I got [1].", ended: "out_of_turns" } },
      spend: { calls: 3 },
    });
    expect(models.requests.at(-1)?.tools).toEqual([]);
    models.assertDone();
  });

  it("answers with what it has where the budget is nearly spent", async () => {
    const models = new ScriptedModel({ generalist: [find("a"), find("b"), "So far [1]."] });
    const ended = await run(
      graph,
      { task: "Explain raft." },
      { models, tools: [search], budget: { calls: 3, soft: 0.6 } },
    );
    expect(ended).toMatchObject({ status: "done", output: { report: { ended: "budget_low" } } });
    models.assertDone();
  });

  it("suspends as stalled where it makes the same call in three turns, and answers on a resume", async () => {
    const { ended, models, options } = await answered({ generalist: [find(), find(), find()] });
    expect(ended).toMatchObject({ status: "stalled", output: null });
    const more = new ScriptedModel({ generalist: ["A leader [1]."] });
    const resumed = await run(graph, null, { ...options, models: more, resume: true });
    expect(resumed).toMatchObject({ status: "done", output: { report: { ended: "stalled" } } });
    models.assertDone();
    more.assertDone();
  });
});

it("goes on after a model that failed, without paying again for what it had found", async () => {
  const down = new ModelError("unauthorized", "m", "The endpoint refused the key.");
  const { ended, options } = await answered({ generalist: [find(), fails(down)] });
  expect(ended).toMatchObject({ status: "failed", error: { code: "MODEL_UNAUTHORIZED" }, partial: null });
  const models = new ScriptedModel({ generalist: ["A leader [1]."] });
  const resumed = await run(graph, null, { ...options, models, resume: true });
  expect(resumed).toMatchObject({ status: "done", output: { report: { sources: [{ id: 1 }] } } });
  models.assertDone();
});

it("gives way to the run's own role of its name", async () => {
  const models = new ScriptedModel({ generalist: ["Ahoy."] });
  const role = defineRole({ name: "generalist", goal: "Answer as a sailor would." });
  await run(graph, { task: "Greet." }, { models, roles: [role] });
  expect(models.requests[0]?.tools).toEqual([]);
  expect(JSON.stringify(models.requests[0])).toContain("as a sailor would");
});

describe("a thread", () => {
  it("that was used before keeps nothing of the task before", async () => {
    const { options } = await answered({ generalist: [find(), "First [1]."] });
    const down = new ScriptedModel({ generalist: [fails(new Error("The model is down."))] });
    const failed = await run(graph, { task: "Again." }, { ...options, models: down });
    expect(failed).toMatchObject({ status: "failed", output: null, partial: null, path: [] });
    const models = new ScriptedModel({ generalist: ["Second."] });
    const ended = await run(graph, null, { ...options, models, resume: true });
    expect(ended.output).toMatchObject({ report: { text: "Second.", sources: [] } });
  });

  it("works by graph.invoke, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel({ generalist: [find(), "A leader [1]."] });
    const config = { context: { models, tools: [search] }, configurable: { thread_id: "t" } };
    expect(await bare.invoke({ task: "Explain raft." }, config)).toMatchObject({
      report: { text: "A leader [1].", ended: "answered" },
    });
  });
});

it("gives the answer with its sources, and nothing before there is one", () => {
  const report = {
    text: "A leader [1].",
    sources: [{ id: 1, ...PASSAGE }],
    evidence: [],
    ended: "answered" as const,
  };
  expect(result({ report })).toBe("A leader [1].\n\n## Sources\n\n- [1] raft (raft.md)");
  expect(result({ report: null })).toBe("");
  expect(result({})).toBe("");
});

it.each([0, 1.5, Number.NaN])("refuses maxTurns %d", (maxTurns) => {
  expect(() => defineSingle({ maxTurns })).toThrow("maxTurns has to be a whole number of at least 1");
});
