import { setTimeout as sleep } from "node:timers/promises";
import { Annotation, END, MemorySaver, Send, START, StateGraph } from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/events/events.ts";
import { missingEnds, type NodeEnd } from "../../src/runtime/path.ts";
import { run } from "../../src/runtime/run.ts";
import type { Ledger } from "../../src/storage/ledger.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { openStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { APPROVED, articleModel, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";
import { graphOf, QUESTION } from "./foreign.ts";

/** A ledger whose process is killed as it is to record the end number `at`: nothing is written until it is revived. */
function killedAt(at: number, ledger: Ledger = new MemoryLedger()) {
  let ends = 0;
  let dead = false;
  const killed = new Proxy(ledger, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...given: unknown[]) => {
        if (name === "nodeEnded" && ++ends === at) dead = true;
        if (dead) throw new Error("Killed.");
        return Reflect.apply(value, target, given);
      };
    },
  });
  return { ledger: killed, revive: () => (dead = false) };
}

const State = Annotation.Root({
  question: Annotation<string>(),
  said: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
});

/** Two nodes at once, of which one writes nothing and one fails as long as it is told to, then a fan-out and a join. */
function wideGraph(works: () => boolean) {
  const says = (word: string) => () => ({ said: [word] });
  return new StateGraph(State)
    .addNode("first", says("first"))
    .addNode("silent", () => ({}))
    .addNode("shaky", async () => {
      await sleep(20);
      if (!works()) throw new Error("Not yet.");
      return { said: ["shaky"] };
    })
    .addNode("spread", says("spread"))
    .addNode("worker", says("worker"))
    .addNode("join", says("join"))
    .addEdge(START, "first")
    .addEdge("first", "silent")
    .addEdge("first", "shaky")
    .addEdge(["silent", "shaky"], "spread")
    .addConditionalEdges("spread", () => [1, 2, 3].map((i) => new Send("worker", { question: String(i) })), [
      "worker",
    ])
    .addEdge("worker", "join")
    .addEdge("join", END)
    .compile({ name: "wide", checkpointer: new MemorySaver() });
}

describe("a run that was killed between a checkpoint and the record of the node's end", () => {
  const storages = [
    ["in memory", () => "memory:"],
    ["in SQLite", () => `file:${temporaryFolder()}/runs.db`],
  ] as const;

  it.each(storages)("has every node on its path after the resume (%s)", async (_, url) => {
    for (let at = 1; at <= pathWith(1).length; at++) {
      const storage = openStorage(url());
      const { ledger, revive } = killedAt(at, storage.ledger);
      const { graph, tools } = reviewLoop();
      const models = articleModel([rejected(), APPROVED]);
      const options = { models, tools, checkpointer: storage.checkpointer, ledger, thread: "t" };
      await run(graph, TOPIC, options);
      revive();
      const resumed = await run(graph, null, { ...options, resume: true });
      expect(resumed).toMatchObject({ status: "done", path: pathWith(1) });
      await storage.close();
    }
  });

  it("has every branch on its path once, those of a fan-out too", async () => {
    for (let at = 1; at <= 8; at++) {
      const { ledger, revive } = killedAt(at);
      const graph = wideGraph(() => true);
      await run(graph, QUESTION, { ledger, thread: "t" });
      revive();
      const { status, path } = await run(graph, null, { ledger, thread: "t", resume: true });
      expect(status).toBe("done");
      expect([path[0], path.slice(1, 3).toSorted(), ...path.slice(3)]).toEqual([
        "first",
        ["shaky", "silent"],
        ...["spread", "worker", "worker", "worker", "join"],
      ]);
    }
  });

  it("has a branch on its path that ended beside one that did not", async () => {
    const { ledger, revive } = killedAt(2);
    let working = false;
    const graph = wideGraph(() => working);
    await run(graph, QUESTION, { ledger, thread: "t" });
    revive();
    working = true;
    const { status, path } = await run(graph, null, { ledger, thread: "t", resume: true });
    expect({ status, path: path.slice(0, 4) }).toEqual({
      status: "done",
      path: ["first", "silent", "shaky", "spread"],
    });
  });

  it("takes nothing of an earlier run on the thread into its path", async () => {
    const { graph, tools } = reviewLoop();
    const { ledger, revive } = killedAt(pathWith(0).length + 2);
    const options = { tools, ledger, thread: "t" };
    await run(graph, TOPIC, { ...options, models: articleModel([APPROVED]) });
    const models = articleModel([rejected(), APPROVED]);
    await run(graph, TOPIC, { ...options, models });
    revive();
    const resumed = await run(graph, null, { ...options, models, resume: true });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(1) });
  });
});

describe("the ends that are missing", () => {
  const end = (taskId: string, node: string): NodeEnd => ({ taskId, node });

  it("complete any path that broke off, and keep the order that it has", () => {
    const steps = fc.array(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(steps, fc.nat(), (names, cut) => {
        const history = names.map((step, i) => step.map((node, j) => end(`${i}.${j}`, node)));
        const whole = history.flatMap((step) => step.toReversed());
        const recorded = whole.slice(0, cut % (whole.length + 1));
        const path = new Map(recorded.map(({ taskId, node }) => [taskId, node]));
        for (const { taskId, node } of missingEnds(history, [...path.values()])) {
          path.delete(taskId);
          path.set(taskId, node);
        }
        const mended = [...path.values()];
        expect(mended.slice(0, recorded.length)).toEqual(recorded.map(({ node }) => node));
        expect(new Set(path.keys())).toEqual(new Set(whole.map(({ taskId }) => taskId)));
      }),
    );
  });

  it("are none where all are recorded, and where more is", () => {
    const steps = [[end("1", "a")], [end("2", "b"), end("3", "c")]];
    expect(missingEnds(steps, ["a", "c", "b"])).toEqual([]);
    expect(missingEnds(steps, ["a", "c", "b", "d"])).toEqual([]);
  });
});

describe("the events of a resume", () => {
  const starts = (events: RunEvent[]) =>
    events.flatMap((event) => (event.type === "node_started" || event.type === "node_ended" ? [event] : []));

  it("do not start a branch that had ended before", async () => {
    let working = false;
    const graph = wideGraph(() => working);
    await run(graph, QUESTION, { thread: "t" });
    working = true;
    const events: RunEvent[] = [];
    await run(graph, null, { thread: "t", resume: true, onEvent: (event) => events.push(event) });
    const told = starts(events);
    expect(told.map(({ node }) => node)).not.toContain("silent");
    for (const { taskId } of told) expect(told.filter((other) => other.taskId === taskId)).toHaveLength(2);
  });

  it("do not start a node inside another that had ended before", async () => {
    let working = false;
    const inner = new StateGraph(State)
      .addNode("quick", () => ({ said: ["quick"] }))
      .addNode("shaky", async () => {
        await sleep(20);
        if (!working) throw new Error("Not yet.");
        return { said: ["shaky"] };
      })
      .addEdge(START, "quick")
      .addEdge(START, "shaky")
      .compile();
    const graph = graphOf(async ({ question }) => ({ said: (await inner.invoke({ question })).said }));
    await run(graph, QUESTION, { thread: "t" });
    working = true;
    const events: RunEvent[] = [];
    const options = { thread: "t", resume: true, onEvent: (event: RunEvent) => events.push(event) };
    expect(await run(graph, null, options)).toMatchObject({ output: { said: ["quick", "shaky"] } });
    expect(starts(events).map(({ type, node }) => `${type} ${node}`)).toEqual([
      "node_started work",
      "node_started work/shaky",
      "node_ended work/shaky",
      "node_ended work",
    ]);
  });
});

it("a new run pays nothing for what a resume reads", async () => {
  const graph = graphOf(() => ({ said: ["x"] }));
  const history = graph.getStateHistory;
  let reads = 0;
  graph.getStateHistory = (...given: Parameters<typeof history>) => {
    reads += 1;
    return Reflect.apply(history, graph, given);
  };
  await run(graph, QUESTION, { thread: "t" });
  await run(graph, QUESTION, { thread: "t" });
  expect(reads).toBe(0);
});
