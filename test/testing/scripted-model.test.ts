import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { GraphwrightError } from "../../src/errors.ts";
import { after, always, calls, fails, ScriptError, ScriptedModel, when } from "../../src/testing/index.ts";

const as = (role: string) => ({ metadata: { role } });
async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const search = tool(() => "found", {
  name: "search",
  description: "Searches.",
  schema: z.object({ query: z.string() }),
});
const VERDICT = { type: "function", function: { name: "Verdict", parameters: { type: "object" } } };
const approved = { approved: true, objections: [] };

describe("by role", () => {
  it("answers each role with its own lines, in the order of that role's calls, and remembers what was asked", async () => {
    const model = new ScriptedModel({ writer: ["plan", "draft"], reviewer: [approved] });
    const system = new SystemMessage("You write.");
    const said = [
      await model.invoke([system, new HumanMessage("Plan it.")], as("writer")),
      await model.bindTools([VERDICT], { tool_choice: "Verdict" }).invoke("Judge it.", as("reviewer")),
      await model.invoke("Write it.", as("writer")),
    ];
    expect(said.map(({ text }) => text)).toEqual(["plan", "", "draft"]);
    expect(said[0]).toMatchObject({
      usage_metadata: { input_tokens: 4, output_tokens: 1, total_tokens: 5 },
      response_metadata: { model_name: "scripted", finish_reason: "stop" },
    });
    expect(model.requests.map(({ messages, ...request }) => [messages.length, request])).toEqual([
      [2, { role: "writer", text: "Plan it.", schema: undefined, tools: [] }],
      [1, { role: "reviewer", text: "Judge it.", schema: "Verdict", tools: ["Verdict"] }],
      [1, { role: "writer", text: "Write it.", schema: undefined, tools: [] }],
    ]);
    model.assertDone();
  });

  it("knows the role in a stream, in a binding and inside a graph's parallel branches", async () => {
    const model = new ScriptedModel({ a: [after(20, "from a")], b: ["from b"], c: ["from c", "again"] });
    const branch = (role: "a" | "b") => async () => ({ [role]: (await model.invoke("?", as(role))).text });
    const State = new StateSchema({ a: z.string(), b: z.string() });
    const graph = new StateGraph(State)
      .addNode("askA", branch("a"))
      .addNode("askB", branch("b"))
      .addEdge(START, "askA")
      .addEdge(START, "askB")
      .addEdge("askA", END)
      .addEdge("askB", END)
      .compile();
    expect(await graph.invoke({ a: "", b: "" })).toEqual({ a: "from a", b: "from b" });
    let streamed = "";
    for await (const chunk of await model.stream("?", as("c"))) streamed += chunk.text;
    expect(streamed).toBe("from c");
    expect((await model.withConfig(as("c")).invoke("?")).text).toBe("again");
  });

  it("throws on a call that the script does not expect, naming the role and the prompt", async () => {
    const model = new ScriptedModel({ writer: ["plan"] });
    const prompt = `Write ${"x".repeat(300)}`;
    await model.invoke("Plan it.", as("writer"));
    const dry = await model.invoke(prompt, as("writer")).catch((error: unknown) => error);
    expect(dry).toBeInstanceOf(ScriptError);
    expect(dry).toBeInstanceOf(GraphwrightError);
    expect(dry).toMatchObject({ code: "SCRIPT", role: "writer" });
    expect(String(dry)).toBe(
      `ScriptError: The role "writer" asked for an answer, but no line is left. The prompt: ${prompt.slice(0, 200)}…`,
    );
    await expect(model.invoke("?", as("critic"))).rejects.toThrow(
      'The role "critic" asked for an answer, but the script has lines only for writer',
    );
    await expect(model.invoke("?")).rejects.toThrow("A call without a role");
    expect(model.requests).toHaveLength(4);
  });
});

describe("by request", () => {
  it("takes lines by what is asked, never by arrival", async () => {
    const about = (word: string) => (request: { text: string }) => request.text.includes(word);
    const model = new ScriptedModel([
      when(about("cost"), after(15, "cheap")),
      when(about("risk"), "low"),
      when(about("risk"), "high"),
      when((request) => request.role === "judge", always(approved)),
    ]);
    const said = await model.batch(["the risk?", "the cost?", "the risk?"]);
    expect(said.map(({ text }) => text)).toEqual(["low", "cheap", "high"]);
    for (const _ of [1, 2]) {
      expect((await model.invoke("?", as("judge"))).text).toBe(JSON.stringify(approved));
    }
    model.assertDone();
    await expect(model.invoke("the cost?")).rejects.toThrow("none of the 1 lines left");
  });

  it("takes a role's conditional lines before the next in order, and lines that are functions", async () => {
    const urgent = when(({ text }) => text.includes("urgent"), "now");
    const model = new ScriptedModel({ a: ["first", urgent, always(({ text }) => `echo ${text}`)] });
    const said: string[] = [];
    for (const asked of ["urgent x", "y", "urgent z", "w"]) {
      said.push((await model.invoke(asked, as("a"))).text);
    }
    expect(said).toEqual(["now", "first", "echo urgent z", "echo w"]);
  });
});

describe("forms of answers", () => {
  it.each(["generate", "stream"])("calls tools, with ids that no other line has (%s)", async (how) => {
    const model = new ScriptedModel({
      a: [calls({ name: "search", args: { query: "café" } }, { name: "search", args: {} }), approved],
    });
    const bound = model.bindTools([search]);
    const ask = async (text: string) => {
      if (how === "generate") return bound.invoke(text, as("a"));
      const [first, ...rest] = await collected(await bound.stream(text, as("a")));
      return rest.reduce((whole, chunk) => whole.concat(chunk), first ?? expect.unreachable());
    };
    const message = await ask("?");
    expect(message.tool_calls).toEqual([
      { name: "search", args: { query: "café" }, id: "call_a_0__0", type: "tool_call" },
      { name: "search", args: {}, id: "call_a_0__1", type: "tool_call" },
    ]);
    expect(message.response_metadata).toMatchObject({ finish_reason: "tool_calls", model_name: "scripted" });
    expect(message).toMatchObject({ usage_metadata: { input_tokens: 1, output_tokens: 1 } });
    expect((await ask("?")).tool_calls).toMatchObject([
      { name: "search", args: approved, id: "call_a_1__0" },
    ]);
  });

  it("streams a text in a few chunks, the last with usage", async () => {
    const model = new ScriptedModel([always("one two three four five")]);
    const chunks = await collected(await model.stream("?"));
    expect(chunks).toHaveLength(5);
    expect(chunks.filter((chunk) => chunk.usage_metadata)).toEqual(chunks.slice(-1));
    expect(chunks.at(-1)).toMatchObject({ usage_metadata: { input_tokens: 1, output_tokens: 5 } });
  });

  it("answers a schema in the form in which it is asked: JSON as text, a forced tool, withStructuredOutput", async () => {
    const model = new ScriptedModel([always(approved)]);
    const response_format = { type: "json_schema", json_schema: { name: "Verdict" } };
    const asText = await model.withConfig({ response_format }).invoke("?");
    const choice = { type: "function", function: { name: "Verdict" } };
    const asCall = await model.bindTools([search, VERDICT], { tool_choice: choice }).invoke("?");
    const schema = z.object({ approved: z.boolean() });
    expect(JSON.parse(asText.text)).toEqual(approved);
    expect(asCall.tool_calls).toMatchObject([{ name: "Verdict", args: approved }]);
    expect(await model.withStructuredOutput(schema).invoke("?")).toEqual(approved);
    expect(model.requests.map(({ schema }) => schema)).toEqual(["Verdict", "Verdict", undefined]);
    await expect(model.bindTools([search, VERDICT]).invoke("?")).rejects.toThrow("search, Verdict");
  });

  it("throws injected errors as they are, and ends a delay when the call is aborted", async () => {
    const down = new TypeError("fetch failed");
    const model = new ScriptedModel({ a: [fails(down), after(60_000, "late"), "next"] });
    await expect(model.invoke("?", as("a"))).rejects.toBe(down);
    const begun = performance.now();
    const signal = AbortSignal.timeout(30);
    await expect(model.invoke("?", { ...as("a"), signal })).rejects.toThrow(/abort/i);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await expect(model.invoke("?", { ...as("a"), signal })).rejects.toThrow();
    expect((await model.invoke("?", as("a"))).text).toBe("next");
  });
});

it("lists the lines that no call has taken", async () => {
  const model = new ScriptedModel({
    writer: ["plan", "draft", always("more")],
    reviewer: [approved, after(5, fails(new Error("down"))), calls({ name: "search", args: {} })],
  });
  await model.invoke("?", as("writer"));
  expect(() => model.assertDone()).toThrow(
    [
      "Lines that no call has taken:",
      '  writer[1] "draft"',
      '  reviewer[0] {"approved":true,"objections":[]}',
      "  reviewer[1] after 5 ms: fails: Error: down",
      "  reviewer[2] calls: search",
    ].join("\n"),
  );
});
