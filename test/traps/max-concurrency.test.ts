import { Annotation, MemorySaver, Send, START, StateGraph } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { run } from "../../src/runtime/run.ts";

const State = Annotation.Root({
  piece: Annotation<number>(),
  done: Annotation<number[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
});
const PIECES = [1, 2, 3, 4, 5, 6];

/** Six pieces of work by Send. */
const sixPieces = () =>
  new StateGraph(State)
    .addNode("work", ({ piece }: { piece: number }) => ({ done: [piece] }))
    .addConditionalEdges(START, () => PIECES.map((piece) => new Send("work", { piece })), ["work"])
    .compile({ checkpointer: new MemorySaver() });

it("maxConcurrency 1 runs no task of a Send in plain LangGraph, without an error; ours runs all", async () => {
  const config = { maxConcurrency: 1, configurable: { thread_id: "t" } };
  expect((await sixPieces().invoke({ piece: 0 }, config)).done).toEqual([]);

  const graph = sixPieces().withConfig({ maxConcurrency: 1 });
  expect(await run(graph, { piece: 0 })).toMatchObject({ status: "done", output: { done: PIECES } });
});
