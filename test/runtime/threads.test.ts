import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { after, ScriptedModel } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import {
  APPROVED,
  articleLines,
  articleModel,
  failingOnce,
  pathWith,
  rejected,
  reviewLoop,
  TOPIC,
} from "./articles.ts";
import { askingGraph, graphOf, QUESTION } from "./foreign.ts";

const refusal = (problem: string) => ({
  name: "ThreadError",
  problem,
  code: `THREAD_${problem.toUpperCase()}`,
});

describe("a thread", () => {
  it("with an unfinished run takes no new input, and loses nothing by being asked", async () => {
    const { graph, tools } = reviewLoop();
    const models = failingOnce(articleLines([APPROVED]), "writer", 1);
    const options = { models, tools, thread: "t" };
    await run(graph, TOPIC, options);
    await expect(run(graph, { topic: "Another." }, options)).rejects.toMatchObject(refusal("unfinished"));
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({
      status: "done",
      path: pathWith(0),
    });
  });

  it("that waits for a person takes no new input", async () => {
    const graph = askingGraph();
    await run(graph, QUESTION, { thread: "t" });
    await expect(run(graph, QUESTION, { thread: "t" })).rejects.toMatchObject(refusal("unfinished"));
  });

  it("that nobody knows cannot be resumed", async () => {
    const { graph } = reviewLoop();
    await expect(run(graph, null, { thread: "none", resume: true })).rejects.toMatchObject({
      ...refusal("unknown"),
      threadId: "none",
    });
  });

  it("whose run is finished cannot be resumed, and takes a new input", async () => {
    const { graph, tools } = reviewLoop();
    const options = { tools, thread: "t" };
    await run(graph, TOPIC, { ...options, models: articleModel([APPROVED]) });
    await expect(run(graph, null, { ...options, resume: true })).rejects.toMatchObject(refusal("finished"));
    await expect(run(graph, null, { ...options, resume: "yes" })).rejects.toMatchObject(refusal("finished"));
    expect(await run(graph, TOPIC, { ...options, models: articleModel([APPROVED]) })).toMatchObject({
      status: "done",
    });
  });

  it("belongs to one graph", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer, close } = openStorage("memory:");
    const options = { checkpointer, thread: "t" };
    await run(graph, TOPIC, { ...options, tools, models: articleModel([APPROVED]) });
    const other = graphOf(() => ({ said: ["x"] }));
    await expect(run(other, QUESTION, options)).rejects.toMatchObject(refusal("other_graph"));
    await expect(run(other, null, { ...options, resume: true })).rejects.toThrow(/belongs to review-loop/);
    await close();
  });

  it("that a bare invoke left unfinished can be resumed by run", async () => {
    const graph = askingGraph();
    await graph.invoke(QUESTION, { configurable: { thread_id: "t" } });
    await expect(run(graph, QUESTION, { thread: "t" })).rejects.toMatchObject(refusal("unfinished"));
    expect(await run(graph, null, { thread: "t", resume: "this" })).toMatchObject({
      status: "done",
      output: { said: ["this", "told this"] },
    });
  });

  const storages = [
    ["in memory", () => "memory:"],
    ["in SQLite", () => `file:${temporaryFolder()}/runs.db`],
  ] as const;

  it.each(storages)("runs one run at a time (%s)", async (_, url) => {
    const { checkpointer, close } = openStorage(url());
    const { graph, tools } = reviewLoop();
    const lines = articleLines([APPROVED]);
    const models = new ScriptedModel({ ...lines, reviewer: [after(50, APPROVED)] });
    const options = { models, tools, checkpointer, thread: "t" };
    const [first, second] = await Promise.allSettled([
      run(graph, TOPIC, options),
      run(graph, TOPIC, options),
    ]);
    expect(first).toMatchObject({ status: "fulfilled", value: { status: "done" } });
    expect(second).toMatchObject({ status: "rejected", reason: refusal("busy") });
    expect(models.requests).toHaveLength(4);
    await close();
  });

  it("is free again after a run that was refused, failed, or was cancelled", async () => {
    const { graph, tools } = reviewLoop();
    const cancel = new AbortController();
    const models = new ScriptedModel({
      ...articleLines([APPROVED]),
      reviewer: [after(60_000, APPROVED), APPROVED],
    });
    const options = { models, tools, thread: "t" };
    await expect(run(graph, null, { ...options, resume: true })).rejects.toMatchObject(refusal("unknown"));
    const running = run(graph, TOPIC, { ...options, signal: cancel.signal });
    while (models.requests.length < 4) await sleep(5);
    cancel.abort();
    expect(await running).toMatchObject({ status: "cancelled" });
    expect(await run(graph, null, { ...options, resume: true })).toMatchObject({ status: "done" });
  });
});

describe("a run that was killed", () => {
  it("before its first checkpoint goes on with its input", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer, ledger } = openStorage("memory:");
    await ledger.begin(killed("t"));
    const options = { models: articleModel([APPROVED]), tools, checkpointer, thread: "t" };
    await expect(run(graph, TOPIC, options)).rejects.toMatchObject(refusal("unfinished"));
    const resumed = await run(graph, null, { ...options, resume: true });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(0) });
    expect(options.models.requests[0]?.text).toContain("Killed at once");
  });

  it("before its first checkpoint, on a thread with an earlier run, does not pose as that run's end", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer, ledger } = openStorage("memory:");
    const options = { tools, checkpointer, thread: "t" };
    await run(graph, TOPIC, { ...options, models: articleModel([APPROVED], "The earlier one [1].") });
    const before = await checkpointer.getTuple({ configurable: { thread_id: "t" } });
    await ledger.begin(killed("t", before?.checkpoint.id));
    const models = articleModel([rejected(), APPROVED]);
    await expect(run(graph, TOPIC, { ...options, models })).rejects.toMatchObject(refusal("unfinished"));
    const resumed = await run(graph, null, { ...options, models, resume: true });
    expect(resumed).toMatchObject({
      status: "done",
      path: pathWith(1),
      output: { article: expect.stringContaining("Revision 1") },
      spend: { calls: 6 },
    });
    expect(models.requests[0]?.text).toContain("Killed at once");
  });

  it("after its last checkpoint only has its end recorded", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer, ledger } = openStorage("memory:");
    const models = articleModel([APPROVED]);
    const options = { models, tools, checkpointer, thread: "t" };
    const first = await run(graph, TOPIC, options);
    const { runId = "" } = (await ledger.latest("t")) ?? {};
    await ledger.update(runId, { status: "running" });
    const again = await run(graph, null, { ...options, resume: true });
    expect({ ...again, spend: 0 }).toEqual({ ...first, spend: 0 });
    expect(models.requests).toHaveLength(4);
    expect(await ledger.latest("t")).toMatchObject({ status: "done" });
  });

  const killed = (threadId: string, startedAfter: string | null = null) => ({
    runId: "killed",
    threadId,
    graph: "review-loop",
    input: { topic: "Killed at once" },
    model: null,
    budget: { calls: 10 },
    status: "running" as const,
    ms: 0,
    startedAt: new Date().toISOString(),
    startedAfter,
  });
});
