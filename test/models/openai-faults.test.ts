import { describe, expect, it } from "vitest";
import { openaiModel } from "../../src/models/openai.ts";
import {
  closedPort,
  cut,
  failure,
  hang,
  malformedBody,
  type Reply,
  reset,
  stall,
  text,
} from "../endpoint/server.ts";
import { against, expectOneSentence, KEY, of, one, tokensOf, two } from "../resilience/against.ts";

const ANSWER = "Because air scatters blue light more than red.";
const SHORT = { OPENAI_TIMEOUT_SECONDS: "0.4" };
const sseError = (error: object) => malformedBody(JSON.stringify({ error }));

interface Fault {
  reply: Reply;
  code: string;
  /** What the message says to do. */
  advice: string;
  environment?: Record<string, string>;
}

const PASSING: Record<string, Fault> = {
  "a 429 with Retry-After": {
    reply: failure(429, { retryAfter: 0.002 }),
    code: "MODEL_RATE_LIMITED",
    advice: "wait, or raise the limit",
  },
  "a 429 without Retry-After": {
    reply: failure(429),
    code: "MODEL_RATE_LIMITED",
    advice: "wait, or raise the limit",
  },
  "a 500": { reply: failure(500), code: "MODEL_SERVER_ERROR", advice: "try again later" },
  "a 503 with a page in place of JSON": {
    reply: { kind: "failure", status: 503, headers: {}, body: "<html>\n<h1>Bad gateway</h1>\n</html>" },
    code: "MODEL_SERVER_ERROR",
    advice: "try again later",
  },
  "a stream that reports an error": {
    reply: sseError({ message: "The engine is overloaded.\nSorry.", type: "overloaded" }),
    code: "MODEL_SERVER_ERROR",
    advice: "try again later",
  },
  "a stream whose connection breaks": {
    reply: cut(text(ANSWER)),
    code: "MODEL_BAD_RESPONSE",
    advice: "check the endpoint",
  },
  "a stream that ends halfway as if it were whole": {
    reply: cut(text(ANSWER), "ended"),
    code: "MODEL_BAD_RESPONSE",
    advice: "check the endpoint",
  },
  "malformed JSON in the stream": {
    reply: malformedBody(),
    code: "MODEL_BAD_RESPONSE",
    advice: "check the endpoint",
  },
  "a connection that breaks before the first byte": {
    reply: reset(),
    code: "MODEL_BAD_RESPONSE",
    advice: "check the endpoint",
  },
  "no byte within OPENAI_TIMEOUT_SECONDS": {
    reply: hang(),
    code: "MODEL_TIMEOUT",
    advice: "raise OPENAI_TIMEOUT_SECONDS",
    environment: SHORT,
  },
  "a stream that stalls for OPENAI_TIMEOUT_SECONDS": {
    reply: stall(text(ANSWER)),
    code: "MODEL_TIMEOUT",
    advice: "raise OPENAI_TIMEOUT_SECONDS",
    environment: SHORT,
  },
};

const LASTING: Record<string, Fault> = {
  "a 401": { reply: failure(401), code: "MODEL_UNAUTHORIZED", advice: "check OPENAI_API_KEY" },
  "a 401 that repeats the key": {
    reply: failure(401, {
      message: `Incorrect API key provided: ${KEY}, also as sk-proj-0123456789abc or sk-proj-****9abc.`,
    }),
    code: "MODEL_UNAUTHORIZED",
    advice: "check OPENAI_API_KEY",
  },
  "a 404": { reply: failure(404), code: "MODEL_NOT_FOUND", advice: "set OPENAI_MODEL" },
  "a 400": { reply: failure(400), code: "MODEL_BAD_REQUEST", advice: "choose another model" },
  "a context that is too long": {
    reply: failure(400, { message: "This model's maximum context length is 9 tokens." }),
    code: "MODEL_BAD_REQUEST",
    advice: "shorten the input",
  },
  "a refusal that comes as an event of the stream": {
    reply: sseError({ message: "max_tokens must be positive", code: 400 }),
    code: "MODEL_BAD_REQUEST",
    advice: "choose another model",
  },
  "an answer cut at its limit": {
    reply: text(ANSWER, { finish: "length" }),
    code: "MODEL_TRUNCATED",
    advice: "raise OPENAI_MAX_OUTPUT_TOKENS",
  },
};

describe("a fault that may pass", () => {
  it.each(Object.entries(PASSING))("is tried again: %s", async (_, { reply, advice, environment }) => {
    const { endpoint, ask, go } = await against([reply, text(ANSWER)], environment);
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "done", output: { answer: ANSWER }, spend: { calls: 2 } });
    expect(of(told, "retry")).toMatchObject([
      {
        role: "writer",
        model: "gpt-test",
        attempt: 1,
        node: "work",
        reason: expect.stringContaining(advice),
      },
    ]);
    expect(tokensOf(told)).toBe(ANSWER);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each(Object.entries(PASSING))(
    "fails the run once the attempts are used up, to be resumed without paying again for what was answered: %s",
    async (_, { reply, code, advice, environment }) => {
      const { endpoint, ask, go } = await against([text("One."), reply, reply, text("Two.")], {
        OPENAI_MAX_ATTEMPTS: "2",
        ...environment,
      });
      const graph = two(ask, ask);
      const told = await go(graph);
      expect(expectOneSentence(told)).toContain(advice);
      expect(told.result).toMatchObject({ error: { code }, path: ["first"], spend: { calls: 3 } });
      expect(of(told, "retry")).toHaveLength(1);
      const resumed = await go(graph, { resume: true });
      expect(resumed.result).toMatchObject({
        status: "done",
        output: { answer: "Two." },
        path: ["first", "second"],
        spend: { calls: 4 },
      });
      expect(endpoint.requests).toHaveLength(4);
    },
  );
});

describe("a fault that lasts", () => {
  it.each(Object.entries(LASTING))(
    "fails the run at once, to be resumed without paying again for what was answered: %s",
    async (_, { reply, code, advice }) => {
      const { endpoint, ask, go } = await against([text("One."), reply, text("Two.")]);
      const graph = two(ask, ask);
      const told = await go(graph);
      const message = expectOneSentence(told);
      expect(message).toContain(advice);
      expect(message).not.toContain("sk-proj");
      expect(told.result).toMatchObject({ error: { code }, path: ["first"], spend: { calls: 2 } });
      expect(of(told, "retry")).toEqual([]);
      const resumed = await go(graph, { resume: true });
      expect(resumed.result).toMatchObject({
        status: "done",
        output: { answer: "Two." },
        spend: { calls: 3 },
      });
      expect(endpoint.requests).toHaveLength(3);
    },
  );
});

describe("a retry", () => {
  it("waits as long as Retry-After says, and tells it", async () => {
    const { ask, go } = await against([failure(429, { retryAfter: 0.003 }), text(ANSWER)]);
    expect(of(await go(one(ask)), "retry")).toMatchObject([{ delayMs: 3 }]);
  });

  it("takes Retry-After as a date, which may be over", async () => {
    const retryAfter = "Wed, 21 Oct 2015 07:28:00 GMT";
    const { ask, go } = await against([failure(503, { retryAfter }), text(ANSWER)]);
    expect(of(await go(one(ask)), "retry")).toMatchObject([{ delayMs: 0 }]);
  });

  it("leaves the wait to the jitter where Retry-After cannot be read", async () => {
    const { ask, go } = await against([failure(429, { retryAfter: "soon" }), text(ANSWER)]);
    expect(of(await go(one(ask)), "retry")).toMatchObject([{ delayMs: 0 }]);
  });

  it("counts an attempt that was refused as a call without tokens, and one that broke off in full", async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 10 };
    const refused = await against([failure(500), text(ANSWER, { usage })]);
    expect((await refused.go(one(refused.ask))).result.spend).toMatchObject({
      calls: 2,
      inputTokens: 100,
      outputTokens: 10,
      estimated: false,
    });
    const broken = await against([cut(text(ANSWER)), text(ANSWER, { usage })], {
      OPENAI_MAX_OUTPUT_TOKENS: "500",
    });
    expect((await broken.go(one(broken.ask))).result.spend).toMatchObject({
      calls: 2,
      outputTokens: 510,
      estimated: true,
    });
  });
});

describe("an endpoint that cannot be reached", () => {
  it("fails the run after its attempts, to be resumed at another endpoint", async () => {
    const closed = await closedPort();
    const world = await against([text("Two.")], {
      OPENAI_BASE_URL_WRITER: closed,
      OPENAI_MAX_ATTEMPTS: "3",
    });
    const told = await world.go(one(world.ask));
    expect(expectOneSentence(told)).toContain("check OPENAI_BASE_URL and that it runs");
    expect(told.result).toMatchObject({ error: { code: "MODEL_UNREACHABLE" }, spend: { calls: 3 } });
    expect(told.result.error?.message).toContain(closed);
    const models = openaiModel(
      "other",
      { apiKey: KEY, baseUrl: world.endpoint.url, models: ["other"], structured: "tools" },
      null,
    );
    const resumed = await world.go(one(world.ask), { resume: true, models });
    expect(resumed.result).toMatchObject({ status: "done", output: { answer: "Two." }, spend: { calls: 4 } });
  });
});
