import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { NodeOf } from "../../src/nodes/fields.ts";
import { type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { Spend, Spent } from "../../src/outcomes/spend.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { EMPTY, spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { APPROVED } from "../runtime/articles.ts";

const State = new StateSchema({
  question: z.string(),
  answer: z.string(),
  other: z.string(),
  verdict: Verdict,
  spent: spending(),
});
const { ask, counted, judge, resetting, stallable } = nodesFor(State);

const prompt = ({ question }: { question: string }) => question;
const write = ask({ role: "writer", prompt, into: "answer" });
const edit = ask({ role: "editor", prompt, into: "other" });
const review = judge({ role: "reviewer", prompt, into: "verdict" });
const rest: NodeOf<typeof State.State, typeof State.Update> = async () => ({ other: "Nothing was asked." });

type Node = NodeOf<typeof State.State, typeof State.Update>;

/** A graph of these nodes in a row. */
function inARow(...nodes: Node[]): AnyGraph {
  const graph = new StateGraph(State, { context: RunContext });
  const names = nodes.map((_, i) => `node${i}`);
  let growing = graph as StateGraph<typeof State, unknown, unknown, string>;
  for (const [i, node] of nodes.entries()) growing = growing.addNode(names[i] ?? "", node) as typeof growing;
  for (const [i, name] of names.entries()) growing.addEdge(names[i - 1] ?? START, name);
  return growing
    .addEdge(names.at(-1) ?? START, END)
    .compile({ name: "row", checkpointer: new MemorySaver() });
}

const LINES: { [role: string]: Line[] } = {
  writer: ["One answer of five words."],
  editor: ["Another."],
  reviewer: [APPROVED],
};

/** Runs a graph, and gives what it and its state say that was spent. */
async function going(graph: AnyGraph, lines = LINES, options: RunOptions = {}) {
  const models = new ScriptedModel(lines);
  const input = options.resume === undefined ? { question: "Why is it so?" } : null;
  const { status, spend } = await run(graph, input, { models, thread: "t", ...options });
  const { values } = await graph.getState({ configurable: { thread_id: "t" } });
  return { status, spend, spent: values.spent as Spent, models };
}

/** What both the state and the run count. */
const amounts = ({ calls, inputTokens, outputTokens, usd, estimated }: Spend) => ({
  calls,
  inputTokens,
  outputTokens,
  usd,
  estimated,
});

describe("the channel `spent`", () => {
  it("has what a node's call spent, and how long it took", async () => {
    const { spend, spent } = await going(inARow(write));
    expect(spent).toMatchObject({ calls: 1, inputTokens: 4, outputTokens: 5, usd: null, estimated: false });
    expect(spent.ms).toBeGreaterThanOrEqual(0);
    expect(amounts(spent)).toEqual(amounts(spend));
  });

  it("adds up what all nodes spent, answers that were asked for again included", async () => {
    const lines = { ...LINES, reviewer: [{ approved: "perhaps" }, APPROVED] };
    const { spend, spent, models } = await going(inARow(write, rest, review, edit), lines);
    expect(spent.calls).toBe(4);
    expect(amounts(spent)).toEqual(amounts(spend));
    models.assertDone();
  });

  it("takes what nodes side by side spent", async () => {
    const graph = new StateGraph(State, { context: RunContext })
      .addNode("write", write)
      .addNode("edit", edit)
      .addEdge(START, "write")
      .addEdge(START, "edit")
      .addEdge("write", END)
      .addEdge("edit", END)
      .compile({ name: "beside", checkpointer: new MemorySaver() });
    const { spend, spent } = await going(graph);
    expect(spent.calls).toBe(2);
    expect(amounts(spent)).toEqual(amounts(spend));
  });

  it("counts each call once where a counted node is made of others", async () => {
    const both = counted(async (state: typeof State.State, config: NodeConfig) => {
      const [written, edited] = await Promise.all([write(state, config), edit(state, config)]);
      return { ...written, ...edited };
    });
    const { spend, spent } = await going(inARow(both, review));
    expect(spent.calls).toBe(3);
    expect(amounts(spent)).toEqual(amounts(spend));
  });

  it("counts both times of a node that stood still and was resumed", async () => {
    const graph = inARow(stallable(write, () => "the same answer"));
    expect((await going(graph)).status).toBe("stalled");
    const { status, spend, spent } = await going(graph, LINES, { resume: true });
    expect([status, spent.calls]).toEqual(["done", 2]);
    expect(amounts(spent)).toEqual(amounts(spend));
  });

  it("counts the calls of a subgraph", async () => {
    const inner = inARow(write, review);
    const around = counted(async ({ question }: typeof State.State) => {
      const { answer } = (await inner.invoke({ question })) as typeof State.State;
      return { other: answer };
    });
    const { spend, spent } = await going(inARow(around, edit));
    expect(spent.calls).toBe(3);
    expect(amounts(spent)).toEqual(amounts(spend));
  });

  it("counts a call that was kept when the node failed after it, and not the one that failed", async () => {
    const graph = inARow(
      counted(async (state: typeof State.State, config: NodeConfig) => {
        await write(state, config);
        return edit(state, config);
      }),
    );
    const failing = { ...LINES, editor: [fails(new Error("It is down."))] };
    expect((await going(graph, failing)).status).toBe("failed");
    const { status, spend, spent } = await going(graph, { editor: ["Another."] }, { resume: true });
    expect([status, spend.calls, spent.calls]).toEqual(["done", 3, 2]);
  });

  it("begins anew with a run's first node, whose own calls count", async () => {
    const graph = inARow(resetting({ spent: EMPTY, answer: "" }, write), edit);
    expect((await going(graph)).spent.calls).toBe(2);
    const { spend, spent } = await going(graph);
    expect(spent.calls).toBe(2);
    expect(amounts(spent)).toEqual(amounts(spend));
    expect(Object.keys(spent).sort()).toEqual([
      "calls",
      "estimated",
      "inputTokens",
      "low",
      "ms",
      "outputTokens",
      "usd",
    ]);
  });

  it("begins anew also with a first node that makes no call", async () => {
    const graph = inARow(resetting({ spent: EMPTY }, rest), write);
    await going(graph);
    expect((await going(graph)).spent.calls).toBe(1);
  });

  it("is not asked of a state that does not have it", async () => {
    const Plain = new StateSchema({ question: z.string(), answer: z.string() });
    const node = nodesFor(Plain).ask({ role: "writer", prompt, into: "answer" });
    const graph = new StateGraph(Plain, { context: RunContext })
      .addNode("write", async (state, config) => {
        const update = await node(state, config);
        expect(Object.keys(update)).toEqual(["answer"]);
        return update;
      })
      .addEdge(START, "write")
      .addEdge("write", END)
      .compile({ name: "plain", checkpointer: new MemorySaver() });
    expect((await going(graph)).status).toBe("done");
  });
});

describe("whether it is low", () => {
  it("is as the last call left it", async () => {
    const budget = { calls: 4, soft: 0.5 };
    const after = async (...nodes: Node[]) => (await going(inARow(...nodes), LINES, { budget })).spent.low;
    expect([await after(write), await after(write, edit), await after(write, edit, review)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("is not where all is used up, for then it is too late to finish", async () => {
    const { spent } = await going(inARow(write, edit), LINES, { budget: { calls: 2, soft: 0.1 } });
    expect(spent.low).toBe(false);
  });

  it("stays after a node that makes no call", async () => {
    const nothing = counted(rest);
    const { spent } = await going(inARow(write, nothing), LINES, { budget: { calls: 2, soft: 0.5 } });
    expect(spent).toMatchObject({ calls: 1, low: true });
  });

  it("is kept with the call: a resume with a higher cap takes it as it was", async () => {
    const graph = inARow(
      counted(async (state: typeof State.State, config: NodeConfig) => {
        const update = await write(state, config);
        if (failing) throw new Error("It is down.");
        return update;
      }),
    );
    let failing = true;
    await going(graph, LINES, { budget: { calls: 2, soft: 0.5 } });
    failing = false;
    const { spent } = await going(graph, {}, { resume: true, budget: { calls: 100 } });
    expect(spent).toMatchObject({ calls: 1, low: true });
  });
});
