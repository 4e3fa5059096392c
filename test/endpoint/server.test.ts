import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { ASK, BY_JSON, BY_SCHEMA, BY_TOOL } from "./asked.ts";
import {
  brokenJson,
  byRole,
  calls,
  closedPort,
  cut,
  type Endpoint,
  type EndpointOptions,
  failure,
  hang,
  late,
  malformedBody,
  type Reply,
  reset,
  slowly,
  stall,
  startEndpoint,
  structured,
  text,
} from "./server.ts";

let endpoint: Endpoint | undefined;
afterEach(() => endpoint?.close());

async function open(answer: EndpointOptions["answer"], options: Partial<EndpointOptions> = {}) {
  endpoint = await startEndpoint({ answer, ...options });
  return {
    endpoint,
    client: new OpenAI({ baseURL: endpoint.url, apiKey: "test", maxRetries: 0, logLevel: "off" }),
  };
}

const error = (promise: PromiseLike<unknown>) =>
  promise.then(
    () => expect.unreachable("the request should have failed"),
    (reason: unknown) => reason,
  );

async function streamed(client: OpenAI, body: object = {}) {
  const parts: string[] = [];
  let usage: unknown;
  let finish: string | null | undefined;
  const stream = await client.chat.completions.create({ ...ASK, ...body, stream: true });
  for await (const chunk of stream) {
    parts.push(chunk.choices[0]?.delta.content ?? "");
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  return { text: parts.join(""), parts: parts.filter(Boolean).length, usage, finish };
}

describe("answers", () => {
  it("gives texts in order, with usage unless it is switched off", async () => {
    const { client, endpoint } = await open([
      text("one", { usage: { prompt_tokens: 3, completion_tokens: 2 } }),
      text("two", { usage: "absent", finish: "length" }),
    ]);
    const first = await client.chat.completions.create(ASK);
    const second = await client.chat.completions.create(ASK);
    expect(first.choices[0]?.message.content).toBe("one");
    expect(first.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
    expect(second.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "two" } });
    expect(second.usage).toBeUndefined();
    expect(await error(client.chat.completions.create(ASK))).toMatchObject({
      status: 400,
      message: expect.stringContaining("after all 2 replies"),
    });
    expect(endpoint.requests.map(({ n, outcome }) => [n, outcome])).toEqual([
      [0, "answered"],
      [1, "answered"],
      [2, "answered"],
    ]);
    expect(endpoint.requests[0]?.headers.authorization).toBe("Bearer test");
  });

  it("streams in several chunks, with usage in the last only if it is asked for", async () => {
    const { client } = await open(({ n }) => text("words of an answer", n === 2 ? { usage: "absent" } : {}));
    const include_usage = { stream_options: { include_usage: true } };
    const plain = await streamed(client);
    expect(plain).toMatchObject({ text: "words of an answer", parts: 4, finish: "stop", usage: undefined });
    expect((await streamed(client, include_usage)).usage).toMatchObject({ completion_tokens: 5 });
    expect((await streamed(client, include_usage)).usage).toBeUndefined();
  });

  it("answers a structured request in the form in which it was asked", async () => {
    const { client } = await open(() => structured({ yes: true }));
    for (const body of [BY_SCHEMA, BY_JSON]) {
      const { choices } = await client.chat.completions.create(body);
      expect(JSON.parse(choices[0]?.message.content ?? "")).toEqual({ yes: true });
    }
    const { choices } = await client.chat.completions.create(BY_TOOL);
    expect(choices[0]?.message).toMatchObject({
      content: null,
      tool_calls: [{ function: { name: "Yes", arguments: '{"yes":true}' } }],
    });
  });

  it("streams tool calls that add up to their arguments", async () => {
    const { client } = await open([calls({ name: "search", args: { query: "café 😀 CAP" } })]);
    const { choices } = await client.chat.completions.stream({ ...ASK }).finalChatCompletion();
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { id: "call_0_0", function: { name: "search", arguments: '{"query":"café 😀 CAP"}' } },
    ]);
  });

  it("cuts an answer at the request's own limit of tokens", async () => {
    const { client } = await open(() => text("x".repeat(100)));
    const { choices, usage } = await client.chat.completions.create({ ...ASK, max_tokens: 5 });
    expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "x".repeat(20) } });
    expect(usage?.completion_tokens).toBe(5);
  });

  it("answers by role: the model's name, or the role that the system message names", async () => {
    const { client } = await open(byRole({ writer: [text("draft")], reviewer: [text("fine")] }));
    const system = { role: "system" as const, content: "You are the reviewer." };
    const reviewed = await client.chat.completions.create({ ...ASK, messages: [system, ...ASK.messages] });
    const written = await client.chat.completions.create({ ...ASK, model: "writer" });
    expect(reviewed.choices[0]?.message.content).toBe("fine");
    expect(written.choices[0]?.message.content).toBe("draft");
    expect(await error(client.chat.completions.create(ASK))).toMatchObject({ status: 400 });
  });
});

describe("faults", () => {
  it.each([
    [401, {}, { code: "invalid_api_key" }],
    [404, {}, { code: "model_not_found" }],
    [429, { retryAfter: 7 }, { code: "rate_limit_exceeded" }],
    [500, {}, { type: "server_error" }],
    [400, { message: "Too long." }, { message: "400 Too long." }],
  ])("gives status %i with an OpenAI error body", async (status, options, expected) => {
    const { client } = await open([failure(status, options)]);
    const thrown = await error(client.chat.completions.create(ASK));
    expect(thrown).toMatchObject({ status, ...expected });
    const after = thrown instanceof OpenAI.APIError ? thrown.headers?.get("retry-after") : undefined;
    expect(after).toBe(status === 429 ? "7" : null);
  });

  it.each<[string, Reply]>([
    ["broken in the body", cut(text("an answer"))],
    ["broken before the body", reset()],
    ["malformed", malformedBody()],
    ["ended early", cut(text("an answer"), "ended")],
  ])("sends an answer that is %s", async (_, reply) => {
    const { client } = await open(() => reply);
    expect(await error(client.chat.completions.create(ASK))).toBeInstanceOf(Error);
    if (reply.stops !== "ended") expect(await error(streamed(client))).toBeInstanceOf(Error);
  });

  it("can end a stream as if it were complete", async () => {
    const { client, endpoint } = await open([cut(text("an answer of words"), "ended")]);
    const { text: got, finish } = await streamed(client);
    expect("an answer of words".startsWith(got)).toBe(true);
    expect(finish).toBeUndefined();
    await expect.poll(() => endpoint.requests[0]?.outcome).toBe("cut");
  });

  it("gives broken JSON in the form in which it was asked", async () => {
    const { client } = await open(() => brokenJson('{"yes": tr'));
    const bySchema = await client.chat.completions.create(BY_SCHEMA);
    const byTool = await client.chat.completions.create(BY_TOOL);
    expect(bySchema.choices[0]?.message.content).toBe('{"yes": tr');
    expect(byTool.choices[0]?.message.tool_calls).toMatchObject([{ function: { arguments: '{"yes": tr' } }]);
  });

  it("hangs before or inside the answer, notes that the client left, and closes all the same", async () => {
    const { client, endpoint } = await open(({ n }) => (n === 0 ? hang() : stall(text("an answer"))));
    for (const body of [ASK, { ...ASK, stream: true as const }]) {
      const response = await client.chat.completions.create(body, { timeout: 100 }).catch((e: unknown) => e);
      if (body === ASK) expect(response).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    }
    await expect.poll(() => endpoint.requests[0]?.outcome).toBe("left");
    expect(endpoint.requests[1]?.outcome).toBe("open");
    await endpoint.close();
    await expect.poll(() => endpoint.requests[1]?.outcome).toBe("left");
  });

  it("waits before an answer and between the parts of a stream", async () => {
    const { client, endpoint } = await open([late(60, text("x")), slowly(20, text("abcd"))]);
    await client.chat.completions.create(ASK);
    await streamed(client);
    const spans = endpoint.requests.map(({ arrivedAt, endedAt = 0 }) => endedAt - arrivedAt);
    expect(Math.min(...spans)).toBeGreaterThan(55);
  });

  it("knows a port that refuses connections", async () => {
    expect(await error(fetch(`${await closedPort()}/models`))).toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
  });
});
