import {
  AIMessage,
  type AIMessageFields,
  HumanMessage,
  type StandardMessageStructure,
} from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { callEstimate, cutOff, estimatedTokens, REFUSED, usageOf } from "../../src/telemetry/usage.ts";

const MODEL = { name: "gpt-4.1-mini", baseUrl: undefined, free: false };
const UNKNOWN = { ...MODEL, baseUrl: "http://127.0.0.1:1/v1" };
const said = (fields: AIMessageFields<StandardMessageStructure>) =>
  new AIMessage<StandardMessageStructure>({ content: "", ...fields });
const ASKED = [new HumanMessage("x".repeat(300))];

describe("what a call may use", () => {
  it("is a token for three bytes, rounded up, of its messages and of what goes with them", async () => {
    expect([estimatedTokens(""), estimatedTokens("a"), estimatedTokens("äöüß")]).toEqual([0, 1, 3]);
    const alone = await callEstimate(MODEL, ASKED, undefined, undefined);
    expect(alone.inputTokens).toBe(100);
    const { inputTokens } = await callEstimate(MODEL, ASKED, { type: "object" }, undefined);
    expect(inputTokens).toBe(Math.ceil((300 + '{"type":"object"}'.length) / 3));
  });

  it("holds the maximum output, and its price where that is known", async () => {
    const estimate = await callEstimate(MODEL, ASKED, undefined, 1000);
    expect(estimate).toMatchObject({ inputTokens: 100, outputTokens: 1000 });
    expect(estimate.usd).toBeCloseTo(0.000_04 + 0.0016, 9);
    expect(await callEstimate(UNKNOWN, ASKED, undefined, undefined)).toEqual({
      inputTokens: 100,
      outputTokens: null,
      usd: null,
    });
  });
});

describe("what a call used", () => {
  const estimate = { inputTokens: 100, outputTokens: 50, usd: 0.5 };
  const usage_metadata = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };

  it("is what the endpoint reports", async () => {
    const usage = await usageOf(MODEL, said({ usage_metadata }), estimate);
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 3, estimated: false });
    expect(usage.usd).toBeCloseTo((7 * 0.4 + 3 * 1.6) / 1e6, 12);
  });

  it("is counted where the endpoint reports nothing, tool calls that cannot be read included", async () => {
    const usage = await usageOf(UNKNOWN, new AIMessage("x".repeat(30)), estimate);
    expect(usage).toEqual({ inputTokens: 100, outputTokens: 10, usd: null, estimated: true });
    const broken = said({
      invalid_tool_calls: [{ type: "invalid_tool_call", name: "search", args: "x".repeat(300) }],
    });
    expect((await usageOf(UNKNOWN, broken, estimate)).outputTokens).toBeGreaterThan(100);
  });

  it("is all that it could have used where it was cut off, and nothing where it was refused", () => {
    expect(cutOff(estimate)).toEqual({ ...estimate, estimated: true });
    expect(cutOff({ ...estimate, outputTokens: null })).toMatchObject({ outputTokens: 0, estimated: true });
    expect(REFUSED).toEqual({ inputTokens: 0, outputTokens: 0, usd: 0, estimated: false });
  });
});
