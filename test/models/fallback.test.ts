import { describe, expect, it } from "vitest";
import { openaiModel } from "../../src/models/openai.ts";
import { run } from "../../src/runtime/run.ts";
import { brokenJson, failure, structured, text } from "../endpoint/server.ts";
import {
  against,
  expectOneSentence,
  inEnvironment,
  KEY,
  nodes,
  of,
  one,
  opened,
  two,
} from "../resilience/against.ts";

const LIST = { OPENAI_MODEL: "first, second", OPENAI_MAX_ATTEMPTS: "2" };

describe("a list of models", () => {
  it("goes on to the next at once where the first is not there", async () => {
    const { endpoint, ask, go } = await against(
      ({ body }) => (body.model === "first" ? failure(404) : text("Second.")),
      LIST,
    );
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "done", output: { answer: "Second." }, spend: { calls: 2 } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first", "second"]);
    expect(of(told, "retry")).toEqual([]);
    expect(of(told, "fallback")).toMatchObject([
      { role: "writer", model: "first", to: "second", node: "work", reason: expect.stringContaining("404") },
    ]);
    expect(of(told, "spend")).toMatchObject([
      { model: "first", ok: false },
      { model: "second", ok: true },
    ]);
  });

  it("goes on to the next where the attempts at the first are used up", async () => {
    const { endpoint, ask, go } = await against([failure(500), failure(500), text("Second.")], LIST);
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "done", output: { answer: "Second." }, spend: { calls: 3 } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first", "first", "second"]);
    expect(
      told.events.map(({ type }) => type).filter((type) => type === "retry" || type === "fallback"),
    ).toEqual(["retry", "fallback"]);
  });

  it("goes on to the next where the answer of the first does not fit its limit", async () => {
    const { ask, go } = await against([text("Fir", { finish: "length" }), text("Second.")], LIST);
    const { result } = await go(one(ask));
    expect(result).toMatchObject({ output: { answer: "Second." }, spend: { calls: 2 } });
  });

  it("fails by the last one's fault where none answers, and begins with the first on resume", async () => {
    const replies = [failure(404), failure(401), text("First.")];
    const { endpoint, ask, go } = await against(replies, LIST);
    const told = await go(one(ask));
    expect(expectOneSentence(told)).toContain("refused the key for second");
    expect((await go(one(ask), { resume: true })).result).toMatchObject({ output: { answer: "First." } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first", "second", "first"]);
  });

  it("begins with the first for each question, also when it is asked again", async () => {
    const replies = [failure(404), brokenJson(), structured({ approved: true, objections: [] })];
    const { endpoint, judge, go } = await against(replies, LIST);
    expect((await go(one(judge))).result).toMatchObject({ output: { verdict: { approved: true } } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first", "second", "first"]);
  });
});

describe("the models of roles", () => {
  it("are set one by one in the environment, each with its endpoint, key and way of answering", async () => {
    const other = await opened([text("Written.")]);
    const { endpoint, ask, judge, go } = await against([structured({ approved: true, objections: [] })], {
      OPENAI_MODEL_WRITER: "fast",
      OPENAI_BASE_URL_WRITER: other.url,
      OPENAI_API_KEY_WRITER: "another-key",
      OPENAI_STRUCTURED_OUTPUT_REVIEWER: "tools",
    });
    const { result } = await go(two(ask, judge));
    expect(result).toMatchObject({
      status: "done",
      output: { answer: "Written.", verdict: { approved: true } },
    });
    expect(other.requests).toMatchObject([
      { body: { model: "fast" }, headers: { authorization: "Bearer another-key" } },
    ]);
    expect(endpoint.requests).toMatchObject([
      { body: { model: "gpt-test", tools: [{}] }, headers: { authorization: `Bearer ${KEY}` } },
    ]);
  });

  it("are a run's own where it names them: one role, the others by default", async () => {
    const { endpoint, ask, judge, go } = await against(({ body }) =>
      body.model === "writing" ? text("Written.") : structured({ approved: true, objections: [] }),
    );
    await go(two(ask, judge), { models: { writer: "writing", default: "judging" } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["writing", "judging"]);
  });

  it("are the environment's for a role that a run's own do not name", async () => {
    const { endpoint, ask, go } = await against([text("Written.")]);
    await go(one(ask), { models: { reviewer: "judging" } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["gpt-test"]);
  });

  it("fall back from a name to a caller's own model", async () => {
    const { endpoint, ask, go } = await against([failure(404), text("Own.")]);
    const at = { apiKey: KEY, baseUrl: endpoint.url, models: [], structured: "tools" as const };
    const told = await go(one(ask), { models: ["gone", openaiModel("own", at, null)] });
    expect(told.result).toMatchObject({ output: { answer: "Own." } });
    expect(of(told, "fallback")).toMatchObject([{ model: "gone", to: "own" }]);
  });

  it("are kept by name for a resume that names none", async () => {
    const { endpoint, ask, go } = await against([failure(401), text("Written.")]);
    await go(one(ask), { models: "chosen" });
    await go(one(ask), { resume: true });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["chosen", "chosen"]);
  });

  it("cannot be an empty list", async () => {
    const { endpoint, ask, go } = await against([]);
    await expect(go(one(ask), { models: [] })).rejects.toMatchObject({ code: "BAD_SETTING" });
    expect(endpoint.requests).toEqual([]);
  });

  it("cannot be a name where the environment has no endpoint", async () => {
    inEnvironment({});
    const ask = nodes.ask({ role: "writer", prompt: () => "", into: "answer" });
    const started = run(one(ask), { question: "?" }, { models: "gpt-test" });
    await expect(started).rejects.toMatchObject({
      code: "BAD_SETTING",
      message: expect.stringContaining("OPENAI_BASE_URL"),
    });
  });
});
