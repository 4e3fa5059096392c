import { describe, expect, it } from "vitest";
import { inspect } from "../../src/runtime/inspect.ts";
import { modelsOf, namesOf } from "../../src/runtime/models.ts";
import { run } from "../../src/runtime/run.ts";
import type { Models } from "../../src/state/context.ts";
import type { RunRecord } from "../../src/storage/ledger.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { always, ScriptedModel } from "../../src/testing/index.ts";
import { inEnvironment } from "../resilience/against.ts";
import { APPROVED, articleModel, PASSAGES, pathWith, reviewLoop, searchFor, TOPIC } from "./articles.ts";
import { foreignGraph, QUESTION } from "./foreign.ts";

const tools = [searchFor(PASSAGES)];
const recordWith = (model: string | null) => ({ model }) as RunRecord;

describe("a choice of models", () => {
  const choices: [string, Models][] = [
    ["one name", "offline"],
    ["a fallback order", ["gpt-4.1", "offline"]],
    ["one a role", { default: "offline", writer: ["gpt-4.1", "offline"] }],
  ];

  it.each(choices)("is remembered where it is names alone: %s", (_, models) => {
    expect(modelsOf(recordWith(namesOf(models)))).toEqual(models);
  });

  const live = new ScriptedModel([]);
  const notNames: [string, Models | undefined][] = [
    ["none", undefined],
    ["a model", live],
    ["a list with a model", ["offline", live]],
    ["a model for one role", { default: "offline", writer: live }],
  ];

  it.each(notNames)("is not remembered where it is not: %s", (_, models) => {
    expect(modelsOf(recordWith(namesOf(models)))).toBeUndefined();
  });

  it("is asked again on a resume that names none", async () => {
    const { graph } = reviewLoop();
    const models = { default: ["offline"], writer: "offline" };
    const first = await run(graph, TOPIC, { models, tools, thread: "t", budget: { calls: 2 } });
    expect(first.status).toBe("budget_exhausted");
    expect((await inspect(graph, { thread: "t" }))?.run?.model).toBe(JSON.stringify(models));
    const asked: string[] = [];
    const resumed = await run(graph, null, {
      tools,
      thread: "t",
      resume: true,
      budget: { calls: 50 },
      onEvent: (event) => event.type === "spend" && asked.push(event.model),
    });
    expect(resumed).toMatchObject({ status: "done" });
    expect(new Set(asked)).toEqual(new Set(["offline"]));
  });
});

describe("a choice of models on a resume", () => {
  it("takes the place of the remembered one, also for the resumes after it", async () => {
    const { graph } = reviewLoop();
    const all = { tools, thread: "t" };
    await run(graph, TOPIC, { ...all, models: new ScriptedModel([]) });
    const models = ["offline"];
    await run(graph, null, { ...all, resume: true, models, budget: { calls: 3 } });
    expect((await inspect(graph, { thread: "t" }))?.run?.model).toBe(JSON.stringify(models));
  });
});

describe("a cap in US dollars on a resume", () => {
  it("is refused at once where a remembered model has no known price", async () => {
    const { graph } = reviewLoop();
    const ledger = new MemoryLedger();
    await ledger.begin(suspended("t", '["offline","my-own-model"]'));
    inEnvironment({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
    const refused = run(graph, null, { ledger, thread: "t", resume: true, budget: { usd: 1 } });
    await expect(refused).rejects.toMatchObject({ name: "SettingsError" });
    expect(await ledger.latest("t")).toMatchObject({ status: "cancelled", budget: { calls: 10 } });
  });

  it("that the run has had from its start is held against models given anew", async () => {
    const { graph } = reviewLoop();
    const first = await run(graph, TOPIC, {
      models: "offline",
      tools,
      thread: "t",
      budget: { usd: 1, calls: 1 },
    });
    expect(first).toMatchObject({ status: "budget_exhausted", spend: { usd: 0 } });
    const refused = run(graph, null, { models: articleModel([APPROVED]), tools, thread: "t", resume: true });
    await expect(refused).rejects.toThrow(
      /The price of "scripted" is not known.*cap calls or tokens instead, or use a model with a known price\./,
    );
    expect(await run(graph, null, { tools, thread: "t", resume: true })).toMatchObject({
      status: "budget_exhausted",
      error: { cap: "calls" },
    });
  });

  it("is refused where what was spent before has no known price", async () => {
    const { graph } = reviewLoop();
    await run(graph, TOPIC, { models: articleModel([APPROVED]), tools, thread: "t", budget: { calls: 2 } });
    const refused = run(graph, null, {
      models: "offline",
      tools,
      thread: "t",
      resume: true,
      budget: { usd: 1, calls: 20 },
    });
    await expect(refused).rejects.toThrow(
      /price of what the run has spent is not known.*calls or tokens instead\.$/,
    );
    const models = new ScriptedModel({ writer: ["Draft [1]."], reviewer: [APPROVED] });
    const resumed = await run(graph, null, {
      models,
      tools,
      thread: "t",
      resume: true,
      budget: { calls: 20 },
    });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(0) });
  });
});

it("a call whose price turns out to be unknown is refused in words of its own", async () => {
  const model = new ScriptedModel([always("x")]);
  const result = await run(foreignGraph(model), QUESTION, { models: "offline", budget: { usd: 1 } });
  expect(result).toMatchObject({
    status: "budget_exhausted",
    error: {
      code: "BUDGET",
      cap: "usd",
      message: expect.stringMatching(/price is not known; resume.*known\.$/),
    },
  });
  expect(model.requests).toEqual([]);
});

const suspended = (threadId: string, model: string): RunRecord => ({
  runId: "suspended",
  threadId,
  graph: "review-loop",
  input: TOPIC,
  model,
  budget: { calls: 10 },
  status: "cancelled",
  ms: 0,
  startedAt: new Date().toISOString(),
  startedAfter: null,
});
