import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { StorageError } from "../../src/errors.ts";
import { nodesFor } from "../../src/nodes/index.ts";
import type { AuditLog } from "../../src/outcomes/audit.ts";
import { effect } from "../../src/resilience/effect.ts";
import { run } from "../../src/runtime/run.ts";
import { audited } from "../../src/security/audit.ts";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import { RunContext } from "../../src/state/context.ts";
import { ledgerBeside } from "../../src/storage/beside.ts";
import { defaultCheckpointer, defaultStorage, openStorage, type Storage } from "../../src/storage/open.ts";
import { always, fails, ScriptedModel } from "../../src/testing/index.ts";
import { publishing } from "../resilience/publishing.ts";
import { searchTool } from "../tools/search-tool.ts";
import { APPROVED, articleModel, reviewLoop, TOPIC } from "./articles.ts";
import { askingGraph, askingTwice, foreignGraph, graphOf, QUESTION } from "./foreign.ts";

/** Settings are read once a process, so before anything else. */
vi.stubEnv("DATABASE_URL", "memory:");

let storage: Storage;
beforeEach(() => {
  storage = openStorage("memory:");
});

const entriesOf = async (log: AuditLog) =>
  (await log.auditEntries(1, 1_000)).map(({ body }): Record<string, unknown> => JSON.parse(body));
const on = (thread: string) => ({ thread, checkpointer: storage.checkpointer });

describe("the audit log of a run", () => {
  it("has an entry for every model call, with its thread and run, and is intact", async () => {
    const { graph, tools } = reviewLoop();
    await run(graph, TOPIC, { ...on("t"), models: articleModel([APPROVED]), tools });
    const calls = (await entriesOf(storage.ledger)).filter(({ type }) => type === "model_call");
    const { runId } = (await storage.ledger.latest("t")) ?? {};
    const call = { threadId: "t", runId, model: "scripted", ok: true, ms: expect.any(Number) };
    expect(calls).toMatchObject([
      { ...call, role: "researcher" },
      { ...call, role: "writer" },
      { ...call, role: "writer" },
      { ...call, role: "reviewer" },
    ]);
    expect(calls[0]?.["usage"]).toMatchObject({ inputTokens: expect.any(Number), estimated: false });
    expect(await verifyAudit(storage.ledger)).toMatchObject({ ok: true });
  });

  it("has an entry for a call that failed too", async () => {
    const { graph, tools } = reviewLoop();
    const models = new ScriptedModel({ researcher: [fails(new Error("No."))] });
    await run(graph, TOPIC, { ...on("t"), models, tools });
    const calls = (await entriesOf(storage.ledger)).filter(({ type }) => type === "model_call");
    expect(calls).toMatchObject([{ role: "researcher", ok: false }]);
  });

  it("has an entry for every model call of a graph that is not ours, and for one that failed", async () => {
    await run(foreignGraph(new ScriptedModel([always("x")])), QUESTION, on("t"));
    const entries = await entriesOf(storage.ledger);
    expect(entries).toMatchObject(Array(4).fill({ type: "model_call", threadId: "t", role: "", ok: true }));
    const failing = graphOf(async () => ({
      said: [(await new ScriptedModel([always(fails(new Error("No.")))]).invoke("?")).text],
    }));
    await run(failing, QUESTION, on("u"));
    expect((await entriesOf(storage.ledger)).at(-1)).toMatchObject({ threadId: "u", ok: false });
  });

  it("has an entry for every answer, with its question, before anything follows from it", async () => {
    const graph = askingGraph();
    const asked = await run(graph, QUESTION, on("t"));
    const heard: string[] = [];
    const audit = vi.spyOn(storage.ledger, "audit").mockImplementation(async (_, fact) => {
      heard.push(fact.type);
    });
    const onEvent = ({ type }: { type: string }) => void heard.push(type);
    await run(graph, null, { ...on("t"), resume: "this one", onEvent });
    expect(heard.indexOf("answer")).toBeLessThan(heard.indexOf("node_started"));
    const [question] = asked.interrupts;
    expect(audit).toHaveBeenCalledExactlyOnceWith(
      { threadId: "t", runId: expect.any(String) },
      { type: "answer", interrupt: question?.id, question: { ask: "Which one?" }, answer: "this one" },
    );
  });

  it("has an entry for each of several answers, and none for a resume that answers nothing", async () => {
    const graph = askingTwice();
    const { interrupts } = await run(graph, QUESTION, on("t"));
    const [left, right] = interrupts;
    await run(graph, null, { ...on("t"), resume: { [left?.id ?? ""]: 1, nobody: 2 } });
    await run(graph, null, { ...on("t"), resume: { [right?.id ?? ""]: true } });
    const entries = await entriesOf(storage.ledger);
    expect(entries.map(({ interrupt, answer }) => [interrupt, answer])).toEqual([
      [left?.id, 1],
      [right?.id, true],
    ]);
    const crashing = graphOf(() => {
      throw new Error("No.");
    });
    await run(crashing, QUESTION, on("u"));
    await run(crashing, null, { ...on("u"), resume: true });
    expect(await entriesOf(storage.ledger)).toHaveLength(2);
  });

  it("has an entry for what became of an effect, also where that is not known", async () => {
    let times = 0;
    const graph = publishing((): string => {
      times += 1;
      if (times === 1) throw new Error("lost");
      return "published";
    });
    await run(graph, {}, on("t"));
    await run(graph, null, { ...on("t"), resume: true });
    await run(graph, null, { ...on("t"), resume: { did: false } });
    const entries = await entriesOf(storage.ledger);
    expect(entries.map(({ type, state, answer }) => [type, state ?? answer])).toEqual([
      ["effect", "unknown"],
      ["effect", "unknown"],
      ["answer", { did: false }],
      ["effect", "unknown"],
      ["effect", "not_done"],
      ["effect", "done"],
    ]);
    expect(entries[0]).toMatchObject({ key: "article", threadId: "t" });
  });
});

describe("an entry that cannot be written", () => {
  const failing = () =>
    vi.spyOn(storage.ledger, "audit").mockRejectedValue(new StorageError("The disk is full."));
  const full = { status: "failed", error: { code: "STORAGE", message: "The disk is full." } };

  it("stops a run at its model call", async () => {
    vi.spyOn(storage.ledger, "audit").mockImplementation(async (_, { type }) => {
      if (type === "model_call") throw new StorageError("The disk is full.");
    });
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    expect(await run(graph, TOPIC, { ...on("t"), models, tools })).toMatchObject(full);
    expect(models.requests).toHaveLength(1);
  });

  it("stops a run before its tool is called", async () => {
    failing();
    const { search, queries } = searchTool();
    const models = articleModel([APPROVED]);
    const stopped = await run(reviewLoop().graph, TOPIC, { ...on("t"), models, tools: [search] });
    expect(stopped).toMatchObject(full);
    expect(queries).toEqual([]);
  });

  it("stops a graph that is not ours at its model call", async () => {
    failing();
    const model = new ScriptedModel([always("x")]);
    expect(await run(foreignGraph(model), QUESTION, on("t"))).toMatchObject(full);
    expect(model.requests).toHaveLength(1);
  });

  it("stops a resume before its answer is given, so that the question stays open", async () => {
    const graph = askingGraph();
    await run(graph, QUESTION, on("t"));
    const audit = failing();
    expect(await run(graph, null, { ...on("t"), resume: "this one" })).toMatchObject(full);
    audit.mockRestore();
    const resumed = await run(graph, null, { ...on("t"), resume: "that one" });
    expect(resumed).toMatchObject({ status: "done", output: { said: ["that one", "told that one"] } });
  });

  it("stops a run at its effect, which is not done again by the resume", async () => {
    const act = vi.fn(() => "published");
    const graph = publishing(act);
    const audit = failing();
    expect(await run(graph, {}, on("t"))).toMatchObject(full);
    audit.mockRestore();
    const resumed = await run(graph, null, { ...on("t"), resume: true });
    expect(resumed).toMatchObject({ status: "done", output: { said: "published" } });
    expect(act).toHaveBeenCalledTimes(1);
    expect(await entriesOf(storage.ledger)).toMatchObject([{ type: "effect", state: "recorded" }]);
  });
});

describe("what is recorded", () => {
  const toolCall = (args: unknown) =>
    ({ type: "tool_call", role: "writer", tool: "send", args, ok: true, ms: 1 }) as const;
  const recordedOf = async (args: unknown) => {
    const graph = graphOf(async () => {
      await audited(toolCall(args));
      return {};
    });
    await run(graph, QUESTION, on("t"));
    return (await entriesOf(storage.ledger)).at(-1)?.["args"];
  };

  it("holds no secret", async () => {
    const args = { to: "me", apiKey: "x", text: `Bearer ${"a1".repeat(20)}`, tokens: 5 };
    const shown = { to: "me", apiKey: "[redacted]", text: "Bearer [redacted]", tokens: 5 };
    expect(await recordedOf(args)).toEqual(shown);
  });

  it("holds the beginning of a long text, its length and its hash", async () => {
    const kept = await recordedOf({ text: "é".repeat(30_000), short: "s".repeat(2_000) });
    expect(kept).toEqual({
      text: expect.stringMatching(/^é{2000}… \[cut: 30000 characters, SHA-256 [\da-f]{64}\]$/),
      short: "s".repeat(2_000),
    });
  });

  it("holds of a value of very many parts the beginning of its JSON", async () => {
    const kept = await recordedOf(Array.from({ length: 20_000 }, (_, at) => at));
    expect(kept).toMatch(/^\[0,1,2,.*… \[cut: \d+ characters, SHA-256 [\da-f]{64}\]$/);
  });
});

describe("a graph that is invoked without run", () => {
  const State = new StateSchema({ topic: z.string(), draft: z.string() });
  const { ask } = nodesFor(State);
  const writing = new StateGraph(State, { context: RunContext })
    .addNode("write", ask({ role: "writer", prompt: ({ topic }) => topic, into: "draft" }))
    .addNode("publish", async () => {
      await effect("article", () => "published");
      return {};
    })
    .addEdge(START, "write")
    .addEdge("write", "publish")
    .addEdge("publish", END);
  const models = new ScriptedModel([always("A draft.")]);

  it.each([
    ["beside the default checkpointer, in the default storage", defaultCheckpointer()],
    ["beside a saver of the caller's own, in memory", new MemorySaver()],
  ])("has its entries %s, by its thread", async (where, checkpointer) => {
    const graph = writing.compile({ checkpointer });
    await graph.invoke({ topic: "x" }, { configurable: { thread_id: where }, context: { models } });
    expect(await entriesOf(ledgerBeside(checkpointer))).toMatchObject([
      { type: "model_call", threadId: where, runId: null, role: "writer" },
      { type: "effect", threadId: where, runId: null, state: "done" },
    ]);
  });

  it("has none without a thread", async () => {
    const before = (await defaultStorage().ledger.auditHead())?.seq ?? 0;
    const calling = new StateGraph(State, { context: RunContext })
      .addNode("write", ask({ role: "writer", prompt: ({ topic }) => topic, into: "draft" }))
      .addEdge(START, "write")
      .addEdge("write", END)
      .compile();
    expect(await calling.invoke({ topic: "x" }, { context: { models } })).toMatchObject({
      draft: "A draft.",
    });
    expect((await defaultStorage().ledger.auditHead())?.seq ?? 0).toBe(before);
  });
});
