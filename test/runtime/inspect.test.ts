import { expect, it } from "vitest";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { always, ScriptedModel } from "../../src/testing/index.ts";
import { APPROVED, articleModel, pathWith, reviewLoop, TOPIC } from "./articles.ts";
import { askingGraph, foreignGraph, QUESTION } from "./foreign.ts";

const here = { thread: "t" };

it("knows nothing of a thread that there is not", async () => {
  expect(await inspect(reviewLoop().graph, here)).toBeUndefined();
});

it("shows a run that stands still, and changes nothing by looking", async () => {
  const { graph, tools } = reviewLoop();
  const options = { models: articleModel([APPROVED]), tools, ...here };
  const result = await run(graph, TOPIC, { ...options, budget: { calls: 3 } });
  const view = await inspect(graph, here);
  expect(view).toMatchObject({
    threadId: "t",
    run: { status: "budget_exhausted", input: TOPIC, budget: { calls: 3 }, graph: "review-loop" },
    unfinished: true,
    next: ["review"],
    interrupts: [],
    values: { draft: "A checkpoint keeps a step [1]." },
    partial: result.partial,
    spend: result.spend,
    path: result.path,
  });
  expect(await inspect(graph, here)).toEqual(view);
});

it("shows a run that is done", async () => {
  const { graph, tools } = reviewLoop();
  const result = await run(graph, TOPIC, { models: articleModel([APPROVED]), tools, ...here });
  expect(await inspect(graph, here)).toMatchObject({
    run: { status: "done" },
    unfinished: false,
    next: [],
    values: { approved: true },
    partial: result.partial,
    path: pathWith(0),
  });
});

it("shows a thread that was never run by run", async () => {
  const graph = askingGraph();
  await graph.invoke(QUESTION, { configurable: { thread_id: "t" } });
  expect(await inspect(graph, here)).toMatchObject({
    run: null,
    spend: null,
    path: [],
    unfinished: true,
    interrupts: [{ value: { ask: "Which one?" } }],
  });
});

it("shows a graph that is not ours", async () => {
  const graph = foreignGraph(new ScriptedModel([always("x")]));
  await run(graph, QUESTION, { ...here, budget: { calls: 2 } });
  expect(await inspect(graph, here)).toMatchObject({
    run: { status: "budget_exhausted", graph: "foreign" },
    next: ["inside"],
    partial: null,
    spend: { calls: 2 },
    path: ["open"],
  });
});
