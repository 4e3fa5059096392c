import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { defineFanOut } from "../../graphs/fan-out/graph.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { after, always, ScriptedModel } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import {
  APPROVED,
  articleLines,
  articleModel,
  PASSAGES,
  pathWith,
  rejected,
  reviewLoop,
  searchFor,
  TOPIC,
} from "./articles.ts";

const storages = [
  ["in memory", () => "memory:"],
  ["in SQLite", () => `file:${temporaryFolder()}/runs.db`],
] as const;

describe("a cap on calls", () => {
  it.each(storages)("suspends the run, and a higher one lets it go on (%s)", async (_, url) => {
    const { checkpointer, close } = openStorage(url());
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected(), APPROVED]);
    const options = { models, tools, checkpointer, thread: "t" };

    const first = await run(graph, TOPIC, { ...options, budget: { calls: 4 } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      output: null,
      partial: expect.stringContaining("A checkpoint keeps a step [1]."),
      interrupts: [],
      error: {
        code: "BUDGET",
        cap: "calls",
        message: expect.stringMatching(/budget of calls is spent.*higher cap/),
      },
      spend: { calls: 4 },
      path: ["research", "outline", "write", "review"],
    });
    expect(models.requests).toHaveLength(4);

    const still = await run(graph, null, { ...options, resume: true });
    expect(still).toMatchObject({ status: "budget_exhausted", spend: { calls: 4 }, path: first.path });
    expect(models.requests).toHaveLength(4);

    const more = await run(graph, null, { ...options, resume: true, budget: { calls: 5 } });
    expect(more).toMatchObject({ status: "budget_exhausted", spend: { calls: 5 } });
    expect(more.path).toEqual([...first.path, "revise"]);

    const last = await run(graph, null, { ...options, resume: true, budget: { calls: 6 } });
    expect(last).toMatchObject({ status: "done", spend: { calls: 6 }, path: pathWith(1) });
    models.assertDone();
    await close();
  });

  it("holds also where the only call left would be an answer asked for again", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([{ approved: "maybe" }, APPROVED]);
    const result = await run(graph, TOPIC, { models, tools, budget: { calls: 4 } });
    expect(result).toMatchObject({ status: "budget_exhausted", path: ["research", "outline", "write"] });
  });

  it("refuses the first call", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const result = await run(graph, TOPIC, { models, tools, budget: { tokens: 1 } });
    expect(result).toMatchObject({
      status: "budget_exhausted",
      error: { cap: "tokens", message: expect.stringContaining("tokens") },
      partial: null,
      spend: { calls: 0 },
    });
    expect(models.requests).toEqual([]);
  });

  it("is the settings' default where none is given, also where it is given as undefined", async () => {
    const { graph, tools } = reviewLoop();
    const budget: Budget = { calls: undefined, tokens: undefined };
    const options = { models: articleModel([APPROVED]), tools, thread: "t", budget };
    await run(graph, TOPIC, options);
    expect((await inspect(graph, options))?.run?.budget).toEqual({ calls: 100 });
  });
});

describe("a hundred branches that race for the last call", () => {
  const perspectives = Array.from({ length: 100 }, (_, at) => ({ name: `p${at}`, brief: `Part ${at}.` }));
  const everyone = [...perspectives.map(({ name }) => name), "synthesizer"];
  const QUESTION = { question: "SQLite or Postgres?" };

  describe.each(storages)("%s", (_, url) => {
    it.each([1, 50, 99, 100])(
      "make exactly the %i that there are, and exactly the others when resumed",
      async (calls) => {
        const { checkpointer, close } = openStorage(url());
        const { graph } = defineFanOut({ perspectives, timeoutMs: 600_000 });
        const models = new ScriptedModel([always(({ role }) => `By ${role}.`)]);
        const options = { models, tools: [searchFor(PASSAGES)], checkpointer, thread: "t" };
        const asked = () => models.requests.map(({ role }) => role ?? "");

        const first = await run(graph, QUESTION, { ...options, budget: { calls } });
        expect(first).toMatchObject({
          status: "budget_exhausted",
          error: { code: "BUDGET", cap: "calls" },
          spend: { calls },
        });
        expect(new Set(asked()).size).toBe(calls);
        expect(asked()).toHaveLength(calls);

        const last = await run(graph, null, { ...options, resume: true, budget: { calls: 101 } });
        expect(last).toMatchObject({
          status: "done",
          output: { answer: "By synthesizer." },
          spend: { calls: 101 },
        });
        expect(last.output?.opinions.map((each) => each.status === "ok" && each.value)).toEqual(
          perspectives.map(({ name }) => `By ${name}.`),
        );
        expect(asked().sort()).toEqual([...everyone].sort());
        await close();
      },
    );
  });

  it("make one more for each call that a resume adds", async () => {
    const { graph } = defineFanOut({ perspectives, timeoutMs: 600_000 });
    const models = new ScriptedModel([always(({ role }) => `By ${role}.`)]);
    const { checkpointer } = openStorage("memory:");
    const options = { models, tools: [searchFor(PASSAGES)], checkpointer, thread: "t" };
    await run(graph, QUESTION, { ...options, budget: { calls: 97 } });
    for (const calls of [98, 99, 100]) {
      const more = await run(graph, null, { ...options, resume: true, budget: { calls } });
      expect(more).toMatchObject({ status: "budget_exhausted", spend: { calls } });
      expect(models.requests).toHaveLength(calls);
    }
    const roles = new Set(models.requests.map(({ role }) => role));
    expect(roles.size).toBe(100);
  });
});

describe("caps on resume", () => {
  it("are inherited where they are not given again", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected(), APPROVED]);
    const options = { models, tools, thread: "t" };
    await run(graph, TOPIC, { ...options, budget: { calls: 2, tokens: 100_000 } });
    await run(graph, null, { ...options, resume: true, budget: { calls: 3 } });
    expect((await inspect(graph, options))?.run?.budget).toEqual({ calls: 3, tokens: 100_000 });
    await run(graph, null, { ...options, resume: true, budget: { calls: undefined } });
    expect((await inspect(graph, options))?.run?.budget).toEqual({ calls: 3, tokens: 100_000 });
  });

  it("are totals: what was spent before counts", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const options = { models, tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, budget: { calls: 1 } });
    const tokens = first.spend.inputTokens + first.spend.outputTokens;
    const second = await run(graph, null, { ...options, resume: true, budget: { calls: 9, tokens } });
    expect(second).toMatchObject({
      status: "budget_exhausted",
      error: { message: expect.stringContaining("tokens") },
      spend: first.spend.calls ? { calls: 1 } : {},
    });
  });

  it("may be lower than what is spent", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const options = { models, tools, thread: "t" };
    await run(graph, TOPIC, { ...options, budget: { calls: 3 } });
    const lower = await run(graph, null, { ...options, resume: true, budget: { calls: 1 } });
    expect(lower).toMatchObject({ status: "budget_exhausted", spend: { calls: 3 } });
    const higher = await run(graph, null, { ...options, resume: true, budget: { calls: 4 } });
    expect(higher).toMatchObject({ status: "done", spend: { calls: 4 } });
  });
});

describe("a cap on time", () => {
  const hanging = () =>
    new ScriptedModel({ ...articleLines([APPROVED]), reviewer: [after(600_000, APPROVED), APPROVED] });

  it("ends a run whose model hangs, with its best partial result", async () => {
    const { graph, tools } = reviewLoop();
    const models = hanging();
    const options = { models, tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, budget: { ms: 2_000 } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      error: { code: "BUDGET", cap: "ms", message: expect.stringContaining("time") },
      partial: expect.stringContaining("A checkpoint keeps a step [1]."),
      path: ["research", "outline", "write"],
      spend: { calls: 4, estimated: true },
    });

    const same = await run(graph, null, { ...options, resume: true });
    expect(same).toMatchObject({ status: "budget_exhausted", spend: { calls: 4 } });
    expect(models.requests).toHaveLength(4);

    const last = await run(graph, null, { ...options, resume: true, budget: { ms: 60_000 } });
    expect(last).toMatchObject({ status: "done", path: pathWith(0), spend: { calls: 5 } });
    models.assertDone();
  });

  it("counts active time, over all resumes", async () => {
    const { graph, tools } = reviewLoop();
    const lines = articleLines([APPROVED]);
    const models = new ScriptedModel({ ...lines, reviewer: [after(30, APPROVED)] });
    const options = { models, tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, budget: { calls: 3 } });
    await sleep(300);
    const last = await run(graph, null, { ...options, resume: true, budget: { calls: 9 } });
    expect(last.spend.ms).toBeGreaterThanOrEqual(first.spend.ms + 25);
  });
});
