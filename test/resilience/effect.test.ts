import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type StructuredToolInterface, tool } from "@langchain/core/tools";
import { interrupt, MemorySaver } from "@langchain/langgraph";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { NotDone, StorageError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { branch } from "../../src/nodes/branch.ts";
import { toolCall } from "../../src/nodes/tool-call.ts";
import { effect } from "../../src/resilience/effect.ts";
import type { Doubt, Reconciled } from "../../src/resilience/effect-act.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { startChild } from "../contracts/child.ts";
import { createDatabase, POSTGRES, temporaryFolder } from "../storage/databases.ts";
import { graphOf, publishing } from "./publishing.ts";

/** Settings are read once a process, so before anything else. */
vi.stubEnv("DATABASE_URL", "memory:");

let storage: Storage;
beforeEach(() => {
  storage = openStorage(`file:${join(temporaryFolder(), "runs.db")}`);
  return () => storage.close();
});

/** Begins the run of a graph on the test's one thread, or goes on with it. */
const go = (graph: AnyGraph, options: RunOptions = {}) =>
  run(graph, options.resume === undefined ? {} : null, {
    thread: "thread",
    checkpointer: storage.checkpointer,
    ...options,
  });

const goOn = (graph: AnyGraph, resume: unknown = true) => go(graph, { resume });

describe("an effect", () => {
  it("gives its result as JSON gives it back, and null for nothing", async () => {
    const dated = await go(publishing(() => ({ at: new Date(0), left: undefined })));
    expect(dated.output).toEqual({ said: { at: "1970-01-01T00:00:00.000Z" } });
    expect(
      (
        await go(
          publishing(() => undefined),
          { thread: "other" },
        )
      ).output,
    ).toEqual({ said: null });
  });

  it("is done once in a run, wherever its key comes again, and anew in another run", async () => {
    const act = vi.fn(() => "published");
    const twice = graphOf(async () => [await effect("article", act), await effect("article", act)]);
    expect((await go(twice)).output).toEqual({ said: ["published", "published"] });
    expect(act).toHaveBeenCalledTimes(1);
    await go(twice);
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("is given a key for the other side that is the same over resumes, and another for each run and key", async () => {
    const keys: string[] = [];
    const send = (key: string) =>
      effect(key, ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        if (keys.length === 1) throw new NotDone("refused");
      });
    const both = graphOf(async () => [await send("article"), await send("letter")]);
    await go(both);
    await goOn(both);
    await go(both);
    const [first, again, ...others] = keys;
    expect(again).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it("is waited for where it is under way: the second gets the result of the first", async () => {
    let begun = 0;
    const slow = () =>
      effect("article", async () => {
        begun += 1;
        await sleep(20);
        return begun;
      });
    const { output } = await go(graphOf(() => Promise.all([slow(), slow(), slow()])));
    expect(output).toEqual({ said: [1, 1, 1] });
  });

  it("keeps its result whatever the order of effects is when the node runs again", async () => {
    const acts = { article: vi.fn(() => "an article"), letter: vi.fn(() => "a letter") };
    let order: (keyof typeof acts)[] = ["article", "letter"];
    let broken = true;
    const graph = graphOf(async () => {
      const results = await Promise.all(order.map(async (key) => [key, await effect(key, acts[key])]));
      if (broken) throw new Error("Not yet.");
      return Object.fromEntries(results);
    });
    expect(await go(graph)).toMatchObject({ status: "failed" });
    order = ["letter", "article"];
    broken = false;
    const { output } = await goOn(graph);
    expect(output).toEqual({ said: { article: "an article", letter: "a letter" } });
    for (const act of Object.values(acts)) expect(act).toHaveBeenCalledTimes(1);
  });

  it("tells what becomes of it, within its node", async () => {
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => events.push(event);
    let fails = true;
    const graph = publishing(
      () => {
        if (fails) throw new Error("lost");
        return "published";
      },
      { reconcile: () => ({ state: "not_done" }) },
    );
    await go(graph, { onEvent });
    fails = false;
    await go(graph, { resume: true, onEvent });
    const told = events.filter((event) => event.type === "effect");
    expect(told.map(({ key, node, state }) => `${node} ${key} ${state}`)).toEqual([
      "publish article unknown",
      "publish article not_done",
      "publish article done",
    ]);
    const nodes = events.flatMap((event) => (event.type === "node_started" ? [event.node] : []));
    expect(new Set(nodes)).toEqual(new Set(["publish"]));
  });

  it("can be done by a tool", async () => {
    const act = vi.fn(() => "published");
    const publish: StructuredToolInterface = tool(() => effect("article", act), {
      name: "publish",
      description: "Publishes.",
      schema: z.object({}),
    });
    const graph = graphOf(async () => [await toolCall(publish, {}), await toolCall(publish, {})]);
    const { output } = await go(graph);
    expect(output?.["said"]).toMatchObject([{ content: "published" }, { content: "published" }]);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["", 1],
    [" ", 1],
    ["nul \0", 1],
    ["half \ud800", 1],
    ["article", 0],
    ["article", -1],
    ["article", Number.NaN],
    ["article", 2 ** 31],
  ])("refuses the key %j with the time %j, and does nothing", async (key, timeoutMs) => {
    const act = vi.fn();
    const refused = go(graphOf(() => effect(key, act, { timeoutMs })));
    await expect(refused).rejects.toMatchObject({ code: "BAD_EFFECT" });
    expect(act).not.toHaveBeenCalled();
  });
});

describe("an effect outside `run`", () => {
  it("is recorded by its thread in the default storage", async () => {
    const act = vi.fn(() => "published");
    const graph = publishing(act).builder.compile({ checkpointer: new MemorySaver() });
    for (const thread_id of ["a", "a", "b"]) {
      expect(await graph.invoke({}, { configurable: { thread_id } })).toEqual({ said: "published" });
    }
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("is refused without a thread, and says what to do", async () => {
    const act = vi.fn();
    const invoked = publishing(act).invoke({});
    await expect(invoked).rejects.toMatchObject({ code: "NO_THREAD" });
    await expect(invoked).rejects.toThrow(/`run`.*checkpointer.*thread_id/);
    expect(act).not.toHaveBeenCalled();
  });
});

describe.each([
  ["SQLite", true],
  ["Postgres", POSTGRES !== undefined],
])("an effect whose process was killed, on %s", (name, there) => {
  let world: string;
  const published = () => readFileSync(world, "utf8").trim().split("\n");
  const publish = ({ idempotencyKey }: { idempotencyKey: string }) => {
    appendFileSync(world, `${idempotencyKey}\n`);
    return "published again";
  };

  beforeEach(async () => {
    if (!there) return;
    world = join(temporaryFolder(), "world");
    if (name === "Postgres") storage = await onPostgres();
    const child = startChild("publish", storage.url, world);
    await child.ended;
    expect(published()).toHaveLength(1);
  });

  it.skipIf(!there)("is not done again where a person says that it was done", async () => {
    const graph = publishing(publish);
    const asked = await goOn(graph);
    expect(asked).toMatchObject({ status: "needs_human", path: [] });
    const [question] = asked.interrupts;
    expect(question?.value).toMatchObject({
      kind: "effect",
      key: "article",
      idempotencyKey: published()[0],
      message: expect.stringMatching(/"article" was begun at 2.*Z, .*not recorded: its process ended/),
      reason: null,
    });
    expect(question?.schema).toHaveProperty("oneOf");
    await expect(goOn(graph)).rejects.toMatchObject({ problem: "needs_answer" });
    const answered = await goOn(graph, { did: true, result: { url: "/article" } });
    expect(answered).toMatchObject({ status: "done", output: { said: { url: "/article" } } });
    expect(published()).toHaveLength(1);
  });

  it.skipIf(!there)("is done once more, by the same key, where a person says that it was not", async () => {
    const graph = publishing(publish);
    expect(await goOn(graph)).toMatchObject({ status: "needs_human" });
    const answered = await goOn(graph, { did: false });
    expect(answered).toMatchObject({ status: "done", output: { said: "published again" } });
    const [first, ...again] = published();
    expect(again).toEqual([first]);
  });

  it.skipIf(!there)("is not done again where `reconcile` finds it done", async () => {
    const reconcile = vi.fn((doubt: Doubt) => ({
      state: "done" as const,
      result: published().indexOf(doubt.idempotencyKey),
    }));
    const found = await goOn(publishing(() => 7, { reconcile }));
    expect(found).toMatchObject({ status: "done", output: { said: 0 } });
    expect(reconcile).toHaveBeenCalledWith({
      key: "article",
      idempotencyKey: published()[0],
      since: expect.stringMatching(/Z$/),
      reason: null,
      signal: expect.any(AbortSignal),
    });
    expect(published()).toHaveLength(1);
  });
});

describe("an effect that throws", () => {
  it("is in doubt: a resume asks with the reason, and does not do it again", async () => {
    const act = vi.fn((): string => {
      throw new Error("The connection broke.");
    });
    const graph = publishing(act);
    expect(await go(graph)).toMatchObject({
      status: "failed",
      error: {
        code: "EFFECT_UNKNOWN",
        message: expect.stringMatching(
          /not known whether .*"article" was done: The connection broke\. Resume/,
        ),
      },
    });
    const asked = await goOn(graph);
    expect(asked).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { kind: "effect", reason: "The connection broke" } }],
    });
    const answered = await goOn(graph, { did: true, result: "It is there." });
    expect(answered).toMatchObject({ status: "done", output: { said: "It is there." } });
    expect(act).toHaveBeenCalledTimes(1);
  });

  it.each([[null], [undefined], ["a text"], [{ odd: true }]])(
    "is in doubt too where it throws %j",
    async (thrown) => {
      const graph = publishing(() => {
        throw thrown;
      });
      expect(await go(graph)).toMatchObject({ status: "failed", error: { code: "EFFECT_UNKNOWN" } });
      expect(await goOn(graph)).toMatchObject({ status: "needs_human" });
    },
  );

  it("asks anew for each doubt: what a person said of one is no answer to the next", async () => {
    const act = vi.fn((): string => {
      throw new Error(`broken ${act.mock.calls.length}`);
    });
    const graph = publishing(act);
    await go(graph);
    await goOn(graph);
    for (const times of [1, 2, 3]) {
      expect(await goOn(graph, { did: false })).toMatchObject({ status: "failed" });
      expect(act).toHaveBeenCalledTimes(times + 1);
      const asked = await goOn(graph, { did: false });
      expect(asked.status).toBe("needs_human");
      const reasons = asked.interrupts.map(({ value }) => value);
      expect(reasons).toMatchObject([{ reason: `broken ${times + 1}` }]);
      expect(act).toHaveBeenCalledTimes(times + 1);
    }
  });

  it("asks anew too where the run is stopped while it is done again", async () => {
    const stop = new AbortController();
    const act = vi.fn((): Promise<string> => {
      if (act.mock.calls.length === 1) throw new Error("lost");
      setImmediate(() => stop.abort());
      return new Promise(() => {});
    });
    const graph = publishing(act);
    await go(graph);
    await goOn(graph);
    const stopped = await go(graph, { resume: { did: false }, signal: stop.signal });
    expect(stopped.status).toBe("cancelled");
    expect(act).toHaveBeenCalledTimes(2);
    const asked = await goOn(graph, { did: false });
    expect(asked).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { reason: "the run was stopped meanwhile" } }],
    });
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("is tried again by a resume where it says that it was not done", async () => {
    const act = vi
      .fn(() => "published")
      .mockImplementationOnce(() => {
        throw new NotDone("The server refused it.");
      });
    const graph = publishing(act);
    expect(await go(graph)).toMatchObject({
      status: "failed",
      error: {
        code: "EFFECT_NOT_DONE",
        message: expect.stringMatching(/was not done: The server refused it\./),
      },
    });
    expect(await goOn(graph)).toMatchObject({ status: "done", output: { said: "published" } });
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("is a failed branch, whose siblings go on", async () => {
    const sibling = vi.fn(async () => "done");
    const graph = graphOf(() =>
      Promise.all([
        branch({
          who: "publisher",
          work: () =>
            effect("article", () => {
              throw new NotDone("no network");
            }),
        }),
        branch({ who: "sibling", work: async () => sleep(20).then(sibling) }),
      ]),
    );
    expect((await go(graph)).output?.["said"]).toMatchObject([
      { status: "failed", why: expect.stringContaining("no network") },
      { status: "ok", value: "done" },
    ]);
  });

  it("leaves an interrupt inside it through, and is in doubt", async () => {
    const graph = publishing(() => String(interrupt("May I?")));
    expect(await go(graph)).toMatchObject({ status: "needs_human", interrupts: [{ value: "May I?" }] });
    const asked = await goOn(graph, "yes");
    expect(asked).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { kind: "effect", reason: expect.stringContaining("interrupt") } }],
    });
  });
});

describe("an effect that does not end", () => {
  const hanging = () => new Promise<string>(() => {});

  it("is given up after its time, and is in doubt", async () => {
    const graph = publishing(hanging, { timeoutMs: 20 });
    expect(await go(graph)).toMatchObject({
      status: "failed",
      error: { code: "EFFECT_UNKNOWN", message: expect.stringContaining("no end within 0.02 s") },
    });
    expect(await goOn(graph)).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { reason: "no end within 0.02 s" } }],
    });
  });

  it("is told by its signal", async () => {
    const told = vi.fn();
    const graph = publishing(
      ({ signal }) => {
        signal.addEventListener("abort", told);
        return hanging();
      },
      { timeoutMs: 20 },
    );
    await go(graph);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it("is in doubt where the run is cancelled meanwhile", async () => {
    const stop = new AbortController();
    const graph = publishing(() => {
      setImmediate(() => stop.abort());
      return hanging();
    });
    expect(await go(graph, { signal: stop.signal })).toMatchObject({ status: "cancelled" });
    expect(await goOn(graph)).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { reason: "the run was stopped meanwhile" } }],
    });
  });

  it("is in doubt where its branch runs out of time, which is an outcome of the branch", async () => {
    const graph = graphOf(async () => {
      const outcome = await branch({
        who: "publisher",
        work: () => effect("article", hanging),
        timeoutMs: 20,
      });
      return [outcome, await storage.ledger.claim(String(scope), "article", "test")];
    });
    let scope: string | undefined;
    const claim = storage.ledger.claim.bind(storage.ledger);
    storage.ledger.claim = (...args) => {
      scope ??= args[0];
      return claim(...args);
    };
    expect((await go(graph)).output?.["said"]).toMatchObject([
      { status: "timed_out" },
      { state: "unknown", reason: "the run was stopped meanwhile" },
    ]);
  });
});

describe("an effect with a result that cannot be kept", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  it.each([
    ["a BigInt", { id: 1n }, /BigInt/],
    ["a cycle", cycle, /circular/],
    ["a function", { close: () => {} }, /no Function/],
    ["a symbol", [Symbol("s")], /no Symbol/],
    ["a map", { by: new Map([["a", 1]]) }, /no Map/],
    ["no number", { share: Number.NaN }, /no NaN/],
  ])(
    "has been done, with %s: a person gives the result, and it is not done again",
    async (_, result, why) => {
      const act = vi.fn((): unknown => result);
      const graph = publishing(act);
      const { error } = await go(graph);
      expect(error?.code).toBe("EFFECT_RESULT");
      expect(error?.message).toMatch(/"article" was done, but its result cannot be used/);
      expect(error?.message).toMatch(why);
      expect(error?.message).not.toContain("\n");
      const asked = await goOn(graph);
      expect(asked.interrupts[0]?.value).toMatchObject({
        reason: expect.stringMatching(/^it was done, but/),
      });
      const { output } = await goOn(graph, { did: true, result: "as it should be" });
      expect(output).toEqual({ said: "as it should be" });
      expect(act).toHaveBeenCalledTimes(1);
    },
  );

  it("has been done too where the result does not fit its schema, and so has one that a person gives", async () => {
    const schema = z.object({ url: z.string() });
    const act = vi.fn(() => JSON.parse('{ "url": 7 }'));
    const graph = publishing(act, { schema });
    expect(await go(graph)).toMatchObject({
      error: { code: "EFFECT_RESULT", message: expect.stringMatching(/does not fit its schema: .*url/) },
    });
    const { interrupts } = await goOn(graph);
    expect(JSON.stringify(interrupts[0]?.schema)).toContain('"url"');
    for (const answer of [
      { did: true, result: { url: 7 } },
      { did: "perhaps" },
      { did: false, extra: 1 },
      "yes",
    ]) {
      await expect(goOn(graph, answer)).rejects.toMatchObject({ code: "REFUSED_ANSWER" });
    }
    const answered = await goOn(graph, { did: true, result: { url: "/article" } });
    expect(answered).toMatchObject({ status: "done", output: { said: { url: "/article" } } });
    expect(act).toHaveBeenCalledTimes(1);
  });
});

describe("`reconcile`", () => {
  const doubtful = (
    reconcile: () => Reconciled<string> | Promise<Reconciled<string>>,
    timeoutMs = 60_000,
  ) => {
    const act = vi
      .fn(() => "published")
      .mockImplementationOnce(() => {
        throw new Error("The connection broke.");
      });
    return { act, graph: publishing(act, { reconcile, timeoutMs }) };
  };

  it("has an effect done again that it finds not done", async () => {
    const { act, graph } = doubtful(() => ({ state: "not_done" }));
    await go(graph);
    expect(await goOn(graph)).toMatchObject({ status: "done", output: { said: "published" } });
    expect(act).toHaveBeenCalledTimes(2);
  });

  it("leaves to a person what it does not know", async () => {
    const { act, graph } = doubtful(() => ({ state: "unknown" }));
    await go(graph);
    expect(await goOn(graph)).toMatchObject({ status: "needs_human" });
    expect(await goOn(graph, { did: true, result: "there" })).toMatchObject({ output: { said: "there" } });
    expect(act).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["throws", async () => Promise.reject(new Error("no network")), /`reconcile` failed: no network/],
    ["hangs", () => new Promise<Reconciled<string>>(() => {}), /`reconcile` failed: no end within/],
  ])("is tried again by a resume where it %s, and nothing is done", async (_, broken, message) => {
    const reconcile = vi.fn(async (): Promise<Reconciled<string>> => ({ state: "done", result: "found" }));
    reconcile.mockImplementationOnce(broken);
    const { act, graph } = doubtful(reconcile, 50);
    await go(graph);
    const { error } = await goOn(graph);
    expect(error).toMatchObject({ code: "EFFECT_UNKNOWN", message: expect.stringMatching(message) });
    expect(await goOn(graph)).toMatchObject({ status: "done", output: { said: "found" } });
    expect(act).toHaveBeenCalledTimes(1);
  });
});

it("an effect's question and the node's own are answered each by its own answer, over several resumes", async () => {
  const act = vi
    .fn(() => "published")
    .mockImplementationOnce(() => {
      throw new Error("lost");
    });
  const graph = graphOf(async () => [
    await effect("article", act),
    interrupt("First?"),
    interrupt("Second?"),
  ]);
  await go(graph);
  expect((await goOn(graph)).interrupts).toMatchObject([{ value: { kind: "effect" } }]);
  expect((await goOn(graph, { did: true, result: "there" })).interrupts).toMatchObject([{ value: "First?" }]);
  expect((await goOn(graph, "1")).interrupts).toMatchObject([{ value: "Second?" }]);
  expect(await goOn(graph, "2")).toMatchObject({ status: "done", output: { said: ["there", "1", "2"] } });
  expect(act).toHaveBeenCalledTimes(1);
});

it("two effects in doubt at once are each answered by a person", async () => {
  const acts = { article: vi.fn(() => "new article"), letter: vi.fn(() => "new letter") };
  const failing = (): string => {
    throw new Error("lost");
  };
  for (const act of Object.values(acts)) act.mockImplementationOnce(failing);
  const graph = graphOf(() => Promise.all([effect("article", acts.article), effect("letter", acts.letter)]));
  expect(await go(graph)).toMatchObject({ status: "failed", error: { code: "EFFECT_UNKNOWN" } });
  const answers: Record<string, unknown> = {
    article: { did: true, result: "old article" },
    letter: { did: false },
  };
  let result = await goOn(graph);
  for (let rounds = 0; result.status === "needs_human" && rounds < 3; rounds++) {
    const resume = result.interrupts.map(({ id, value }) => [id, answers[(value as { key: string }).key]]);
    result = await goOn(graph, Object.fromEntries(resume));
  }
  expect(result).toMatchObject({ status: "done", output: { said: ["old article", "new letter"] } });
  expect(acts.article).toHaveBeenCalledTimes(1);
  expect(acts.letter).toHaveBeenCalledTimes(2);
});

it("an effect in doubt ends the run, and is no failed branch that the others go on without", async () => {
  const act = vi.fn((): string => {
    throw new Error("lost");
  });
  const graph = graphOf(async () => [
    (await branch({ who: "publisher", work: () => effect("article", act) })).status,
  ]);
  expect(await go(graph)).toMatchObject({ status: "failed", error: { code: "EFFECT_UNKNOWN" } });
  expect(await goOn(graph)).toMatchObject({ status: "needs_human" });
  expect(await goOn(graph, { did: true, result: "there" })).toMatchObject({ output: { said: ["ok"] } });
  expect(act).toHaveBeenCalledTimes(1);
});

it("an effect that was done but could not be recorded is in doubt", async () => {
  const act = vi.fn(() => "published");
  const graph = publishing(act);
  const fulfil = vi
    .spyOn(storage.ledger, "fulfil")
    .mockRejectedValueOnce(new StorageError("The disk is full."));
  expect(await go(graph)).toMatchObject({ status: "failed", error: { code: "STORAGE" } });
  fulfil.mockRestore();
  expect(await goOn(graph)).toMatchObject({ status: "needs_human" });
  expect(act).toHaveBeenCalledTimes(1);
});

async function onPostgres(): Promise<Storage> {
  const database = await createDatabase();
  const opened = openStorage(database.url);
  onTestFinished(async () => {
    await opened.close();
    await database.drop();
  });
  return opened;
}
