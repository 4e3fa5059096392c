import { describe, expect, it } from "vitest";
import type { Budget } from "../../src/outcomes/spend.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { ScriptedModel } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { APPROVED, articleModel, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";
import { askingGraph, QUESTION } from "./foreign.ts";

describe("the result of a run", () => {
  it("is JSON with every field of the contract", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected(), APPROVED]);
    const result = await run(graph, TOPIC, { models, tools, thread: "t" });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(result).toEqual({
      status: "done",
      output: {
        article: expect.any(String),
        approved: true,
        objections: [],
        sources: [expect.objectContaining({ id: 1 }), expect.objectContaining({ id: 2 })],
        ended: { reason: "agreement", text: "the reviewer approves" },
      },
      partial: expect.stringContaining("## Sources"),
      interrupts: [],
      error: null,
      threadId: "t",
      spend: {
        calls: 6,
        inputTokens: expect.any(Number),
        outputTokens: expect.any(Number),
        usd: null,
        ms: expect.any(Number),
        estimated: false,
      },
      path: pathWith(1),
    });
  });

  it("counts the tokens of every call", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const { spend } = await run(graph, TOPIC, { models, tools });
    const asked = models.requests.flatMap(({ messages }) => messages.map(({ text }) => text));
    expect(spend.calls).toBe(4);
    expect(spend.inputTokens).toBe(asked.join(" ").split(/\s+/).length);
    expect(spend.outputTokens).toBeGreaterThan(10);
  });

  it("has a thread of its own where none is named", async () => {
    const { graph, tools } = reviewLoop();
    const runs = await Promise.all(
      [1, 2].map(() => run(graph, TOPIC, { models: articleModel([APPROVED]), tools })),
    );
    expect(new Set(runs.map(({ threadId }) => threadId)).size).toBe(2);
    for (const { threadId } of runs) expect(threadId).toMatch(/^[\da-f-]{36}$/);
  });

  it("has the output of a graph that has no answer in words", async () => {
    const { threadId } = await run(askingGraph(), QUESTION, { thread: "t" });
    expect(threadId).toBe("t");
  });
});

describe("several runs on one thread, one after the other", () => {
  it("each have an account, a path and caps of their own", async () => {
    const { graph, tools } = reviewLoop();
    const options = { tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, models: articleModel([rejected(), APPROVED]) });
    const second = await run(graph, TOPIC, {
      ...options,
      models: articleModel([APPROVED]),
      budget: { calls: 4 },
    });
    expect([first.spend.calls, second.spend.calls]).toEqual([6, 4]);
    expect(second).toMatchObject({ status: "done", path: pathWith(0) });
    const third = await run(graph, TOPIC, { ...options, models: articleModel([rejected(), APPROVED]) });
    expect(third).toMatchObject({ status: "done", spend: { calls: 6 } });
  });
});

describe("storage", () => {
  it("is the one that the options name, with its ledger", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const { graph, tools } = reviewLoop();
    const storage = openStorage(url);
    const { checkpointer, ledger } = storage;
    const models = articleModel([APPROVED]);
    const result = await run(graph, TOPIC, { models, tools, checkpointer, thread: "t" });
    expect(await ledger.latest("t")).toMatchObject({ graph: "review-loop", status: "done", input: TOPIC });
    const { runId = "" } = (await ledger.latest("t")) ?? {};
    expect(await ledger.spent(runId)).toEqual(result.spend);
    expect((await graph.getState({ configurable: { thread_id: "t" } })).createdAt).toBeUndefined();
    await storage.close();
  });

  it("may be a ledger of the caller's own", async () => {
    const { ledger, close } = openStorage("memory:");
    const { graph, tools } = reviewLoop();
    await run(graph, TOPIC, { models: articleModel([APPROVED]), tools, ledger, thread: "t" });
    expect(await ledger.latest("t")).toMatchObject({ status: "done" });
    await close();
  });
});

describe("misuse, before anything is written,", () => {
  const { graph, tools } = reviewLoop();
  const options = { models: new ScriptedModel({}), tools, thread: "t" };

  it.each([
    ["a cap of no calls", { calls: 0 }, /calls/],
    ["a cap below zero", { tokens: -1 }, /tokens/],
    ["half a call", { calls: 1.5 }, /calls/],
    ["no number", { ms: Number.NaN }, /ms/],
    ["a cap that there is not", { seconds: 3 }, /seconds/],
    ["money where the model's price is unknown", { usd: 1 }, /price of "scripted" is not known/],
  ])("is refused: %s", async (_, budget, message) => {
    const refused = run(graph, TOPIC, { ...options, budget: budget as Budget });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ name: expect.stringMatching(/^(Usage|Settings)Error$/) });
  });

  it("is refused: a thread id that is empty", async () => {
    await expect(run(graph, TOPIC, { ...options, thread: " " })).rejects.toMatchObject({
      code: "BAD_THREAD",
    });
  });

  it("is refused: a resume with a new input, or without a thread", async () => {
    await expect(run(graph, TOPIC, { ...options, resume: true })).rejects.toMatchObject({
      code: "BAD_RESUME",
    });
    await expect(run(graph, null, { resume: true })).rejects.toMatchObject({ code: "BAD_RESUME" });
  });

  it("is refused: a new run without an input", async () => {
    await expect(run(graph, null, options)).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});
