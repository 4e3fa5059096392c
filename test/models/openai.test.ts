import { tool } from "@langchain/core/tools";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { openaiModel } from "../../src/models/openai.ts";
import { calls, failure, hang, Raw, slowly, stall, text } from "../endpoint/server.ts";
import {
  against,
  expectOneSentence,
  KEY,
  nodes,
  of,
  one,
  QUESTION,
  tokensOf,
  two,
} from "../resilience/against.ts";

const ANSWER = "Because air scatters blue light more than red.";
const USAGE = { prompt_tokens: 1234, completion_tokens: 56 };

describe("a call over HTTP", () => {
  it("asks for a stream with usage, with the prompt, the model and the key of the environment", async () => {
    const { endpoint, ask, go } = await against([text(ANSWER)]);
    await go(one(ask));
    const [request] = endpoint.requests;
    expect(request?.body).toEqual({
      model: "gpt-test",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: QUESTION }],
    });
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it("tells its text as tokens of its node and role, which join to the answer", async () => {
    const { ask, go } = await against([slowly(1, text(ANSWER))]);
    const told = await go(one(ask));
    const tokens = of(told, "token");
    expect(tokens.length).toBeGreaterThan(1);
    expect(new Set(tokens.map(({ node, role }) => `${node} ${role}`))).toEqual(new Set(["work writer"]));
    expect(tokensOf(told)).toBe(ANSWER);
    expect(told.result).toMatchObject({ status: "done", output: { answer: ANSWER } });
  });

  it("gives the tokens of two nodes to each its own", async () => {
    const { ask, go } = await against([text("One."), text("Two.")]);
    const tokens = of(await go(two(ask, ask)), "token");
    const said = (name: string) =>
      tokens
        .filter(({ node }) => node === name)
        .map(({ text }) => text)
        .join("");
    expect([said("first"), said("second")]).toEqual(["One.", "Two."]);
  });

  it("counts the usage that the endpoint reports as it is", async () => {
    const { ask, go } = await against([text(ANSWER, { usage: USAGE })]);
    const told = await go(one(ask));
    const usage = { inputTokens: 1234, outputTokens: 56, usd: null, estimated: false };
    expect(of(told, "spend")).toMatchObject([{ role: "writer", model: "gpt-test", node: "work", usage }]);
    expect(told.result.spend).toMatchObject({ calls: 1, ...usage });
  });

  it("counts the usage itself where the endpoint reports none, and says so", async () => {
    const { ask, go } = await against([text(ANSWER, { usage: "absent" })]);
    const { result } = await go(one(ask));
    expect(result).toMatchObject({ status: "done", spend: { calls: 1, estimated: true } });
    const oneMessage = 4;
    const onePrompt = 3;
    expect(result.spend.inputTokens).toBe(Math.ceil(QUESTION.length / 3) + oneMessage + onePrompt);
    expect(result.spend.outputTokens).toBe(Math.ceil(ANSWER.length / 3));
  });

  it("sends OPENAI_MAX_OUTPUT_TOKENS, and takes no answer that ends there", async () => {
    const { endpoint, ask, go } = await against([text(ANSWER)], { OPENAI_MAX_OUTPUT_TOKENS: "3" });
    const told = await go(one(ask));
    expect(endpoint.requests[0]?.body.max_tokens).toBe(3);
    expect(expectOneSentence(told)).toContain("raise OPENAI_MAX_OUTPUT_TOKENS");
    expect(told.result).toMatchObject({ error: { code: "MODEL_TRUNCATED" }, spend: { outputTokens: 3 } });
  });

  it("takes a caller's own model, and does not ask the environment's", async () => {
    const { endpoint, ask, go } = await against([text(ANSWER)], {
      OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
    });
    const own = openaiModel(
      "own",
      { apiKey: "own-key", baseUrl: endpoint.url, models: ["own"], structured: "tools" },
      null,
    );
    const told = await go(one(ask), { models: own });
    expect(told.result).toMatchObject({ status: "done", output: { answer: ANSWER }, spend: { usd: null } });
    expect(endpoint.requests[0]).toMatchObject({
      body: { model: "own" },
      headers: { authorization: "Bearer own-key" },
    });
  });
});

describe("an agent over HTTP", () => {
  const asked: unknown[] = [];
  const weather = tool(
    ({ city }: { city: string }) => {
      asked.push(city);
      return `Fog in ${city}.`;
    },
    { name: "weather", description: "The weather of a city.", schema: z.object({ city: z.string() }) },
  );
  const work = nodes.agent({
    role: "writer",
    prompt: ({ question }) => question,
    tools: [weather],
    into: "report",
  });

  it("calls its tools, and gives each result back to the call that it answers", async () => {
    asked.length = 0;
    const both = [
      { name: "weather", args: { city: "Oslo" } },
      { name: "weather", args: { city: "Rome" } },
    ];
    const world = await against([calls(...both), text("Fog in both.")]);
    const told = await world.go(one(work));
    expect(told.result.output).toMatchObject({ report: { text: "Fog in both.", ended: "answered" } });
    expect(asked).toEqual(["Oslo", "Rome"]);
    expect(of(told, "tool")).toMatchObject([
      { tool: "weather", args: { city: "Oslo" }, ok: true, node: "work" },
      { tool: "weather", args: { city: "Rome" }, ok: true, node: "work" },
    ]);
    expect(world.endpoint.requests[0]?.body.tools).toMatchObject([
      { type: "function", function: { name: "weather", parameters: { required: ["city"] } } },
    ]);
    expect(world.endpoint.requests[1]?.body.messages).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ id: "call_0_0" }, { id: "call_0_1" }] },
      { role: "tool", tool_call_id: "call_0_0", content: expect.stringContaining("\nFog in Oslo.\n") },
      { role: "tool", tool_call_id: "call_0_1", content: expect.stringContaining("\nFog in Rome.\n") },
    ]);
  });

  it("is told that a call's arguments are not JSON, and calls again", async () => {
    asked.length = 0;
    const broken = calls({ name: "weather", args: new Raw('{"city": "Os') });
    const world = await against([
      broken,
      calls({ name: "weather", args: { city: "Oslo" } }),
      text("Fog in Oslo."),
    ]);
    const { result } = await world.go(one(work));
    expect(result.output).toMatchObject({ report: { text: "Fog in Oslo." } });
    expect(asked).toEqual(["Oslo"]);
    expect(JSON.stringify(world.endpoint.requests[1]?.body.messages)).toContain("are not valid JSON");
  });

  it("counts its tools in a call's estimate", async () => {
    const plain = await against([text(ANSWER, { usage: "absent" })]);
    const without = await plain.go(one(plain.ask));
    const world = await against([text(ANSWER, { usage: "absent" })]);
    const offering = await world.go(one(work));
    expect(offering.result.spend.inputTokens).toBeGreaterThan(without.result.spend.inputTokens + 20);
  });

  it("says to choose another model where the endpoint takes no tools", async () => {
    const world = await against([], {}, { supports: { tools: false } });
    const told = await world.go(one(work));
    expect(expectOneSentence(told)).toContain("choose a model that can call tools");
  });
});

describe("an abort", () => {
  it("stops a request that hangs, ends the run as cancelled, and leaves it to be resumed", async () => {
    const stop = new AbortController();
    const { endpoint, ask, go } = await against(({ n }) => {
      if (n === 1) stop.abort();
      return n === 1 ? hang() : text(`Answer ${n}.`);
    });
    const graph = two(ask, ask);
    const { result } = await go(graph, { signal: stop.signal });
    expect(result).toMatchObject({ status: "cancelled", error: null, path: ["first"], spend: { calls: 2 } });
    await vi.waitFor(() => expect(endpoint.requests[1]?.outcome).toBe("left"), { interval: 2 });
    const resumed = await go(graph, { resume: true });
    expect(resumed.result).toMatchObject({ status: "done", spend: { calls: 3, estimated: true } });
    expect(endpoint.requests).toHaveLength(3);
  });

  it("stops a stream in the middle of an answer", async () => {
    const stop = new AbortController();
    const { endpoint, ask, go } = await against([stall(text(ANSWER)), text(ANSWER)]);
    const onEvent = ({ type }: { type: string }) => type === "token" && stop.abort();
    const { result } = await go(one(ask), { signal: stop.signal, onEvent });
    expect(result).toMatchObject({ status: "cancelled", spend: { calls: 1, estimated: true } });
    await vi.waitFor(() => expect(endpoint.requests[0]?.outcome).toBe("left"), { interval: 2 });
    expect((await go(one(ask), { resume: true })).result).toMatchObject({ output: { answer: ANSWER } });
  });

  it("ends the wait for a retry at once, and nothing is asked after it", async () => {
    const stop = new AbortController();
    const { endpoint, ask, go } = await against([failure(429, { retryAfter: 3600 }), text(ANSWER)]);
    const onEvent = ({ type }: { type: string }) => type === "retry" && stop.abort();
    const told = await go(one(ask), { signal: stop.signal, onEvent });
    expect(of(told, "retry")).toMatchObject([{ delayMs: 60_000 }]);
    expect(told.result).toMatchObject({ status: "cancelled", spend: { calls: 1 } });
    expect(endpoint.requests).toHaveLength(1);
  });
});
