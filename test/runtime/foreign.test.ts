import { FakeListChatModel } from "@langchain/core/utils/testing";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/events/events.ts";
import { run } from "../../src/runtime/run.ts";
import { always, fails, ScriptedModel } from "../../src/testing/index.ts";
import { APPROVED, articleModel, reviewLoop, TOPIC } from "./articles.ts";
import { foreignGraph, graphOf, QUESTION } from "./foreign.ts";

const answering = () => new ScriptedModel([always(({ text }) => `on ${text}`)]);
const SAID = ["on open?", "on dig?", "on sift?", "on close?"];

describe("a graph that knows nothing of Graphwright", () => {
  it("is run as it is, and every call is counted, those of its subgraph too", async () => {
    const graph = foreignGraph(answering());
    const events: RunEvent[] = [];
    const result = await run(graph, QUESTION, { thread: "t", onEvent: (event) => events.push(event) });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(result).toMatchObject({
      status: "done",
      output: { question: "Why?", said: SAID },
      partial: null,
      path: ["open", "inside", "close"],
      spend: { calls: 4, inputTokens: 4, outputTokens: 8, estimated: false },
    });
    const spend = events.flatMap((event) =>
      event.type === "spend" ? [[event.node, event.total.calls]] : [],
    );
    expect(spend).toEqual([
      ["open", 1],
      ["inside/dig", 2],
      ["inside/sift", 3],
      ["close", 4],
    ]);
  });

  it("is counted by estimate where its model reports no usage", async () => {
    const model = new FakeListChatModel({ responses: ["one two three"] });
    const { spend, status } = await run(foreignGraph(model), QUESTION, { thread: "t" });
    expect({ status, spend }).toMatchObject({
      status: "done",
      spend: { calls: 4, estimated: true, usd: null },
    });
    expect(spend.inputTokens).toBeGreaterThan(0);
    expect(spend.outputTokens).toBeGreaterThan(0);
  });

  it.each([1, 2, 3])("is held to a cap of %i calls, and goes on with a higher one", async (calls) => {
    const model = answering();
    const graph = foreignGraph(model);
    const first = await run(graph, QUESTION, { thread: "t", budget: { calls } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      output: null,
      error: { code: "BUDGET", message: expect.stringContaining("calls") },
      spend: { calls },
    });
    expect(model.requests).toHaveLength(calls);
    const last = await run(graph, null, { thread: "t", resume: true, budget: { calls: 20 } });
    expect(last).toMatchObject({ status: "done", output: { said: SAID }, path: ["open", "inside", "close"] });
    expect(last.spend.calls).toBe(model.requests.length);
  });

  it("is held to a cap on tokens", async () => {
    const model = answering();
    const { status, error } = await run(foreignGraph(model), QUESTION, {
      thread: "t",
      budget: { tokens: 5 },
    });
    expect({ status, error }).toMatchObject({
      status: "budget_exhausted",
      error: { message: expect.stringContaining("tokens") },
    });
    expect(model.requests.length).toBeLessThan(4);
  });

  it("counts a call that failed", async () => {
    const model = new ScriptedModel([always(fails(new Error("Down.")))]);
    expect(await run(foreignGraph(model), QUESTION, { thread: "t" })).toMatchObject({
      status: "failed",
      error: { message: "Down." },
      spend: { calls: 1, estimated: true },
    });
  });

  it("needs no saver of its own, and keeps none", async () => {
    const { builder } = foreignGraph(answering());
    const graph = builder.compile();
    const checkpointer = new MemorySaver();
    expect(await run(graph, QUESTION, { thread: "t", checkpointer })).toMatchObject({ status: "done" });
    expect(graph.checkpointer).toBeUndefined();
  });

  it("holds one of ours inside to the same account, each call counted once", async () => {
    const { workflow, tools } = reviewLoop();
    const inner = workflow.compile();
    const models = articleModel([APPROVED]);
    const foreign = new ScriptedModel([always("noted")]);
    const graph = graphOf(async () => {
      const { article } = await inner.invoke(TOPIC);
      return { said: [article ?? "", (await foreign.invoke("more?")).text] };
    });
    const { status, spend } = await run(graph, QUESTION, { models, tools, thread: "t" });
    expect({ status, calls: spend.calls }).toEqual({ status: "done", calls: 5 });
  });
});
