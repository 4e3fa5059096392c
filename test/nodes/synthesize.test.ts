import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { schemas } from "../../src/state/described.ts";
import { ScriptedModel } from "../../src/testing/index.ts";

const Input = z.object({ reports: z.array(z.string()).describe("What was reported.") });
const Output = z.object({ answer: z.string().describe("The answer.") });
const State = new StateSchema({ ...Input.shape, ...Output.shape });
const { synthesize } = nodesFor(State);

const options = {
  role: "writer",
  prompt: ({ reports }: typeof State.State) => reports.join(" "),
  material: ({ reports }: typeof State.State) => reports,
  without: () => "Nobody reported [2].",
  into: "answer",
} as const;

const answerOf = async (node: ReturnType<typeof synthesize<"answer">>, reports: string[]) => {
  const models = new ScriptedModel({ writer: reports.length > 0 ? ["One [1], lost [2]."] : [] });
  const graph = new StateGraph(State, schemas(Input, Output))
    .addNode("write", node)
    .addEdge(START, "write")
    .addEdge("write", END)
    .compile();
  return (await graph.invoke({ reports }, { context: { models } })).answer;
};

it("asks a model only where there is something to put together", async () => {
  expect(await answerOf(synthesize(options), ["One."])).toBe("One [1], lost [2].");
  expect(await answerOf(synthesize(options), [])).toBe("Nobody reported [2].");
});

it("takes out what the text cites beyond its sources, where these are named", async () => {
  const node = synthesize({ ...options, sources: () => [{ id: 1 }] });
  expect(await answerOf(node, ["One."])).toBe("One [1], lost.");
  expect(await answerOf(node, [])).toBe("Nobody reported.");
});
