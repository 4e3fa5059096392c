import { describe, expect, it, vi } from "vitest";
import { type Branch, parallel } from "../../src/nodes/branch.ts";
import type { Outcome } from "../../src/outcomes/outcome.ts";
import type { Spend } from "../../src/outcomes/spend.ts";
import { scoped } from "../../src/resilience/scope.ts";
import { cut, type EndpointOptions, failure, hang, type Reply, text } from "../endpoint/server.ts";
import { against, nodes, of, one, type Told, two } from "../resilience/against.ts";

const USAGE = { prompt_tokens: 100, completion_tokens: 10 };
const answer = (finish: "stop" | "length" = "stop") => text("Because.", { usage: USAGE, finish });

/** What the events of a run's calls come to, in the run's own terms. */
function sumOf(told: Told) {
  const usages = of(told, "spend").map(({ usage }) => usage);
  return {
    calls: usages.length,
    inputTokens: usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokens: usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    estimated: usages.some(({ estimated }) => estimated),
  };
}

describe("the calls that a run tells", () => {
  it.each<[string, Reply[], boolean[]]>([
    ["is refused", [failure(500), answer()], [false, true]],
    ["breaks off", [cut(answer()), answer()], [false, true]],
    ["says nothing", [text("", { usage: USAGE }), answer()], [false, true]],
    ["fails for good", [failure(401)], [false]],
    ["is cut at its limit", [answer("length")], [false]],
    ["is answered at once", [answer()], [true]],
  ])("add up to what it spent where one %s", async (_, replies, oks) => {
    const { ask, go } = await against(replies, { OPENAI_MAX_OUTPUT_TOKENS: "500" });
    const told = await go(one(ask));
    expect(told.result.spend).toMatchObject(sumOf(told));
    expect(of(told, "spend").map(({ ok }) => ok)).toEqual(oks);
    expect(of(told, "spend").at(-1)?.total).toMatchObject(sumOf(told));
  });

  it("add up to what it spent where one does not end in time", async () => {
    const { ask, go } = await against([hang(), answer()], { OPENAI_TIMEOUT_SECONDS: "0.2" });
    const told = await go(one(ask));
    expect(told.result.spend).toMatchObject(sumOf(told));
    expect(of(told, "spend")).toMatchObject([{ ok: false, model: "gpt-test", node: "work" }, { ok: true }]);
  });

  it("add up to what it spent where a second model is asked", async () => {
    const replies = [failure(404), answer(), answer()];
    const { ask, go } = await against(replies, { OPENAI_MODEL: "first, second" });
    const told = await go(two(ask, ask));
    expect(told.result.spend).toMatchObject(sumOf(told));
    expect(of(told, "spend").map(({ node, model, ok }) => [node, model, ok])).toEqual([
      ["first", "first", false],
      ["first", "second", true],
      ["second", "first", true],
    ]);
  });

  it("are told before the retry that they lead to", async () => {
    const { ask, go } = await against([failure(500), answer()]);
    const { events } = await go(one(ask));
    const types = events.map(({ type }) => type).filter((type) => type === "spend" || type === "retry");
    expect(types).toEqual(["spend", "retry", "spend"]);
  });
});

/**
 * A graph of one node with branches side by side, each of which asks the questions of its name in turn; with
 * the outcomes of the last stretch, and what the node's scope has counted.
 */
async function branching(
  replyTo: (question: string, times: number) => Reply,
  branches: Record<string, { questions: readonly string[]; timeoutMs?: number }>,
  environment?: Record<string, string>,
) {
  const times = new Map<string, number>();
  const answer: EndpointOptions["answer"] = ({ body }) => {
    const question = String(body.messages[0]?.content);
    times.set(question, (times.get(question) ?? 0) + 1);
    return replyTo(question, times.get(question) ?? 0);
  };
  const world = await against(answer, environment);
  const last: { outcomes: Outcome<string>[]; counted: Spend | undefined } = {
    outcomes: [],
    counted: undefined,
  };
  const graph = one((state, config) =>
    scoped(async (scope) => {
      const asking = ([who, { questions, timeoutMs }]: [
        string,
        (typeof branches)[string],
      ]): Branch<string> => ({
        who,
        timeoutMs,
        work: async () => {
          for (const question of questions) {
            const ask = nodes.ask({ role: "writer", prompt: () => question, into: "answer" });
            await ask(state, config);
          }
          return who;
        },
      });
      last.outcomes = await parallel(Object.entries(branches).map(asking), "best_effort");
      last.counted = scope.spend;
      return {};
    }),
  );
  return { ...world, graph, last, times };
}

const spendOf = ({ calls, inputTokens, outputTokens, estimated }: Spend) => ({
  calls,
  inputTokens,
  outputTokens,
  estimated,
});

/** The spend of a branch whose calls were answered or refused. */
const answered = (calls: number, refused = 0) => ({
  calls: calls + refused,
  inputTokens: calls * USAGE.prompt_tokens,
  outputTokens: calls * USAGE.completion_tokens,
  estimated: false,
});

describe("what a branch has spent", () => {
  it("counts its retries and failed attempts, and comes to the run's spend with that of the others", async () => {
    const replyTo = (question: string, times: number) => {
      if (question === "down") return failure(401);
      return question === "shaky" && times < 3 ? failure(500) : answer();
    };
    const { go, graph, last } = await branching(replyTo, {
      a: { questions: ["shaky", "steady"] },
      b: { questions: ["plain", "down", "never"] },
      c: { questions: ["other"] },
    });
    const { result } = await go(graph);
    expect(last.outcomes.map(({ who, status }) => `${who} ${status}`)).toEqual(["a ok", "b failed", "c ok"]);
    expect(last.outcomes.map(({ spend }) => spendOf(spend))).toEqual([
      answered(2, 2),
      answered(1, 1),
      answered(1),
    ]);
    expect(last.counted && spendOf(last.counted)).toEqual(answered(4, 3));
    expect(spendOf(result.spend)).toEqual(answered(4, 3));
  });

  it("is the same after a stop: the calls and the branches that had ended count as they did", async () => {
    let hangs = true;
    const replyTo = (question: string, times: number) => {
      if (question === "long" && hangs) return hang();
      return question === "shaky" && times === 1 ? failure(500) : answer();
    };
    const { go, graph, last, times } = await branching(replyTo, {
      a: { questions: ["shaky", "long"] },
      b: { questions: ["short"] },
    });
    const cancel = new AbortController();
    const running = go(graph, {
      signal: cancel.signal,
      onEvent: (event) => {
        const isOver = event.type === "branch_ended" && event.who === "b";
        if (isOver)
          void vi.waitUntil(() => times.has("long"), { timeout: 30_000 }).then(() => cancel.abort());
      },
    });
    expect((await running).result).toMatchObject({ status: "cancelled", spend: { calls: 4 } });
    hangs = false;
    const { result } = await go(graph, { resume: true });
    expect(last.outcomes.map(({ spend }) => spendOf(spend))).toEqual([answered(2, 1), answered(1)]);
    expect(last.counted && spendOf(last.counted)).toEqual(answered(3, 1));
    expect(result).toMatchObject({ status: "done", spend: { calls: 5, estimated: true } });
    expect(Object.fromEntries(times)).toEqual({ shaky: 2, long: 2, short: 1 });
  });

  it("counts the attempt in which its time was over, as all that it could have used", async () => {
    const replyTo = (question: string) => (question === "long" ? hang() : answer());
    const { go, graph, last } = await branching(
      replyTo,
      { a: { questions: ["short", "long"], timeoutMs: 2_000 } },
      { OPENAI_MAX_OUTPUT_TOKENS: "500" },
    );
    const { result } = await go(graph);
    expect(last.outcomes).toMatchObject([
      { status: "timed_out", spend: { calls: 2, outputTokens: 510, estimated: true } },
    ]);
    expect(last.counted && spendOf(last.counted)).toEqual(spendOf(result.spend));
  });
});
