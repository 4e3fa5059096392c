import {
  AIMessage,
  type AIMessageFields,
  HumanMessage,
  type StandardMessageStructure,
} from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { marginOf } from "../../src/telemetry/margin.ts";
import { aboutTokensOf, tokensOf } from "../../src/telemetry/tokens.ts";
import { callEstimate, cutOff, REFUSED, usageOf } from "../../src/telemetry/usage.ts";

const MODEL = { name: "gpt-4.1-mini", baseUrl: undefined, free: false };
const UNKNOWN = { ...MODEL, baseUrl: "http://127.0.0.1:1/v1" };
const said = (fields: AIMessageFields<StandardMessageStructure>) =>
  new AIMessage<StandardMessageStructure>({ content: "", ...fields });
const PROSE = "The leader is elected by a majority, and a new one is elected after a crash. ".repeat(10);
const asking = (more: object = {}) => ({
  messages: [new HumanMessage(PROSE)],
  maxOutputTokens: null,
  canShrink: false,
  exact: false,
  ...more,
});
/** What the chat format adds to a prompt of one message. */
const FORMAT = 7;

describe("tokens", () => {
  it("are those of o200k, counted in pieces without losing or adding much", async () => {
    expect(await tokensOf("")).toBe(0);
    expect(await tokensOf("hello world")).toBe(2);
    const words = await tokensOf("The leader is elected by a majority.");
    expect(words).toBe(8);
    const long = await tokensOf(PROSE.repeat(100));
    expect(long / (await tokensOf(PROSE))).toBeGreaterThan(99);
    expect(long / (await tokensOf(PROSE))).toBeLessThan(101);
  });

  it("are counted of text that looks like the tokenizer's own marks, and of words without an end", async () => {
    expect(await tokensOf("<|endoftext|>")).toBeGreaterThan(1);
    expect(await tokensOf("a".repeat(100_000))).toBeGreaterThan(10_000);
  });

  it("are about a third of the bytes, where no cap weighs them", () => {
    expect([aboutTokensOf(""), aboutTokensOf("a"), aboutTokensOf("äöüß")]).toEqual([0, 1, 3]);
  });
});

describe("what a call may use", () => {
  it("is its messages and what goes with them, roughly where no cap weighs it", async () => {
    const alone = await callEstimate(MODEL, asking());
    expect(alone.inputTokens).toBe(Math.ceil(PROSE.length / 3) + FORMAT);
    const { inputTokens } = await callEstimate(MODEL, asking({ extras: { type: "object" } }));
    expect(inputTokens).toBe(Math.ceil((PROSE.length + '{"type":"object"}'.length) / 3) + FORMAT);
  });

  it("is counted exactly under a cap, times the endpoint's margin", async () => {
    const { inputTokens } = await callEstimate({ ...UNKNOWN, name: "new" }, asking({ exact: true }));
    expect(inputTokens).toBe(Math.ceil(((await tokensOf(PROSE)) + FORMAT) * 1.2));
  });

  it("holds the maximum output, the least that it may be shrunk to, and the prices of both", async () => {
    const estimate = await callEstimate(MODEL, asking({ maxOutputTokens: 1000, canShrink: true }));
    expect(estimate).toMatchObject({ outputTokens: 1000, least: { outputTokens: 64 } });
    const input = (estimate.inputTokens * 0.4) / 1e6;
    expect(estimate.usd).toBeCloseTo(input + 0.0016, 9);
    expect(estimate.least?.usd).toBeCloseTo(input + (64 * 1.6) / 1e6, 9);
    expect(await callEstimate(UNKNOWN, asking())).toMatchObject({ outputTokens: null, usd: null });
    expect(await callEstimate(UNKNOWN, asking({ maxOutputTokens: 1000 }))).not.toHaveProperty("least");
  });
});

describe("an endpoint's margin", () => {
  it("is learnt from the largest share that it has reported, and never below what was counted", async () => {
    const model = { ...UNKNOWN, name: "learns" };
    const estimate = await callEstimate(model, asking({ exact: true }));
    const reports = (input_tokens: number) => ({
      usage_metadata: { input_tokens, output_tokens: 1, total_tokens: input_tokens + 1 },
    });
    await usageOf(model, said(reports(estimate.counted / 2)), estimate);
    expect(marginOf(model)).toBeCloseTo(1.02, 9);
    await usageOf(model, said(reports(estimate.counted * 1.5)), estimate);
    await usageOf(model, said(reports(estimate.counted)), estimate);
    expect(marginOf(model)).toBeCloseTo(1.53, 9);
    expect(marginOf({ ...model, baseUrl: "http://127.0.0.1:2/v1" })).toBe(1.2);
  });
});

describe("what a call used", () => {
  const estimate = { inputTokens: 120, outputTokens: 50, usd: 0.5, counted: 100, exact: false };

  it("is what the endpoint reported, at its price", async () => {
    const usage_metadata = { input_tokens: 1_000_000, output_tokens: 1_000_000, total_tokens: 2_000_000 };
    const usage = await usageOf(MODEL, said({ usage_metadata }), estimate);
    expect(usage).toEqual({ inputTokens: 1e6, outputTokens: 1e6, usd: 2, estimated: false });
  });

  it("is counted, and marked as estimated, where the endpoint reported nothing", async () => {
    const usage = await usageOf(UNKNOWN, new AIMessage("x".repeat(30)), estimate);
    expect(usage).toEqual({ inputTokens: 100, outputTokens: 10, usd: null, estimated: true });
    const args = { text: "x".repeat(300) };
    const broken = said({ invalid_tool_calls: [{ type: "invalid_tool_call", args: JSON.stringify(args) }] });
    expect((await usageOf(UNKNOWN, broken, estimate)).outputTokens).toBeGreaterThan(100);
  });

  it("is all that it could have used where it was cut off, and a call without tokens where it was refused", () => {
    expect(cutOff(estimate)).toEqual({ inputTokens: 120, outputTokens: 50, usd: 0.5, estimated: true });
    expect(cutOff({ ...estimate, outputTokens: null })).toMatchObject({ outputTokens: 0, estimated: true });
    expect(REFUSED).toEqual({ inputTokens: 0, outputTokens: 0, usd: 0, estimated: false });
  });
});
