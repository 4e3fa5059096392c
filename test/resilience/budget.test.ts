import { MemorySaver } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, it } from "vitest";
import { graph } from "../../graphs/review-loop/graph.ts";
import { openaiModel } from "../../src/models/openai.ts";
import { run } from "../../src/runtime/run.ts";
import { type EndpointRequest, failure, text, writerAnswers } from "../endpoint/server.ts";
import { against, inEnvironment, KEY, of, one, opened, two } from "./against.ts";

const USAGE = { prompt_tokens: 60, completion_tokens: 40 };
const answers = ({ n }: { n: number }) => text(`Answer ${n}.`, { usage: USAGE });

describe("a cap on calls", () => {
  it("suspends the run exactly at the cap, and a higher one pays only what is left", async () => {
    const { endpoint, ask, go } = await against(answers);
    const graph = two(ask, ask);
    const told = await go(graph, { budget: { calls: 1 } });
    expect(told.result).toMatchObject({
      status: "budget_exhausted",
      error: {
        code: "BUDGET",
        message: expect.stringMatching(/^[^\n]+ resume it with a higher cap to go on[.]$/),
      },
      interrupts: [],
      path: ["first"],
      spend: { calls: 1, inputTokens: 60, outputTokens: 40 },
    });
    expect(endpoint.requests).toHaveLength(1);
    const again = await go(graph, { resume: true });
    expect(again.result).toMatchObject({ status: "budget_exhausted", spend: { calls: 1 } });
    expect(endpoint.requests).toHaveLength(1);
    const { result } = await go(graph, { resume: true, budget: { calls: 2 } });
    expect(result).toMatchObject({
      status: "done",
      output: { answer: "Answer 1." },
      path: ["first", "second"],
      spend: { calls: 2, inputTokens: 120, outputTokens: 80 },
    });
    expect(endpoint.requests).toHaveLength(2);
  });

  it("counts retries: the one that would go over it is not made", async () => {
    const { endpoint, ask, go } = await against([failure(500), failure(500), text("Third.")]);
    const told = await go(one(ask), { budget: { calls: 2 } });
    expect(told.result).toMatchObject({ status: "budget_exhausted", spend: { calls: 2 } });
    expect(of(told, "retry")).toHaveLength(2);
    expect(endpoint.requests).toHaveLength(2);
    const { result } = await go(one(ask), { resume: true, budget: { calls: 3 } });
    expect(result).toMatchObject({ status: "done", output: { answer: "Third." }, spend: { calls: 3 } });
  });

  it("counts the questions that are asked again, and the models that are fallen back to", async () => {
    const prose = () => text("Prose.");
    const again = await against([prose(), prose(), prose()]);
    const asked = await again.go(one(again.judge), { budget: { calls: 2 } });
    expect(asked.result).toMatchObject({ status: "budget_exhausted", spend: { calls: 2 } });
    const fallback = await against([failure(404), text("Second.")], { OPENAI_MODEL: "first,second" });
    const fell = await fallback.go(one(fallback.ask), { budget: { calls: 1 } });
    expect(fell.result).toMatchObject({ status: "budget_exhausted", spend: { calls: 1 } });
    expect(fallback.endpoint.requests).toHaveLength(1);
  });

  it("makes a whole review loop no dearer, however often it is raised by one", async () => {
    const loop = async (capped: boolean) => {
      const { url, requests } = await opened(writerAnswers());
      inEnvironment({ OPENAI_BASE_URL: url, GRAPHWRIGHT_DOCS: "docs" });
      const options = { thread: "t", checkpointer: new MemorySaver() };
      const budget = (calls: number) => (capped ? { budget: { calls } } : {});
      let result = await run(graph, { topic: "What survives a crash?" }, { ...options, ...budget(1) });
      for (let calls = 2; result.status === "budget_exhausted" && calls < 20; calls++) {
        expect(requests).toHaveLength(calls - 1);
        result = await run(graph, null, { ...options, resume: true, ...budget(calls) });
      }
      return { result, calls: requests.length };
    };
    const atOnce = await loop(false);
    const byOne = await loop(true);
    expect(atOnce.result.status).toBe("done");
    expect(byOne.calls).toBe(atOnce.calls);
    expect(byOne.result.output).toEqual(atOnce.result.output);
    expect(byOne.result.path).toEqual(atOnce.result.path);
    expect({ ...byOne.result.spend, ms: 0 }).toEqual({ ...atOnce.result.spend, ms: 0 });
  });

  it("is GRAPHWRIGHT_BUDGET_CALLS where the run names none", async () => {
    const { ask, go } = await against(answers, { GRAPHWRIGHT_BUDGET_CALLS: "1" });
    const told = await go(two(ask, ask));
    expect(told.events[0]).toMatchObject({ type: "run_started", budget: { calls: 1 } });
    expect(told.result).toMatchObject({ status: "budget_exhausted", spend: { calls: 1 } });
  });
});

describe("a cap on tokens", () => {
  it("refuses the call that would not fit any more, and a higher one goes on", async () => {
    const { endpoint, ask, go } = await against(answers);
    const graph = two(ask, ask);
    const { result } = await go(graph, { budget: { tokens: 101 } });
    expect(result).toMatchObject({ status: "budget_exhausted", path: ["first"], spend: { calls: 1 } });
    expect(endpoint.requests).toHaveLength(1);
    const resumed = await go(graph, { resume: true, budget: { tokens: 500 } });
    expect(resumed.result).toMatchObject({
      status: "done",
      spend: { calls: 2, inputTokens: 120, outputTokens: 80 },
    });
  });

  it("shrinks a call's maximum output to what is left, and refuses what leaves next to none", async () => {
    const usage = { prompt_tokens: 60, completion_tokens: 800 };
    const { endpoint, ask, go } = await against(() => text("Answer.", { usage }), {
      OPENAI_MAX_OUTPUT_TOKENS: "1000",
    });
    const { result } = await go(two(ask, ask), { budget: { tokens: 900 } });
    expect(result).toMatchObject({ status: "budget_exhausted", spend: { calls: 1 } });
    const [first, ...more] = endpoint.requests.map(({ body }) => body.max_tokens ?? 0);
    expect(first).toBeGreaterThan(800);
    expect(first).toBeLessThan(900);
    expect(more).toEqual([]);
  });

  it("gives each call a maximum output, also where the settings name none", async () => {
    const { endpoint, ask, go } = await against(answers);
    await go(one(ask), { budget: { tokens: 100_000 } });
    expect(endpoint.requests[0]?.body.max_tokens).toBe(8192);
    await go(one(ask), { thread: "uncapped" });
    expect(endpoint.requests[1]?.body).not.toHaveProperty("max_tokens");
  });

  it("suspends the run where the shrunk answer was cut, and makes that call again with a higher cap", async () => {
    const usage = { prompt_tokens: 60, completion_tokens: 800 };
    const { ask, go } = await against([text("Half an ans", { usage, finish: "length" }), text("Whole.")]);
    const told = await go(one(ask), { budget: { tokens: 900 } });
    expect(told.result).toMatchObject({
      status: "budget_exhausted",
      error: { code: "BUDGET", cap: "tokens" },
      spend: { calls: 1, outputTokens: 800 },
    });
    const resumed = await go(one(ask), { resume: true, budget: { tokens: 10_000 } });
    expect(resumed.result).toMatchObject({
      status: "done",
      output: { answer: "Whole." },
      spend: { calls: 2 },
    });
  });

  it("keeps to it by the endpoint's own count once it has learnt how that one counts", async () => {
    const usage = ({ body }: EndpointRequest) => ({
      prompt_tokens: Math.ceil(JSON.stringify(body.messages).length),
      completion_tokens: Number(body.max_tokens),
    });
    const { ask, go } = await against((request) => text("Answer.", { usage: usage(request) }), {
      OPENAI_MAX_OUTPUT_TOKENS: "100",
    });
    await go(one(ask), { thread: "learns", budget: { tokens: 10_000 } });
    const { result } = await go(two(ask, ask), { budget: { tokens: 300 } });
    expect(result).toMatchObject({ status: "done", spend: { calls: 2 } });
    const spent = result.spend.inputTokens + result.spend.outputTokens;
    expect(spent).toBeGreaterThan(290);
    expect(spent).toBeLessThanOrEqual(300);
  });
});

describe("the soft threshold", () => {
  it("is told once, with the cap, when most of the budget is used up", async () => {
    const { ask, go } = await against(answers);
    const told = await go(two(ask, ask), { budget: { calls: 3, soft: 0.5 } });
    expect(of(told, "budget_low")).toMatchObject([
      { cap: "calls", total: { calls: 2 }, budget: { calls: 3 } },
    ]);
    expect(of(told, "spend").map(({ low }) => low)).toEqual([null, "calls"]);
  });

  it("is at four fifths unless the budget says otherwise, and is not told where all is used up", async () => {
    const { ask, go } = await against(answers);
    expect(of(await go(two(ask, ask), { budget: { calls: 2 } }), "budget_low")).toEqual([]);
    const tokens = await go(two(ask, ask), { thread: "tokens", budget: { tokens: 240 } });
    expect(of(tokens, "budget_low")).toMatchObject([{ cap: "tokens", total: { inputTokens: 120 } }]);
  });
});

describe("a cap on money", () => {
  /** A model that believes to ask OpenAI, so that its price is known. */
  const priced = (url: string) =>
    new ChatOpenAI({
      model: "gpt-4.1-mini",
      apiKey: KEY,
      maxRetries: 0,
      configuration: {
        baseURL: "https://api.openai.com/v1",
        fetch: (input, init) => fetch(String(input).replace("https://api.openai.com/v1", url), init),
      },
    });

  it("counts what a model with a known price costs, refuses the next call, and a higher one goes on", async () => {
    const usage = { prompt_tokens: 1_000_000, completion_tokens: 0 };
    const { endpoint, ask, go } = await against(({ n }) => text(`Answer ${n}.`, { usage }));
    const graph = two(ask, ask);
    const models = priced(endpoint.url);
    const { result } = await go(graph, { models, budget: { usd: 0.3 } });
    expect(result).toMatchObject({ status: "budget_exhausted", path: ["first"], spend: { calls: 1 } });
    expect(result.error?.message).toContain("US dollars");
    expect(result.spend.usd).toBeCloseTo(0.4, 9);
    const resumed = await go(graph, { models, resume: true, budget: { usd: 1 } });
    expect(resumed.result).toMatchObject({ status: "done", spend: { calls: 2 } });
    expect(resumed.result.spend.usd).toBeCloseTo(0.8, 9);
  });

  it("is refused before any request for a model whose price is not known", async () => {
    const { endpoint, ask, go } = await against(answers);
    await expect(go(one(ask), { budget: { usd: 1 } })).rejects.toMatchObject({
      code: "BAD_SETTING",
      message: expect.stringMatching(/^The price of "gpt-test" is not known, .+; cap calls or tokens .+[.]$/),
    });
    expect(endpoint.requests).toEqual([]);
  });

  it("is refused for a known name at an endpoint that is not its vendor's, also a caller's own model", async () => {
    const { endpoint, ask, go } = await against(answers, { OPENAI_MODEL: "gpt-4.1-mini" });
    const at = { apiKey: KEY, baseUrl: endpoint.url, models: [], structured: "tools" as const };
    for (const models of [undefined, openaiModel("gpt-4.1-mini", at, null)]) {
      await expect(go(one(ask), { models, budget: { usd: 1 } })).rejects.toMatchObject({
        code: "BAD_SETTING",
      });
    }
    expect(endpoint.requests).toEqual([]);
  });
});
