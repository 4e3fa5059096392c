import { setTimeout as sleep } from "node:timers/promises";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../../src/events/events.ts";
import type { Spend } from "../../src/outcomes/spend.ts";
import { run } from "../../src/runtime/run.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { after, always, fails, ScriptedModel, when } from "../../src/testing/index.ts";
import { APPROVED, articleModel, reviewLoop, TOPIC } from "./articles.ts";
import { failingBeside, foreignGraph, graphOf, QUESTION } from "./foreign.ts";

const answering = () => new ScriptedModel([always(({ text }) => `on ${text}`)]);
const SAID = ["on open?", "on dig?", "on sift?", "on close?"];

const late = (ms: number) => new ScriptedModel([when(() => true, after(ms, "Late but sound."))]);

describe("a call that outlives its run's stop", () => {
  it("is in the spend that the result says, where it ends soon", async () => {
    const model = late(60);
    const events: RunEvent[] = [];
    const result = await run(failingBeside(model), QUESTION, { onEvent: (event) => events.push(event) });
    expect(result).toMatchObject({
      status: "failed",
      spend: { calls: 1, outputTokens: 3, estimated: false },
    });
    const told = events.flatMap((event) => (event.type === "spend" ? [event.total] : []));
    expect(told.map(({ ms: _, ...total }) => total)).toEqual([without(result.spend)]);
    expect(events.at(-1)).toMatchObject({ type: "run_ended" });
  });

  it("counts in full where it goes on, is settled when it ends, and is not told", async () => {
    const model = late(500);
    const ledger = new MemoryLedger();
    const events: RunEvent[] = [];
    const options = { thread: "t", ledger, onEvent: (event: RunEvent) => events.push(event) };
    const result = await run(failingBeside(model), QUESTION, options);
    expect(result).toMatchObject({ status: "failed", spend: { calls: 1, estimated: true } });
    const { runId = "" } = (await ledger.latest("t")) ?? {};
    await vi.waitFor(async () => {
      expect(await ledger.spent(runId)).toMatchObject({ calls: 1, outputTokens: 3, estimated: false });
    });
    expect(events.at(-1)).toMatchObject({ type: "run_ended", spend: result.spend });
  });

  it("does not wait for its turn any more", async () => {
    const model = answering();
    const ledger = new MemoryLedger();
    const waiting = vi.spyOn(ledger, "reserve").mockResolvedValue({ wait: true });
    const cancel = new AbortController();
    const running = run(foreignGraph(model), QUESTION, { ledger, thread: "t", signal: cancel.signal });
    await vi.waitFor(() => expect(waiting).toHaveBeenCalled());
    cancel.abort();
    expect(await running).toMatchObject({ status: "cancelled" });
    const asked = waiting.mock.calls.length;
    await sleep(150);
    expect(waiting.mock.calls.length).toBe(asked);
    expect(model.requests).toEqual([]);
  });
});

const without = ({ ms: _, ...spend }: Spend) => spend;

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
    const eachPrompt = 2 + 4 + 3; // a third of its bytes, one message, one prompt
    expect([spend.inputTokens, spend.outputTokens]).toEqual([4 * eachPrompt, 20]);
  });

  it.each([1, 2, 3])("is held to a cap of %i calls, and goes on with a higher one", async (calls) => {
    const model = answering();
    const graph = foreignGraph(model);
    const first = await run(graph, QUESTION, { thread: "t", budget: { calls } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      output: null,
      error: { code: "BUDGET", cap: "calls", message: expect.stringContaining("calls") },
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
