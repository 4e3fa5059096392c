import { ToolMessage } from "@langchain/core/messages";
import { type StructuredToolInterface, tool } from "@langchain/core/tools";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toolCall } from "../../src/nodes/tool-call.ts";
import { calculator } from "../../src/tools/calculator.ts";

const Result = z.object({ content: z.string(), ok: z.boolean(), artifact: z.unknown() });
const State = new StateSchema({ args: z.record(z.string(), z.string()), result: Result });

/** What a tool gives where a node calls it. */
async function resultOf(called: StructuredToolInterface, args: Record<string, string> = {}) {
  const graph = new StateGraph(State)
    .addNode("call", async (state) => {
      const { content, ok, artifact } = await toolCall(called, state.args);
      return { result: { content, ok, artifact } };
    })
    .addEdge(START, "call")
    .addEdge("call", END)
    .compile();
  return (await graph.invoke({ args })).result;
}

const named = { name: "look", description: "Looks.", schema: z.object({}) };

describe("a tool call", () => {
  it("has not failed because a document begins like an error", async () => {
    const text = "Error: handling in Raft begins with the term.";
    const look = tool((): [string, string[]] => [text, ["raft.md"]], {
      ...named,
      responseFormat: "content_and_artifact",
    });
    expect(await resultOf(look)).toEqual({ content: text, ok: true, artifact: ["raft.md"] });
  });

  it("has failed where the tool throws, and its text says why", async () => {
    const look = tool(() => {
      throw new Error("the index is being rebuilt");
    }, named);
    expect(await resultOf(look)).toMatchObject({ content: "Error: the index is being rebuilt", ok: false });
  });

  it("has failed where the tool's own message says so", async () => {
    const look = tool(
      () => new ToolMessage({ content: "Nothing there.", status: "error", tool_call_id: "call" }),
      named,
    );
    expect(await resultOf(look)).toMatchObject({ content: "Nothing there.", ok: false });
  });

  it.each([
    ["", "Error: the expression is empty. Give an expression such as 2 + 2."],
    ["1 / 0", 'Error: "1 / 0" is a division by zero, or its result is beyond 1.8e308.'],
  ])("of the calculator has failed where it cannot calculate: %j", async (expression, content) => {
    expect(await resultOf(calculator, { expression })).toMatchObject({ content, ok: false });
    await expect(calculator.invoke({ expression })).rejects.toMatchObject({ code: "CALCULATION" });
  });

  it("of the calculator gives its result", async () => {
    expect(await resultOf(calculator, { expression: "2 + 2" })).toMatchObject({
      content: "2 + 2 = 4",
      ok: true,
    });
  });
});
