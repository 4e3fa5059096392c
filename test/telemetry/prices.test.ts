import { describe, expect, it } from "vitest";
import { priceOf } from "../../src/telemetry/prices.ts";

const MILLION = { input_tokens: 1_000_000, output_tokens: 1_000_000 };
const price = (name: string, baseUrl?: string, free = false) => priceOf({ name, baseUrl, free }, MILLION);

describe("the price of a call", () => {
  it("is that of the table for a model that it knows at its vendor's endpoint", async () => {
    expect(await price("gpt-4.1-mini")).toBeCloseTo(0.4 + 1.6, 9);
    expect(await price("gpt-4.1-mini", "https://api.openai.com/v1")).toBeCloseTo(2, 9);
  });

  it("counts tokens read from the cache at their lower price", async () => {
    const model = { name: "gpt-4.1-mini", baseUrl: undefined, free: false };
    const cached = { ...MILLION, input_token_details: { cache_read: 1_000_000 } };
    expect(await priceOf(model, cached)).toBeCloseTo(0.1 + 1.6, 9);
  });

  it("is not known for a known name at another endpoint, nor for a name that the table does not have", async () => {
    expect(await price("gpt-4.1-mini", "http://127.0.0.1:8080/v1")).toBeNull();
    expect(await price("gpt-4.1-mini", "https://gateway.example.org/v1")).toBeNull();
    expect(await price("my-own-model")).toBeNull();
  });

  it("is nothing for a model that is free by its nature", async () => {
    expect(await price("offline", undefined, true)).toBe(0);
  });
});
