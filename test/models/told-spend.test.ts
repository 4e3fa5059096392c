import { describe, expect, it } from "vitest";
import { cut, failure, hang, type Reply, text } from "../endpoint/server.ts";
import { against, of, one, type Told, two } from "../resilience/against.ts";

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
