import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { schemas } from "../../src/state/described.ts";
import { Source } from "../../src/state/passage.ts";
import { ScriptedModel } from "../../src/testing/index.ts";

const Input = z.object({ found: z.array(Source).describe("What was found.") });
const Output = z.object({
  answer: z.string().describe("The answer."),
  sources: z.array(Source).describe("Its sources."),
});
const State = new StateSchema({ ...Input.shape, ...Output.shape });
const { compose } = nodesFor(State);

const graph = new StateGraph(State, schemas(Input, Output))
  .addNode(
    "write",
    compose({
      role: "writer",
      prompt: ({ found }) => `There are ${found.length} sources.`,
      sources: ({ found }) => found,
      into: { text: "answer", sources: "sources" },
    }),
  )
  .addEdge(START, "write")
  .addEdge("write", END)
  .compile();

const found = [1, 2, 3].map((id) => ({ id, title: `${id}`, file: `${id}.md`, heading: "", text: "" }));

it("writes a text that cites nothing but what it may, and the sources that it cites", async () => {
  const models = new ScriptedModel({ writer: ["Three [3], lost [4], one [1, 9]."] });
  const written = await graph.invoke({ found }, { context: { models } });
  expect(written).toEqual({ answer: "Three [3], lost, one [1].", sources: [found[0], found[2]] });
  expect(models.requests.map(({ text }) => text)).toEqual(["There are 3 sources."]);
});
