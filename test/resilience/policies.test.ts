import { type StructuredToolInterface, tool } from "@langchain/core/tools";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { openaiModel } from "../../src/models/openai.ts";
import { parallel } from "../../src/nodes/branch.ts";
import { guardOf } from "../../src/resilience/endpoint-guard.ts";
import { ScriptedModel } from "../../src/testing/index.ts";
import { brokenJson, calls, failure, hang, type Reply, reset, structured, text } from "../endpoint/server.ts";
import { against, expectOneSentence, KEY, nodes, of, one, opened, type Told } from "./against.ts";

/** Answers that wait until they are let go, and how many were open at once at most. */
function held(answer: (n: number) => Reply = (n) => text(`Answer ${n}.`)) {
  const open: (() => void)[] = [];
  let most = 0;
  return {
    answer: async ({ n }: { n: number }) => {
      await new Promise<void>((letGo) => {
        open.push(letGo);
        most = Math.max(most, open.length);
      });
      return answer(n);
    },
    letGo: (count = open.length) => {
      for (const go of open.splice(0, count)) go();
    },
    get open() {
      return open.length;
    },
    get most() {
      return most;
    },
  };
}

const codeOf = ({ result }: Told) => result.error?.code;
const circuitsOf = (told: Told) => of(told, "circuit").map(({ state }) => state);
/** Waits for what other processes and the network bring about. */
const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 30_000, interval: 2 });

describe("the limit on calls at once", () => {
  it("holds for all runs of the process together, and tells each that has to wait", async () => {
    const gate = held();
    const { endpoint, ask, go } = await against(gate.answer, { OPENAI_MAX_CONCURRENT: "2" });
    let queued = 0;
    const onEvent = ({ type }: { type: string }) => {
      if (type === "queued") queued += 1;
    };
    const running = ["a", "b", "c", "d", "e", "f"].map((thread) => go(one(ask), { thread, onEvent }));
    await until(() => queued === 4);
    while (endpoint.requests.length < 6 || gate.open > 0) {
      await until(() => gate.open === 2);
      gate.letGo();
    }
    const ended = await Promise.all(running);
    expect(ended.map(({ result }) => result.status)).toEqual(Array(6).fill("done"));
    expect(gate.most).toBe(2);
    const told = ended.flatMap((each) => of(each, "queued"));
    expect(told).toHaveLength(4);
    expect(told[0]).toMatchObject({ role: "writer", model: "gpt-test", node: "work" });
  });

  it("leaves what happens in a call to its own run, whoever made room for it", async () => {
    const { go } = await against(({ body }) => text(`About ${body.messages[0]?.content}.`), {
      OPENAI_MAX_CONCURRENT: "1",
    });
    const about = (what: string) => nodes.ask({ role: what, prompt: () => what, into: "answer" });
    const whats = ["ants", "bees", "crows", "deer"];
    const ended = await Promise.all(whats.map((what) => go(one(about(what)), { thread: what })));
    for (const [at, told] of ended.entries()) {
      const what = whats[at];
      expect(told.result).toMatchObject({ output: { answer: `About ${what}.` }, spend: { calls: 1 } });
      expect(new Set(told.events.flatMap((event) => ("role" in event ? [event.role] : [])))).toEqual(
        new Set([what]),
      );
      expect(of(told, "spend")).toHaveLength(1);
    }
  });

  it.each([
    ["its run is cancelled", "cancelled"],
    ["its run has no time left", "budget_exhausted"],
  ])(
    "a call that waits for its turn is not made where %s, and costs the next one nothing",
    async (_, how) => {
      const gate = held();
      const { endpoint, ask, go } = await against(gate.answer, { OPENAI_MAX_CONCURRENT: "1" });
      const first = go(one(ask), { thread: "first" });
      await until(() => gate.open === 1);
      const cancel = new AbortController();
      let next: Promise<Told> | undefined;
      const left = await go(one(ask), {
        thread: "left",
        ...(how === "cancelled" ? { signal: cancel.signal } : { budget: { ms: 1_000 } }),
        onEvent: ({ type }) => {
          if (type !== "queued") return;
          next = go(one(ask), {
            thread: "next",
            onEvent: ({ type }) => type === "queued" && cancel.abort(),
          });
        },
      });
      expect(left.result).toMatchObject({ status: how, spend: { calls: 0 } });
      expect(endpoint.requests).toHaveLength(1);
      gate.letGo();
      await until(() => gate.open === 1);
      gate.letGo();
      expect((await first).result.status).toBe("done");
      expect((await next)?.result.status).toBe("done");
      expect(endpoint.requests).toHaveLength(2);
    },
  );
});

describe("a run that is stopped", () => {
  /** A graph of four calls side by side, at an endpoint that takes two at once and hangs until it is told not to. */
  async function fourCalls() {
    let hangs = true;
    const answer = () => (hangs ? hang() : text("Here."));
    const { ask, ...world } = await against(answer, { OPENAI_MAX_CONCURRENT: "2" });
    const graph = one(async (state, config) => {
      const work = async () => (await ask(state, config)).answer;
      const branches = ["a", "b", "c", "d"].map((who) => ({ who, work }));
      await parallel(branches, "all");
      return {};
    });
    const answers = () => {
      hangs = false;
    };
    return { ...world, ask, graph, answers };
  }

  it("closes the connections of its calls, makes none of those that wait, and leaves their slots free", async () => {
    const { endpoint, ask, graph, go, answers } = await fourCalls();
    const cancel = new AbortController();
    let queued = 0;
    const running = go(graph, {
      signal: cancel.signal,
      onEvent: ({ type }) => {
        if (type === "queued") queued += 1;
      },
    });
    await until(() => queued === 2 && endpoint.requests.length === 2);
    cancel.abort();
    const told = await running;
    expect(told.result).toMatchObject({ status: "cancelled", spend: { calls: 2, estimated: true } });
    expect(of(told, "retry")).toEqual([]);
    await until(() => endpoint.requests.every(({ outcome }) => outcome === "left"));
    answers();
    const other = await go(one(ask), { thread: "other" });
    expect([other.result.status, of(other, "queued")]).toEqual(["done", []]);
    expect(endpoint.requests).toHaveLength(3);
  });

  it("does the same where its time is over, and a resume with more of it makes all its calls", async () => {
    const { endpoint, graph, go, answers } = await fourCalls();
    const told = await go(graph, { budget: { ms: 1_500 } });
    expect(told.result).toMatchObject({ status: "budget_exhausted", error: { cap: "ms" } });
    await until(() => endpoint.requests.every(({ outcome }) => outcome === "left"));
    const before = endpoint.requests.length;
    expect(before).toBeLessThanOrEqual(2);
    answers();
    const resumed = await go(graph, { resume: true, budget: { ms: 600_000 } });
    expect(resumed.result.status).toBe("done");
    expect(endpoint.requests).toHaveLength(before + 4);
  });
});

const BREAKS = { OPENAI_BREAK_AFTER: "3", OPENAI_MAX_ATTEMPTS: "1", OPENAI_BREAK_SECONDS: "30" };

/** Lets the time pass for which an endpoint is left alone. */
function clock() {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  return () => vi.setSystemTime(Date.now() + 30_000);
}

describe("the circuit of an endpoint", () => {
  it("opens after failures in a row over several runs; then calls fail at once, unmade and uncounted", async () => {
    clock();
    const { endpoint, ask, go } = await against(() => failure(500), { ...BREAKS, OPENAI_MAX_ATTEMPTS: "2" });
    const first = await go(one(ask), { thread: "first" });
    expect([codeOf(first), circuitsOf(first)]).toEqual(["MODEL_SERVER_ERROR", []]);
    const second = await go(one(ask), { thread: "second" });
    expect([codeOf(second), circuitsOf(second)]).toEqual(["MODEL_CIRCUIT_OPEN", ["open"]]);
    expect(second.result.spend.calls).toBe(1);
    const third = await go(one(ask), { thread: "third", budget: { calls: 1 } });
    expect([codeOf(third), circuitsOf(third)]).toEqual(["MODEL_CIRCUIT_OPEN", []]);
    expect(expectOneSentence(third)).toContain("it failed 3 times in a row); try again in 30 s");
    expect(third.result.spend).toMatchObject({ calls: 0, inputTokens: 0 });
    expect(of(third, "retry")).toEqual([]);
    expect(endpoint.requests).toHaveLength(3);
  });

  it("stays closed where an answer comes between the failures", async () => {
    const replies = [failure(500), failure(500), text("Here."), failure(500), failure(500), text("Here.")];
    const { ask, go } = await against(replies, BREAKS);
    const codes: unknown[] = [];
    for (const thread of replies.keys()) codes.push(codeOf(await go(one(ask), { thread: `${thread}` })));
    expect(codes.filter(Boolean)).toEqual(Array(4).fill("MODEL_SERVER_ERROR"));
  });

  it.each<[string, Reply]>([
    ["a limited rate", failure(429)],
    ["a bad request", failure(400)],
    ["a key that is refused", failure(401)],
    ["a model that is not there", failure(404)],
    ["an answer that is cut at its limit", text("Half", { finish: "length" })],
  ])("is not opened by %s", async (_, reply) => {
    const environment = { ...BREAKS, OPENAI_BREAK_AFTER: "1" };
    const { ask, go } = await against([reply, text("Here.")], environment);
    const told = await go(one(ask));
    expect([told.result.status, circuitsOf(told)]).toEqual(["failed", []]);
    expect((await go(one(ask), { resume: true })).result.status).toBe("done");
  });

  it.each<[string, Reply]>([
    ["an error of the server", failure(503)],
    ["a connection that breaks", reset()],
    ["no answer in time", hang()],
    ["an answer that says nothing", text("")],
  ])("is opened by %s", async (_, reply) => {
    clock();
    const environment = { ...BREAKS, OPENAI_BREAK_AFTER: "1", OPENAI_TIMEOUT_SECONDS: "0.3" };
    const { endpoint, ask, go } = await against(() => reply, environment);
    expect(circuitsOf(await go(one(ask)))).toEqual(["open"]);
    expect(codeOf(await go(one(ask), { resume: true }))).toBe("MODEL_CIRCUIT_OPEN");
    expect(endpoint.requests).toHaveLength(1);
  });

  it("is not opened by the stop of a run, whatever reason its signal gives", async () => {
    let hangs = true;
    const answer = () => (hangs ? hang() : text("Here."));
    const { endpoint, ask, go } = await against(answer, { ...BREAKS, OPENAI_BREAK_AFTER: "1" });
    const cancel = new AbortController();
    const running = go(one(ask), { signal: cancel.signal });
    await until(() => endpoint.requests.length === 1);
    cancel.abort(new DOMException("The signal timed out.", "TimeoutError"));
    const stopped = await running;
    expect([stopped.result.status, circuitsOf(stopped)]).toEqual(["cancelled", []]);
    hangs = false;
    expect((await go(one(ask), { resume: true })).result.status).toBe("done");
  });

  it("leads to the next model that is asked elsewhere, and to no other model of the same endpoint", async () => {
    clock();
    const { endpoint, ask, go } = await against(() => failure(500), {
      ...BREAKS,
      OPENAI_BREAK_AFTER: "1",
      OPENAI_MODEL: "first,second",
    });
    const open = await go(one(ask), { thread: "open" });
    expect(codeOf(open)).toBe("MODEL_CIRCUIT_OPEN");
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first"]);
    const other = await opened([text("From elsewhere.")]);
    const at = { apiKey: KEY, baseUrl: other.url, models: [], structured: "tools" as const };
    const own = [openaiModel("own", at, null), new ScriptedModel({ writer: ["From the caller."] })];
    for (const [i, answer] of ["From elsewhere.", "From the caller."].entries()) {
      const told = await go(one(ask), { thread: answer, models: ["first", own[i] ?? "", "second"] });
      expect(told.result).toMatchObject({ output: { answer }, spend: { calls: 1 } });
      expect(of(told, "fallback")).toMatchObject([
        { model: "first", reason: expect.stringContaining("is not asked for first just now") },
      ]);
    }
    expect(endpoint.requests).toHaveLength(1);
  });

  it("lets one call probe whether the endpoint answers again; the others wait for it, and follow", async () => {
    const pass = clock();
    let isDown = true;
    const gate = held(() => (isDown ? failure(500) : text("Here.")));
    const environment = { ...BREAKS, OPENAI_BREAK_AFTER: "1", OPENAI_MAX_CONCURRENT: "3" };
    const { endpoint, ask, go } = await against(gate.answer, environment);
    /** Four runs, of which one asks and the others stand behind it, the last one without a slot; then it is answered. */
    const probed = async (round: string) => {
      pass();
      const before = endpoint.requests.length;
      let isFull = false;
      const onEvent = ({ type }: { type: string }) => {
        isFull ||= type === "queued";
      };
      const running = ["a", "b", "c", "d"].map((who) => go(one(ask), { thread: `${round} ${who}`, onEvent }));
      await until(() => isFull && gate.open === 1);
      expect(endpoint.requests).toHaveLength(before + 1);
      gate.letGo();
      const ended = Promise.all(running);
      void until(() => isDown || gate.open === 3).then(() => gate.letGo());
      return ended;
    };
    const opening = go(one(ask), { thread: "opens" });
    await until(() => gate.open === 1);
    gate.letGo();
    expect(circuitsOf(await opening)).toEqual(["open"]);

    const failed = await probed("fails");
    expect(failed.map(codeOf).sort()).toEqual([...Array(3).fill("MODEL_CIRCUIT_OPEN"), "MODEL_SERVER_ERROR"]);
    expect(failed.flatMap(circuitsOf)).toEqual(["half_open", "open"]);

    isDown = false;
    const worked = await probed("works");
    expect(worked.map(({ result }) => result.status)).toEqual(Array(4).fill("done"));
    expect(worked.flatMap(circuitsOf)).toEqual(["half_open", "closed"]);
    expect(endpoint.requests).toHaveLength(6);
  });
});

describe("the time of a model call", () => {
  const TOGETHER = { OPENAI_TIMEOUT_SECONDS: "0.1", OPENAI_TOTAL_TIMEOUT_SECONDS: "1" };

  function expectOutOfTime(told: Told) {
    expect(codeOf(told)).toBe("MODEL_TIMEOUT");
    expect(expectOneSentence(told)).toMatch(
      / did not answer within 1 s, all attempts together; raise OPENAI_TOTAL_TIMEOUT_SECONDS /,
    );
    expect(of(told, "fallback")).toEqual([]);
  }

  it("bounds all its attempts together, after which none is made, and no other model is asked", async () => {
    const environment = { ...TOGETHER, OPENAI_MAX_ATTEMPTS: "20", OPENAI_MODEL: "first,second" };
    const { endpoint, ask, go } = await against(() => hang(), environment);
    const told = await go(one(ask));
    expectOutOfTime(told);
    const { calls } = told.result.spend;
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThan(20);
    await until(() => endpoint.requests.every(({ outcome }) => outcome === "left"));
    expect(endpoint.requests.length).toBeLessThanOrEqual(calls);
    expect(new Set(endpoint.requests.map(({ body }) => body.model))).toEqual(new Set(["first"]));
  });

  it("bounds the wait for which an endpoint asks", async () => {
    const { endpoint, ask, go } = await against(() => failure(429, { retryAfter: 60 }), TOGETHER);
    const told = await go(one(ask));
    expectOutOfTime(told);
    expect(of(told, "retry")).toMatchObject([{ delayMs: 60_000 }]);
    expect(endpoint.requests).toHaveLength(1);
  });

  it("bounds the wait for a slot, and the call is not made", async () => {
    const { endpoint, ask, go } = await against(() => text("Here."), TOGETHER);
    const limits = { maxConcurrent: 1, breakAfter: 1, breakMs: 1, isFailure: () => false };
    const never = new AbortController().signal;
    void guardOf(endpoint.url, () => limits).run(() => new Promise(() => {}), never);
    const told = await go(one(ask));
    expectOutOfTime(told);
    expect(of(told, "queued")).toHaveLength(1);
    expect(told.result.spend.calls).toBe(0);
    expect(endpoint.requests).toEqual([]);
  });

  it.each([
    ["an attempt", { OPENAI_TIMEOUT_SECONDS: "0.1", OPENAI_MAX_ATTEMPTS: "2" }, "no end within 0.1 s"],
    ["the call", { OPENAI_TOTAL_TIMEOUT_SECONDS: "0.1" }, "within 0.1 s, all attempts together"],
  ])("ends %s also of a model that ignores its signal", async (_, environment, why) => {
    const { ask, go } = await against([], environment);
    const never = () => new Promise<never>(() => {});
    const told = await go(one(ask), { models: new ScriptedModel({ writer: [never, never] }) });
    expect(codeOf(told)).toBe("MODEL_TIMEOUT");
    expect(expectOneSentence(told)).toContain(why);
  });
});

describe("a branch whose time is over", () => {
  it("ends the branches within it too, whose calls are closed, and the run goes on at once", async () => {
    const { endpoint, ask, go } = await against(() => hang());
    const came: string[] = [];
    const graph = one(async (state, config) => {
      const inner = { who: "inner", work: async () => (await ask(state, config)).answer };
      const outer = { who: "outer", timeoutMs: 1_000, work: () => parallel([inner], "all") };
      const outcomes = await parallel([outer], "best_effort");
      came.push(...outcomes.map(({ who, status, spend }) => `${who} ${status} after ${spend.calls} call`));
      return {};
    });
    const told = await go(graph);
    expect(told.result).toMatchObject({ status: "done", spend: { calls: 1 } });
    expect(came).toEqual(["outer timed_out after 1 call"]);
    await until(() => endpoint.requests.every(({ outcome }) => outcome === "left"));
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe("the attempts of a model call", () => {
  it("are as many as the settings allow, for each model, and nothing multiplies them", async () => {
    const environment = { OPENAI_MAX_ATTEMPTS: "3", OPENAI_MODEL: "first,second" };
    const { endpoint, ask, go } = await against(() => failure(500), environment);
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "failed", spend: { calls: 6 } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual([
      ...Array(3).fill("first"),
      ...Array(3).fill("second"),
    ]);
    expect(of(told, "retry")).toHaveLength(4);
    expect(of(told, "fallback")).toHaveLength(1);
  });

  it("are as many anew for each question that is asked again with the reason", async () => {
    const approved = structured({ approved: true, objections: [] });
    const rounds = [brokenJson(), brokenJson(), approved];
    const replies = rounds.flatMap((reply) => [failure(500), reply]);
    const { endpoint, judge, go } = await against(replies, { OPENAI_MAX_ATTEMPTS: "2" });
    const told = await go(one(judge));
    expect(told.result).toMatchObject({ status: "done", output: { verdict: { approved: true } } });
    expect([of(told, "asked_again"), of(told, "retry")].map(({ length }) => length)).toEqual([2, 3]);
    expect(told.result.spend.calls).toBe(6);
    expect(endpoint.requests.map(({ body }) => body.messages.length)).toEqual([1, 1, 3, 3, 5, 5]);
  });
});

describe("a tool that hangs", () => {
  /** Waits for its signal, or for ever where it is deaf. */
  const hanging = (isDeaf: boolean): StructuredToolInterface =>
    tool(
      (_, { signal }: { signal?: AbortSignal }) =>
        new Promise<string>((_, reject) => {
          if (!isDeaf) signal?.addEventListener("abort", () => reject(signal.reason));
        }),
      { name: "look", description: "Looks.", schema: z.object({}) },
    );

  it.each([
    ["heeds", false],
    ["ignores", true],
  ])("is cut off after its time, and the model is told, where it %s its signal", async (_, isDeaf) => {
    const replies = [calls({ name: "look", args: {} }), text("Without it.")];
    const environment = { GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS: "0.2" };
    const { endpoint, go } = await against(replies, environment);
    const tools = [hanging(isDeaf)];
    const work = nodes.agent({ role: "writer", prompt: () => "Look.", tools, into: "report" });
    const told = await go(one(work));
    expect(told.result).toMatchObject({
      status: "done",
      output: { report: { text: "Without it.", ended: "answered" } },
    });
    expect(of(told, "tool")).toMatchObject([{ tool: "look", ok: false }]);
    expect(endpoint.requests[1]?.body.messages.at(-1)).toMatchObject({
      role: "tool",
      content: expect.stringContaining("\nError: no end within 0.2 s\n"),
    });
  });

  it("ends with its run at once, and is called again on resume", async () => {
    const replies = [calls({ name: "look", args: {} }), text("With it.")];
    const { endpoint, go } = await against(replies);
    const cancel = new AbortController();
    let called = 0;
    const look = tool(
      () => {
        called += 1;
        if (called > 1) return "Seen.";
        queueMicrotask(() => cancel.abort());
        return new Promise<string>(() => {});
      },
      { name: "look", description: "Looks.", schema: z.object({}) },
    );
    const work = nodes.agent({ role: "writer", prompt: () => "Look.", tools: [look], into: "report" });
    expect((await go(one(work), { signal: cancel.signal })).result.status).toBe("cancelled");
    const resumed = await go(one(work), { resume: true });
    expect(resumed.result).toMatchObject({ status: "done", spend: { calls: 2 } });
    expect([called, endpoint.requests.length]).toEqual([2, 2]);
  });
});
