import { Command, END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { nodesFor } from "../../src/nodes/index.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { ScriptedModel } from "../../src/testing/index.ts";

const State = new StateSchema({
  before: z.string(),
  answer: z.string(),
  other: z.string(),
  said: z.string(),
});
const { ask, askHuman, stallable } = nodesFor(State);

const prompt = ({ before }: { before: string }) => `Not this: ${before}`;
const again = (before: string, text: string) => (text === before ? `the same answer: ${text}` : undefined);

/** A node that stands still where it answers what was there before. */
const work = stallable(ask({ role: "writer", prompt, into: "answer" }), ({ before }, { answer }) =>
  again(before, answer),
);
/** The same for another role and another channel. */
const workBeside = stallable(ask({ role: "editor", prompt, into: "other" }), ({ before }, { other }) =>
  again(before, other),
);

const workflow = () => new StateGraph(State, { context: RunContext });
const saved = () => ({ name: "stalling", checkpointer: new MemorySaver() });
const working = () => workflow().addNode("work", work).addEdge(START, "work").addEdge("work", END);

/** Runs a graph on a thread of its own, and tells what it told. */
async function going(graph: AnyGraph, models: ScriptedModel, options: RunOptions = {}) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => events.push(event);
  const input = options.resume === undefined ? { before: "old" } : null;
  const result = await run(graph, input, { models, thread: "t", onEvent, ...options });
  return { ...result, stalls: events.filter(({ type }) => type === "stalled") };
}

const writer = (...lines: string[]) => new ScriptedModel({ writer: lines });
const STALLED = {
  code: "STALLED",
  message:
    "The run makes no progress: the same answer: old. Resume it to go on all the same, with another model for instance.",
};

describe("a node of a loop", () => {
  it("that makes progress does its work once", async () => {
    const models = writer("new");
    const { status, output, stalls } = await going(working().compile(saved()), models);
    expect({ status, stalls }).toEqual({ status: "done", stalls: [] });
    expect(output).toMatchObject({ answer: "new" });
    models.assertDone();
  });

  it("that makes none suspends the run, says what came again, and its update is not taken", async () => {
    const graph = working().compile(saved());
    const models = writer("old");
    const { stalls, ...stalled } = await going(graph, models);
    expect(stalled).toMatchObject({
      status: "stalled",
      output: null,
      interrupts: [],
      error: STALLED,
      path: [],
    });
    expect(stalls).toMatchObject([{ node: "work", repeated: "the same answer: old" }]);
    expect((await graph.getState({ configurable: { thread_id: "t" } })).values).toEqual({ before: "old" });
    models.assertDone();
  });

  it.each(["new", "old"])(
    "does its work anew on resume, once, and goes on with what comes: %s",
    async (answer) => {
      const graph = working().compile(saved());
      await going(graph, writer("old"));
      const models = writer(answer);
      const resumed = await going(graph, models, { resume: true });
      expect(resumed).toMatchObject({
        status: "done",
        output: { answer },
        error: null,
        path: ["work"],
        spend: { calls: 2 },
      });
      models.assertDone();
    },
  );

  it("is not resumed by itself: each resume of the thread is one step on", async () => {
    const twice = working()
      .addNode("workBeside", workBeside)
      .addEdge("work", "workBeside")
      .addEdge("workBeside", END)
      .compile(saved());
    const models = new ScriptedModel({ writer: ["old", "new"], editor: ["old", "new"] });
    expect(await going(twice, models)).toMatchObject({ status: "stalled", path: [] });
    expect(await going(twice, models, { resume: true })).toMatchObject({ status: "stalled", path: ["work"] });
    expect(await going(twice, models, { resume: true })).toMatchObject({ status: "done" });
    models.assertDone();
  });

  it("in a subgraph suspends the whole run, and goes on there", async () => {
    const inner = working().compile({ name: "inner" });
    const outer = workflow()
      .addNode("around", async ({ before }: typeof State.State) => {
        const { answer } = await inner.invoke({ before });
        return { said: `It said ${answer}.` };
      })
      .addEdge(START, "around")
      .addEdge("around", END)
      .compile(saved());
    const models = writer("old", "new");
    const { stalls, ...stalled } = await going(outer, models);
    expect(stalled).toMatchObject({ status: "stalled", error: STALLED });
    expect(stalls).toMatchObject([{ node: "around/work" }]);
    expect(await going(outer, models, { resume: true })).toMatchObject({
      status: "done",
      output: { said: "It said new." },
      spend: { calls: 2 },
    });
    models.assertDone();
  });
});

describe("beside it", () => {
  it("another one that stands still goes on by the same resume", async () => {
    const graph = working()
      .addNode("workBeside", workBeside)
      .addEdge(START, "workBeside")
      .addEdge("workBeside", END)
      .compile(saved());
    const models = new ScriptedModel({ writer: ["old", "new"], editor: ["old", "newer"] });
    const { stalls, status } = await going(graph, models);
    expect(status).toBe("stalled");
    expect(stalls).toHaveLength(2);
    expect(await going(graph, models, { resume: true })).toMatchObject({
      status: "done",
      output: { answer: "new", other: "newer" },
      spend: { calls: 4 },
    });
    models.assertDone();
  });

  it("a question goes first: a person answers it, and both go on", async () => {
    const asking = askHuman({
      question: () => "Which one?",
      answer: z.string(),
      take: (said) => ({ said }),
    });
    const graph = working()
      .addNode("askWhich", asking)
      .addEdge(START, "askWhich")
      .addEdge("askWhich", END)
      .compile(saved());
    const models = writer("old", "new");
    expect(await going(graph, models)).toMatchObject({
      status: "needs_human",
      error: null,
      interrupts: [{ value: "Which one?" }],
    });
    await expect(going(graph, models, { resume: true })).rejects.toMatchObject({ problem: "needs_answer" });
    expect(await going(graph, models, { resume: "the first" })).toMatchObject({
      status: "done",
      output: { answer: "new", said: "the first" },
    });
    models.assertDone();
  });
});

it("without run the interrupt says its kind, and any answer lets the graph go on", async () => {
  const graph = working().compile(saved());
  const models = writer("old", "new");
  const config = { context: { models }, configurable: { thread_id: "t" } };
  expect(await graph.invoke({ before: "old" }, config)).toMatchObject({
    __interrupt__: [{ value: { kind: "stall", repeated: "the same answer: old", message: STALLED.message } }],
  });
  expect(await graph.invoke(new Command({ resume: true }), config)).toMatchObject({ answer: "new" });
  models.assertDone();
});
