import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { stream } from "../../src/runtime/stream.ts";
import { after, always, ScriptedModel } from "../../src/testing/index.ts";
import { APPROVED, articleLines, articleModel, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";
import { foreignGraph, graphOf, QUESTION } from "./foreign.ts";

async function collected<Result>(events: AsyncGenerator<RunEvent, Result>) {
  const all: RunEvent[] = [];
  for (;;) {
    const step = await events.next();
    if (step.done) return { events: all, result: step.value };
    all.push(step.value);
  }
}

/** What of each event says where a run is. */
const outline = (events: RunEvent[]) =>
  events.flatMap((event) =>
    event.type === "node_started" || event.type === "node_ended"
      ? [`${event.type === "node_started" ? "+" : "-"}${event.node}`]
      : event.type.startsWith("run_")
        ? [event.type]
        : [],
  );

const isConsistent = (events: RunEvent[], { threadId, status, spend, path, error }: RunResult) => {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  expect(new Set(events.map((event) => event.threadId))).toEqual(new Set([threadId]));
  expect(new Set(events.map(({ runId }) => runId)).size).toBe(1);
  const times = events.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  expect(events.at(0)).toMatchObject({ type: "run_started" });
  expect(events.at(-1)).toMatchObject({ type: "run_ended", status, spend, path, error });
};

describe("the events of a run", () => {
  it("tell each node as it starts and ends, numbered from 1 without gaps", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected(), APPROVED]);
    const { events, result } = await collected(stream(graph, TOPIC, { models, tools }));
    isConsistent(events, result);
    expect(events[0]).toMatchObject({ graph: "review-loop", resumed: false, budget: { calls: 100 } });
    expect(outline(events)).toEqual([
      "run_started",
      ...pathWith(1).flatMap((node) => [`+${node}`, `-${node}`]),
      "run_ended",
    ]);
  });

  it("tell the tokens as they come, whose they are, and what each call came to", async () => {
    const { graph, tools } = reviewLoop();
    const { events } = await collected(stream(graph, TOPIC, { models: articleModel([APPROVED]), tools }));
    const tokens = events.filter((event) => event.type === "token" && event.node === "write");
    expect(tokens.length).toBeGreaterThan(1);
    const written = tokens.map((event) => (event.type === "token" ? event.text : ""));
    expect(written.join("")).toBe("A checkpoint keeps a step [1].");
    expect(tokens[0]).toMatchObject({ role: "writer" });
    const spend = events.flatMap((event) => (event.type === "spend" ? [event] : []));
    expect(spend.map(({ node, role, total }) => [node, role, total.calls])).toEqual([
      ["research", "researcher", 1],
      ["outline", "writer", 2],
      ["write", "writer", 3],
      ["review", "reviewer", 4],
    ]);
    expect(spend[0]).toMatchObject({ model: "scripted", usage: { estimated: false } });
    expect(events.find(({ type }) => type === "tool")).toMatchObject({
      node: "research",
      tool: "search_documents",
      args: { query: TOPIC.topic },
      ok: true,
    });
  });

  it("name the nodes of subgraphs below the node that they run in", async () => {
    const graph = foreignGraph(new ScriptedModel([always("x")]));
    const { events, result } = await collected(stream(graph, QUESTION, {}));
    isConsistent(events, result);
    expect(outline(events)).toEqual([
      "run_started",
      ...["+open", "-open", "+inside", "+inside/dig", "-inside/dig", "+inside/sift", "-inside/sift"],
      ...["-inside", "+close", "-close"],
      "run_ended",
    ]);
    const nodes = events.flatMap((event) => (event.type === "token" ? [event.node] : []));
    expect([...new Set(nodes)]).toEqual(["open", "inside/dig", "inside/sift", "close"]);
  });

  it("begin anew with a resume, and say that it is one", async () => {
    const { graph, tools } = reviewLoop();
    const options = { models: articleModel([APPROVED]), tools, thread: "t" };
    const first = await collected(stream(graph, TOPIC, { ...options, budget: { calls: 2 } }));
    isConsistent(first.events, first.result);
    const second = await collected(stream(graph, null, { ...options, resume: true, budget: { calls: 9 } }));
    isConsistent(second.events, second.result);
    expect(second.events[0]).toMatchObject({ resumed: true, runId: first.events[0]?.runId });
    expect(outline(second.events)).toEqual([
      "run_started",
      ...["write", "review", "finalize"].flatMap((node) => [`+${node}`, `-${node}`]),
      "run_ended",
    ]);
    expect(second.result.path).toEqual(pathWith(0));
  });

  it("tell a node that failed", async () => {
    const graph = graphOf(() => {
      throw new Error("No.");
    });
    const { events, result } = await collected(stream(graph, QUESTION, {}));
    isConsistent(events, result);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "node_ended", node: "work", outcome: "failed" }),
    );
  });
});

describe("a listener that fails", () => {
  const warned = () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    return warn;
  };

  it.each([
    ["throws", () => assert.fail("The page is closed.")],
    ["rejects", () => Promise.reject(new Error("The page is closed."))],
  ])("changes nothing of the run, is reported once and not called again: it %s", async (_, fail) => {
    const warn = warned();
    const { graph, tools } = reviewLoop();
    const heard: string[] = [];
    const onEvent = ({ type }: RunEvent) => {
      heard.push(type);
      return type === "node_ended" ? fail() : undefined;
    };
    const result = await run(graph, TOPIC, { models: articleModel([APPROVED]), tools, onEvent });
    expect(result).toMatchObject({ status: "done", error: null, path: pathWith(0), spend: { calls: 4 } });
    expect(heard.filter((type) => type === "node_ended")).toHaveLength(1);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("The page is closed."),
      "GraphwrightWarning",
    );
  });

  it("at the end of the run leaves its result as it is", async () => {
    const warn = warned();
    const { graph, tools } = reviewLoop();
    const onEvent = ({ type }: RunEvent) => {
      if (type === "run_ended") throw new Error("The page is closed.");
    };
    const result = await run(graph, TOPIC, { models: articleModel([APPROVED]), tools, onEvent });
    expect(result).toMatchObject({ status: "done", spend: { calls: 4 } });
    expect(warn).toHaveBeenCalledOnce();
  });

  it("takes nothing from the one who reads the stream", async () => {
    const warn = warned();
    const { graph, tools } = reviewLoop();
    const onEvent = () => {
      throw new Error("The page is closed.");
    };
    const options = { models: articleModel([APPROVED]), tools, onEvent };
    const { events, result } = await collected(stream(graph, TOPIC, options));
    isConsistent(events, result);
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe("stream", () => {
  it("hands events on while the run goes on", async () => {
    const { graph, tools } = reviewLoop();
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const models = new ScriptedModel({
      ...articleLines([APPROVED]),
      reviewer: [() => gate.then(() => APPROVED)],
    });
    const seen: string[] = [];
    for await (const event of stream(graph, TOPIC, { models, tools })) {
      if (event.type === "node_started" && event.node === "review") go();
      if (event.type === "node_ended") seen.push(event.node);
    }
    expect(seen).toEqual(pathWith(0));
  });

  it("cancels the run when it is left early, and the thread can be resumed", async () => {
    const { graph, tools } = reviewLoop();
    const hanging = [after(600_000, APPROVED)];
    const models = new ScriptedModel({ ...articleLines([APPROVED]), reviewer: hanging });
    for await (const event of stream(graph, TOPIC, { models, tools, thread: "t" })) {
      if (event.type === "node_started" && event.node === "review") break;
    }
    expect(await inspect(graph, { thread: "t" })).toMatchObject({
      run: { status: "cancelled" },
      unfinished: true,
    });
    const others = new ScriptedModel({ reviewer: [APPROVED] });
    const resumed = await run(graph, null, { models: others, tools, thread: "t", resume: true });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(0) });
  });

  it("calls onEvent too, and heeds the caller's signal", async () => {
    const { graph, tools } = reviewLoop();
    const cancel = new AbortController();
    const heard: RunEvent[] = [];
    const options = {
      models: articleModel([APPROVED]),
      tools,
      signal: cancel.signal,
      onEvent: (event: RunEvent) => {
        heard.push(event);
        if (event.type === "node_started" && event.node === "outline") cancel.abort();
      },
    };
    const { events, result } = await collected(stream(graph, TOPIC, options));
    expect(heard).toEqual(events);
    expect(result).toMatchObject({ status: "cancelled", path: ["research"] });
  });

  it("throws on misuse at its first step", async () => {
    const { graph } = reviewLoop();
    await expect(stream(graph, { topic: "" }, {}).next()).rejects.toMatchObject({ code: "BAD_INPUT" });
    const unknown = stream(graph, null, { thread: "none", resume: true });
    await expect(unknown.next()).rejects.toMatchObject({ problem: "unknown" });
  });

  it("throws what is misuse in the midst of a run to a consumer that takes its time", async () => {
    const graph = graphOf(() => {
      throw new UsageError("MISUSE", "The folder is gone.");
    });
    const slow = async () => {
      for await (const _ of stream(graph, QUESTION, {})) await sleep(20);
    };
    await expect(slow()).rejects.toThrow("The folder is gone.");
  });
});
