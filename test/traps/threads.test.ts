import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Annotation, END, GraphRecursionError, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { run } from "../../src/runtime/run.ts";
import { always, ScriptedModel } from "../../src/testing/index.ts";
import { articleModel, pathWith, rejected, reviewLoop, TOPIC } from "../runtime/articles.ts";
import { askingGraph, QUESTION } from "../runtime/foreign.ts";

const thread = { configurable: { thread_id: "t" }, durability: "sync" as const };
const here = { thread: "t" };

const State = Annotation.Root({
  question: Annotation<string>(),
  rounds: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }),
});

/** A loop of at most three rounds, counted in a channel. */
const loop = () =>
  new StateGraph(State)
    .addNode("work", () => ({ rounds: 1 }))
    .addEdge(START, "work")
    .addConditionalEdges("work", ({ rounds }) => (rounds < 3 ? "work" : END), ["work", END])
    .compile({ checkpointer: new MemorySaver() });

describe("a second input on a thread", () => {
  it("finds the counters of the first in plain LangGraph; ours begin anew", async () => {
    const plain = loop();
    expect((await plain.invoke(QUESTION, thread)).rounds).toBe(3);
    expect((await plain.invoke(QUESTION, thread)).rounds).toBe(4);

    const { graph, tools } = reviewLoop();
    for (let time = 1; time <= 2; time++) {
      const models = articleModel([rejected(), rejected(), rejected()]);
      const { path } = await run(graph, TOPIC, { ...here, models, tools });
      expect(path).toEqual(pathWith(2));
    }
  });

  it("silently drops an unfinished run in plain LangGraph; ours is refused", async () => {
    const plain = askingGraph();
    await plain.invoke(QUESTION, thread);
    const again = await plain.invoke({ question: "Another?" }, thread);
    expect(again).toMatchObject({ question: "Another?", said: [] });

    const ours = askingGraph();
    await run(ours, QUESTION, here);
    const refused = run(ours, { question: "Another?" }, here);
    await expect(refused).rejects.toMatchObject({ name: "ThreadError", problem: "unfinished" });
    expect(await run(ours, null, { ...here, resume: "yes" })).toMatchObject({
      status: "done",
      output: { question: "Why?" },
    });
  });
});

describe("a resume of a finished thread", () => {
  it("gives the old values in plain LangGraph, as if it had run; ours is refused", async () => {
    const plain = loop();
    const first = await plain.invoke(QUESTION, thread);
    expect(await plain.invoke(null, thread)).toEqual(first);

    const ours = loop();
    await run(ours, QUESTION, here);
    const refused = run(ours, null, { ...here, resume: true });
    await expect(refused).rejects.toMatchObject({ name: "ThreadError", problem: "finished" });
  });
});

describe("a recursion limit", () => {
  /** A node that calls a model in an inner graph, again and again. */
  const nested = (model: ScriptedModel, rounds: number) => {
    const inner = new StateGraph(State)
      .addNode("ask", async () => {
        await model.invoke("again?");
        return { rounds: 1 };
      })
      .addEdge(START, "ask")
      .addConditionalEdges("ask", (state) => (state.rounds < rounds ? "ask" : END), ["ask", END])
      .compile();
    return new StateGraph(State)
      .addNode("outer", async ({ question }) => ({ rounds: (await inner.invoke({ question })).rounds }))
      .addEdge(START, "outer")
      .addConditionalEdges("outer", (state) => (state.rounds < 3 * rounds ? "outer" : END), ["outer", END])
      .compile({ checkpointer: new MemorySaver() });
  };
  const talkative = () => new ScriptedModel([always("Again.")]);

  it("is each graph's own in plain LangGraph; our budget holds the inner graphs too", async () => {
    const plain = talkative();
    await nested(plain, 20).invoke(QUESTION, { ...thread, recursionLimit: 25 });
    expect(plain.requests).toHaveLength(60);

    const model = talkative();
    expect(await run(nested(model, 20), QUESTION, { budget: { calls: 25 } })).toMatchObject({
      status: "budget_exhausted",
      spend: { calls: 25 },
    });
    expect(model.requests).toHaveLength(25);
  });

  it("ends a loop by an error in plain LangGraph; our loops end with a result that says why", async () => {
    const endless = new StateGraph(State)
      .addNode("work", () => ({ rounds: 1 }))
      .addEdge(START, "work")
      .addConditionalEdges("work", () => "work", ["work", END])
      .compile();
    await expect(endless.invoke(QUESTION)).rejects.toBeInstanceOf(GraphRecursionError);

    const { graph, tools } = reviewLoop({ maxReviews: 20 });
    const models = articleModel(Array.from({ length: 20 }, () => rejected()));
    const result = await run(graph.withConfig({ recursionLimit: 10_000 }), TOPIC, { models, tools });
    expect(result).toMatchObject({ status: "done", output: { approved: false }, path: pathWith(19) });
  });
});

describe("a node's work", () => {
  /** A graph whose saver holds its first checkpoint back until the node works, or gives up waiting for it. */
  const heldBack = () => {
    const working = new EventEmitter();
    const kept: string[] = [];
    class Slow extends MemorySaver {
      override async put(...given: Parameters<MemorySaver["put"]>) {
        await Promise.race([once(working, "begun"), sleep(200)]);
        kept.push("checkpoint");
        return super.put(...given);
      }
    }
    const graph = new StateGraph(State)
      .addNode("work", () => {
        kept.push("work");
        working.emit("begun");
        return { rounds: 1 };
      })
      .addEdge(START, "work")
      .compile({ checkpointer: new Slow() });
    return { graph, kept };
  };

  it("begins before its checkpoint is kept in plain LangGraph, so that a crash finds nothing; ours after", async () => {
    const plain = heldBack();
    await plain.graph.invoke(QUESTION, { configurable: { thread_id: "t" } });
    expect(plain.kept[0]).toBe("work");

    const ours = heldBack();
    await run(ours.graph, QUESTION);
    expect(ours.kept[0]).toBe("checkpoint");
  });
});
