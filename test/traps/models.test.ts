import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { brokenJson, failure, structured } from "../endpoint/server.ts";
import { against, one, opened } from "../resilience/against.ts";

const LONGEST_BACKOFF_MS = 100_000;

/** ChatOpenAI as it is made, but that its backoff does not wait. */
function modelAt(url: string) {
  const { setTimeout: start } = globalThis;
  const soon = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
    start(work, ms < LONGEST_BACKOFF_MS ? 0 : ms, ...given);
  vi.stubGlobal("setTimeout", soon);
  onTestFinished(() => void vi.unstubAllGlobals());
  return new ChatOpenAI({ model: "gpt-test", apiKey: "none", configuration: { baseURL: url } });
}

describe("an endpoint that fails for good", () => {
  const down = () => failure(500);

  it("is asked seven times by ChatOpenAI alone, before any policy; ours asks as often as the settings say", async () => {
    const endpoint = await opened(down);
    await expect(modelAt(endpoint.url).invoke("Why?")).rejects.toThrow();
    expect(endpoint.requests).toHaveLength(7);

    const ours = await against(down, { OPENAI_MAX_ATTEMPTS: "3" });
    const { result } = await ours.go(one(ours.ask));
    expect(result).toMatchObject({ status: "failed", error: { code: "MODEL_SERVER_ERROR" } });
    expect(ours.endpoint.requests).toHaveLength(3);
  });
});

describe("a structured answer that is not JSON", () => {
  it("makes withStructuredOutput throw, includeRaw or not; ours asks again with the reason", async () => {
    const endpoint = await opened(() => brokenJson());
    const schema = z.object({ approved: z.boolean() });
    const plain = modelAt(endpoint.url).withStructuredOutput(schema, { includeRaw: true });
    await expect(plain.invoke("Is it good?")).rejects.toThrow();

    const verdict = { approved: true, objections: [] };
    const ours = await against([brokenJson(), structured(verdict)]);
    expect((await ours.go(one(ours.judge))).result).toMatchObject({ status: "done", output: { verdict } });
    const [, again] = ours.endpoint.requests;
    expect(again?.body.messages.at(-1)?.content).toContain("the answer is not JSON but begins");
  });
});
