import { START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { RunContext } from "../../src/state/context.ts";

const State = new StateSchema({ topic: z.string(), draft: z.string().default("") });

it("a misspelt channel compiles in plain LangGraph and is dropped without a word; ours does not compile", async () => {
  const plain = new StateGraph(State)
    .addNode("write", () => ({ drafts: "A text that was paid for." }))
    .addEdge(START, "write")
    .compile();
  expect(await plain.invoke({ topic: "Crashes" })).toEqual({ topic: "Crashes", draft: "" });

  const { ask } = nodesFor(State);
  const prompt = ({ topic }: { topic: string }) => topic;
  // @ts-expect-error -- there is no channel "drafts"
  new StateGraph(State, RunContext).addNode("write", ask({ role: "writer", prompt, into: "drafts" }));
});
