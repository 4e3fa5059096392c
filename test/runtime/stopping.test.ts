import { setTimeout as sleep } from "node:timers/promises";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fanOut } from "../../graphs/index.ts";
import { openaiModel } from "../../src/models/openai.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { after, ScriptedModel } from "../../src/testing/index.ts";
import { hang, startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { APPROVED, articleLines, articleModel, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";
import { graphOf, QUESTION } from "./foreign.ts";

const asked = async (models: ScriptedModel, count: number) => {
  while (models.requests.length < count) await sleep(2);
};

describe("a cancelled run", () => {
  it("stops its call at once and can be resumed", async () => {
    const { graph, tools } = reviewLoop();
    const cancel = new AbortController();
    const models = new ScriptedModel({
      ...articleLines([APPROVED]),
      reviewer: [after(600_000, APPROVED), APPROVED],
    });
    const options = { models, tools, thread: "t" };
    const running = run(graph, TOPIC, { ...options, signal: cancel.signal });
    await asked(models, 4);
    cancel.abort();
    expect(await running).toMatchObject({
      status: "cancelled",
      output: null,
      error: null,
      partial: expect.stringContaining("A checkpoint keeps a step [1]."),
      path: ["research", "outline", "write"],
      spend: { calls: 4, estimated: true },
    });
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({
      status: "done",
      path: pathWith(0),
      spend: { calls: 5 },
    });
  });

  it("closes the connections of all its calls, also those of its branches", async () => {
    let hangs = true;
    const answers = writerAnswers();
    const endpoint = await startEndpoint({ answer: (request) => (hangs ? hang() : answers(request)) });
    onTestFinished(endpoint.close);
    const at = { apiKey: "none", baseUrl: endpoint.url, models: ["m"], structured: "strict" as const };
    const cancel = new AbortController();
    const options = { models: openaiModel("m", at, null), checkpointer: new MemorySaver(), thread: "t" };
    const running = run(fanOut, { question: "Crashes?" }, { ...options, signal: cancel.signal });
    await vi.waitUntil(() => endpoint.requests.length === 4, { timeout: 30_000 });
    cancel.abort();
    expect(await running).toMatchObject({ status: "cancelled", path: ["research"] });
    await expect
      .poll(() => endpoint.requests.map(({ outcome }) => outcome), { timeout: 30_000 })
      .toEqual(["left", "left", "left", "left"]);

    hangs = false;
    expect(await run(fanOut, null, { ...options, resume: true })).toMatchObject({
      status: "done",
      path: ["research", "consult", "synthesize"],
    });
  });

  it("does nothing where the signal was given before", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const options = { models, tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, signal: AbortSignal.abort() });
    expect(first).toMatchObject({ status: "cancelled", path: [], spend: { calls: 0 } });
    expect(models.requests).toEqual([]);
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({ status: "done" });
  });

  it("does nothing on a used thread either, and does not show what an earlier run wrote", async () => {
    const { graph, tools } = reviewLoop();
    const options = { tools, thread: "t" };
    await run(graph, TOPIC, { ...options, models: articleModel([APPROVED]) });
    await sleep(2);
    const models = articleModel([rejected(), APPROVED]);
    const signal = AbortSignal.abort();
    const cancelled = await run(graph, { topic: "The second." }, { ...options, models, signal });
    expect(cancelled).toMatchObject({ status: "cancelled", output: null, partial: null, path: [] });
    expect(await run(graph, null, { ...options, models, resume: true })).toMatchObject({
      status: "done",
      path: pathWith(1),
    });
    expect(models.requests[0]?.text).toContain("The second.");
  });

  it("is done where the signal comes after the last node", async () => {
    const { graph, tools } = reviewLoop();
    const cancel = new AbortController();
    const result = await run(graph, TOPIC, {
      models: articleModel([APPROVED]),
      tools,
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === "node_ended" && event.node === "finalize") cancel.abort();
      },
    });
    expect(["done", "cancelled"]).toContain(result.status);
    if (result.status === "cancelled") {
      const { threadId } = result;
      expect(await run(graph, null, { thread: threadId, resume: true })).toMatchObject({ status: "done" });
    } else expect(result.output).toMatchObject({ approved: true });
  });
});

describe("a drained run", () => {
  it("finishes its step, keeps it, and goes on later", async () => {
    const { graph, tools } = reviewLoop();
    const drain = new AbortController();
    const lines = articleLines([APPROVED]);
    const [plan = "", ...rest] = lines.writer;
    const models = new ScriptedModel({ ...lines, writer: [after(50, plan), ...rest] });
    const options = { models, tools, thread: "t" };
    const running = run(graph, TOPIC, { ...options, drain: drain.signal });
    await asked(models, 2);
    drain.abort();
    expect(await running).toMatchObject({
      status: "cancelled",
      path: ["research", "outline"],
      spend: { calls: 2, estimated: false },
    });
    expect(models.requests).toHaveLength(2);
    expect(await inspect(graph, options)).toMatchObject({ unfinished: true, next: ["write"] });
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({
      status: "done",
      path: pathWith(0),
    });
    models.assertDone();
  });

  it("is done where the step was the last one", async () => {
    const drain = new AbortController();
    const graph = graphOf(() => {
      drain.abort();
      return { said: ["last"] };
    });
    expect(await run(graph, QUESTION, { drain: drain.signal })).toMatchObject({
      status: "done",
      output: { said: ["last"] },
    });
  });

  it("leaves nothing behind on a signal that serves many runs", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners += 1;
      Reflect.apply(addEventListener, signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      Reflect.apply(removeEventListener, signal, given);
    };
    const graph = graphOf(() => ({ said: ["x"] }));
    for (let i = 0; i < 20; i++) await run(graph, QUESTION, { drain: signal });
    await sleep(0);
    process.off("warning", warned);
    expect({ listeners, warnings }).toEqual({ listeners: 0, warnings: [] });
  });
});

describe("a failed run", () => {
  it("says why, and goes on from the node that failed", async () => {
    let working = false;
    const graph = graphOf(() => {
      if (!working) throw new TypeError("Not yet.");
      return { said: ["now"] };
    });
    const options = { thread: "t" };
    expect(await run(graph, QUESTION, options)).toMatchObject({
      status: "failed",
      error: { code: "UNEXPECTED", message: "Not yet." },
    });
    working = true;
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({
      status: "done",
      output: { said: ["now"] },
      path: ["work"],
    });
  });
});
