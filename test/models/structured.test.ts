import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { catalogue } from "../../graphs/catalogue.ts";
import { graph } from "../../graphs/review-loop/graph.ts";
import { run } from "../../src/runtime/run.ts";
import type { StructuredMethod } from "../../src/settings.ts";
import {
  askedOf,
  brokenJson,
  promptOf,
  strictFaults,
  structured,
  text,
  textOf,
  writerAnswers,
} from "../endpoint/server.ts";
import { against, expectOneSentence, inEnvironment, of, one, opened } from "../resilience/against.ts";

const METHODS: StructuredMethod[] = ["strict", "tools", "json"];
const by = (method: StructuredMethod) => ({ OPENAI_STRUCTURED_OUTPUT: method });
const CHOICE = { category: "research", confidence: 0.8, note: null };
const APPROVED = { approved: true, objections: [] };
const ALL = { strict: false, tools: false, json: false };

describe("a structured question", () => {
  it("is asked with a strict schema by default", async () => {
    const { endpoint, route, go } = await against([structured(CHOICE)]);
    await go(one(route));
    const { response_format: format, tools } = endpoint.requests[0]?.body ?? {};
    expect(tools).toBeUndefined();
    expect(format).toMatchObject({ type: "json_schema", json_schema: { name: "Choice", strict: true } });
    expect(strictFaults(format?.json_schema?.schema)).toEqual([]);
  });

  it("is asked by a forced tool call with OPENAI_STRUCTURED_OUTPUT=tools", async () => {
    const { endpoint, route, go } = await against([structured(CHOICE)], by("tools"));
    await go(one(route));
    const { response_format: format, tools, tool_choice } = endpoint.requests[0]?.body ?? {};
    expect(format).toBeUndefined();
    expect(tool_choice).toEqual({ type: "function", function: { name: "Choice" } });
    expect(tools).toMatchObject([{ type: "function", function: { name: "Choice" } }]);
    expect(strictFaults(tools?.[0]?.function?.parameters)).toEqual([]);
  });

  it("is asked in JSON mode with the schema in words with OPENAI_STRUCTURED_OUTPUT=json", async () => {
    const { endpoint, route, go } = await against([structured(CHOICE)], by("json"));
    await go(one(route));
    const [request] = endpoint.requests;
    expect(request?.body.tools).toBeUndefined();
    expect(request?.body.response_format).toEqual({ type: "json_object" });
    const asked = request && askedOf(request.body);
    expect(asked).toMatchObject({ by: "json", name: "Choice" });
    expect(strictFaults(asked?.schema)).toEqual([]);
  });

  it.each(METHODS)("takes null for a field that may be absent: %s", async (method) => {
    const { route, go } = await against([structured(CHOICE)], by(method));
    const { result } = await go(one(route));
    expect(result).toMatchObject({ status: "done", spend: { calls: 1, estimated: false } });
    expect(result.output?.["choice"]).toEqual({ category: "research", confidence: 0.8 });
  });

  it.each(METHODS)(
    "is asked again with the reason where the full schema refuses what the strict one allows: %s",
    async (method) => {
      const answers = [structured({ ...CHOICE, confidence: 7 }), structured(CHOICE)];
      const { endpoint, route, go } = await against(answers, by(method));
      const told = await go(one(route));
      expect(told.result).toMatchObject({ status: "done", output: { choice: { confidence: 0.8 } } });
      expect(of(told, "asked_again")).toMatchObject([
        { role: "classifier", schema: "Choice", node: "work", reason: expect.stringContaining("confidence") },
      ]);
      expect(of(told, "asked_again")[0]?.reason).not.toContain("\n");
      const again = endpoint.requests[1]?.body;
      const [question, answer, reason] = again?.messages ?? [];
      expect(question?.role).toBe("user");
      expect(answer).toMatchObject({ role: "assistant", content: expect.stringContaining('"confidence":7') });
      expect(reason && textOf(reason)).toContain("expected number to be <=1");
    },
  );

  it.each(METHODS)("with a broken answer is asked again: %s", async (method) => {
    const { endpoint, judge, go } = await against([brokenJson(), structured(APPROVED)], by(method));
    const told = await go(one(judge));
    expect(told.result).toMatchObject({ status: "done", output: { verdict: APPROVED } });
    expect(of(told, "asked_again")).toHaveLength(1);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each(METHODS)("takes no answer that breaks off, though it would approve: %s", async (method) => {
    const half = () => brokenJson('{"approved": true, "objections": [');
    const { judge, go } = await against([half(), half(), half()], by(method));
    const { result } = await go(one(judge));
    expect(result).toMatchObject({ status: "done", output: { verdict: { approved: false } } });
  });

  it.each(METHODS)("takes no answer that its limit cut: %s", async (method) => {
    const { judge, go } = await against([structured(APPROVED, { finish: "length" })], by(method));
    const told = await go(one(judge));
    expect(expectOneSentence(told)).toContain("raise OPENAI_MAX_OUTPUT_TOKENS");
    expect(told.result.error?.code).toBe("MODEL_TRUNCATED");
  });

  it("is read through a fence and after a reasoning preamble", async () => {
    const fenced = `<think>Hm, { maybe }.</think>\n\`\`\`json\n${JSON.stringify(APPROVED)}\n\`\`\``;
    const { judge, go } = await against([text(fenced)], by("json"));
    expect((await go(one(judge))).result).toMatchObject({
      output: { verdict: APPROVED },
      spend: { calls: 1 },
    });
  });
});

describe("prose in place of JSON", () => {
  const prose = () => text("I approve of this: approved, true, yes!");

  it.each(METHODS)("is asked again twice, and then a verdict does not approve: %s", async (method) => {
    const { endpoint, judge, go } = await against([prose(), prose(), prose()], by(method));
    const told = await go(one(judge));
    expect(told.result).toMatchObject({ status: "done", spend: { calls: 3 } });
    expect(told.result.output).toMatchObject({
      verdict: { approved: false, objections: [{ problem: expect.stringContaining("is not JSON") }] },
    });
    expect(of(told, "asked_again")).toHaveLength(2);
    expect(of(told, "note")).toHaveLength(1);
    expect(promptOf(endpoint.requests[2]?.body ?? { model: "", messages: [] })).toContain(
      "I approve of this",
    );
  });

  it("leaves a choice to what the node does otherwise", async () => {
    const { route, go } = await against([prose(), prose(), prose()]);
    const { output } = (await go(one(route))).result;
    expect(output).toMatchObject({
      choice: { category: "writing", confidence: 0, note: expect.stringContaining("is not JSON") },
    });
  });

  it("fails a node that cannot go on without an answer, and says what to do", async () => {
    const { url } = await opened([prose(), prose(), prose()]);
    inEnvironment({ OPENAI_BASE_URL: url, GRAPHWRIGHT_DOCS: await folder() });
    const input = { topic: "Why is the sky blue?" };
    const result = await run(graph, input, { checkpointer: new MemorySaver() });
    expect(result).toMatchObject({ error: { code: "BAD_ANSWER" }, spend: { calls: 3 } });
    const advice = "set OPENAI_STRUCTURED_OUTPUT to another of strict, tools and json";
    expect(expectOneSentence({ result, events: [] })).toContain(advice);
  });
});

describe("an endpoint that knows one way of structured answers", () => {
  it.each(METHODS)("serves with that setting: %s", async (method) => {
    const supports = { ...ALL, [method]: true };
    const { route, go } = await against([structured(CHOICE)], by(method), { supports });
    expect((await go(one(route))).result).toMatchObject({ status: "done" });
  });

  const wrong = METHODS.flatMap((asked) =>
    METHODS.filter((known) => known !== asked).map((known) => [asked, known] as const),
  );
  it.each(wrong)(
    "ends a run that asks by %s, and says which setting to try, where it knows %s",
    async (asked, known) => {
      const supports = { ...ALL, [known]: true };
      const { endpoint, route, go } = await against([structured(CHOICE)], by(asked), { supports });
      const told = await go(one(route));
      const advice = expectOneSentence(told);
      expect(advice).toMatch(/set OPENAI_STRUCTURED_OUTPUT to \w+ or \w+ in place of \w+[.]$/);
      expect(advice.split("OPENAI_STRUCTURED_OUTPUT")[1]).toContain(known);
      expect(told.result.error?.code).toBe("MODEL_BAD_REQUEST");
      expect(endpoint.requests).toHaveLength(1);
    },
  );
});

/** What ends a chat: the same words again would suspend it. */
const SETTLED = { text: "Nothing is left to say.", finished: true };

describe("every workflow of the catalogue", () => {
  const runs = catalogue.flatMap(({ name }) => METHODS.map((method) => [name, method] as const));

  it.each(runs)("asks what a strict endpoint takes: %s by %s", async (name, method) => {
    const entry = catalogue.find((each) => each.name === name);
    const docs = await folder();
    const { url, requests } = await opened(writerAnswers({ Remark: () => SETTLED }));
    inEnvironment({ OPENAI_BASE_URL: url, GRAPHWRIGHT_DOCS: docs, ...by(method) });
    const { graph } = (await entry?.load()) ?? expect.unreachable();
    const input = { [entry?.input ?? ""]: "Explain why the sky is blue, by research" };
    const result = await run(graph, input, { checkpointer: new MemorySaver() });
    expect(result).toMatchObject({ status: "done", error: null });
    const schemas = requests.flatMap(({ body }) => askedOf(body) ?? []);
    const asksInText = ["fan-out", "single", "agents-as-tools"].includes(name);
    expect(schemas.length > 0, "perspectives and agents ask for nothing but text").toBe(!asksInText);
    for (const { schema } of schemas) expect(strictFaults(schema)).toEqual([]);
  });
});

/** A folder of documents that have something on the sky. */
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "graphwright-docs-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  await writeFile(
    join(path, "sky.md"),
    "# The sky\n\nThe sky is blue because air scatters blue light more than red light. Research explains why: the strength of scattering grows with the fourth power of the frequency.\n",
  );
  return path;
}
