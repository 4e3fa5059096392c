import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  type BaseCheckpointSaver,
  END,
  interrupt,
  MemorySaver,
  START,
  StateGraph,
  StateSchema,
  task,
} from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Piece, whenReady } from "../../src/nodes/when-ready.ts";
import type { Outcome } from "../../src/outcomes/outcome.ts";
import type { Step } from "../../src/outcomes/plan.ts";
import { plan } from "../outcomes/plans.ts";

const State = new StateSchema({ outcomes: z.array(z.custom<Outcome<string>>()) });

/** A graph with one node that runs pieces of work, on a thread. */
function graphOf(pieces: readonly Piece<string>[], maxParallel: number, saver?: BaseCheckpointSaver) {
  const graph = new StateGraph(State)
    .addNode("work", async () => ({ outcomes: await whenReady(pieces, { maxParallel }) }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ checkpointer: saver ?? new MemorySaver() });
  const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
  return {
    begin: async () => (await graph.invoke({ outcomes: [] }, config)).outcomes,
    resume: async () => (await graph.invoke(null, config)).outcomes,
  };
}

const run = (pieces: readonly Piece<string>[], maxParallel = 4) => graphOf(pieces, maxParallel).begin();

/** Work that gives its id with what it was given, and tells when it begins and ends. */
function watched() {
  const told: string[] = [];
  const begun: string[] = [];
  const open = new Set<string>();
  let widest = 0;
  const piece = ({ id, dependsOn }: Step, work: () => Promise<unknown> = setImmediate): Piece<string> => ({
    id,
    dependsOn,
    work: async (inputs) => {
      begun.push(id);
      told.push(`begin ${id}`);
      open.add(id);
      widest = Math.max(widest, open.size);
      try {
        await work();
        return `${id}(${inputs.join(" ")})`;
      } finally {
        open.delete(id);
        told.push(`end ${id}`);
      }
    },
  });
  return { piece, told, begun, widest: () => widest };
}

const step = (id: string, ...dependsOn: string[]): Step => ({ id, dependsOn });
const fail = async () => {
  throw new Error("broken");
};

describe("work that waits for its inputs", () => {
  it("is given their values, in the order in which it names them", async () => {
    const { piece } = watched();
    const outcomes = await run([piece(step("c", "b", "a")), piece(step("a")), piece(step("b", "a"))]);
    expect(outcomes.map(({ who, status }) => [who, status])).toEqual([
      ["c", "ok"],
      ["a", "ok"],
      ["b", "ok"],
    ]);
    expect(outcomes[0]).toMatchObject({ value: "c(b(a()) a())" });
  });

  it("begins when they have ended, and not when a level has", async () => {
    const { piece, told } = watched();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await run([
      piece(step("slow"), () => held),
      piece(step("quick")),
      piece(step("next", "quick")),
      piece(step("after", "next"), async () => release()),
    ]);
    expect(told.indexOf("begin after")).toBeLessThan(told.indexOf("end slow"));
  });

  it("goes first where the longest way is behind it, as the weights say", async () => {
    const { piece, begun } = watched();
    const weighed = (each: Step, weight: number) => ({ ...piece(each), weight });
    await run(
      [
        weighed(step("light"), 1),
        weighed(step("heavy"), 5),
        weighed(step("long"), 2),
        weighed(step("tail", "long"), 4),
        piece(step("plain")),
      ],
      1,
    );
    expect(begun).toEqual(["long", "heavy", "tail", "light", "plain"]);
  });

  it("takes no part of its time for waiting", async () => {
    const { piece } = watched();
    const quick = { ...piece(step("quick")), timeoutMs: 250 };
    const slow = { ...piece(step("slow"), () => sleep(300)), weight: 2 };
    const needy = { ...piece(step("needy", "slow")), timeoutMs: 250 };
    const outcomes = await run([quick, slow, needy], 1);
    expect(outcomes.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  });

  it("leaves its place when its time is up, and is not waited for", async () => {
    const { piece } = watched();
    const stuck = { ...piece(step("stuck"), () => new Promise(() => {})), timeoutMs: 20 };
    const outcomes = await run([stuck, piece(step("other")), piece(step("needy", "stuck"))], 1);
    expect(outcomes).toMatchObject([
      { status: "timed_out" },
      { status: "ok" },
      { status: "skipped", why: 'it needs "stuck", which timed out' },
    ]);
  });

  it.each([
    [[step("a", "b"), step("b", "a")], '"a" needs "b" needs "a"'],
    [[step("a", "x")], '"a" depends on "x"'],
    [[step("a"), step("a")], 'have the id "a"'],
    [[step("a", "a")], '"a" depends on itself'],
  ])("is misuse where it could never begin, and nothing begins: %j", async (steps, message) => {
    const { piece, begun } = watched();
    await expect(run(steps.map((each) => piece(each)))).rejects.toThrow(message);
    expect(begun).toEqual([]);
  });

  it.each([0, -1, 1.5])("is misuse with %d at once", async (limit) => {
    await expect(run([watched().piece(step("a"))], limit)).rejects.toThrow("maxParallel has to be");
  });
});

/** Which of a plan's steps fail by themselves. */
const failing = plan(1, 12).chain((steps) =>
  fc.record({
    steps: fc.constant(steps),
    broken: fc.subarray(steps.map(({ id }) => id)),
    limit: fc.integer({ min: 1, max: 5 }),
    pauses: fc.array(fc.nat(3), { minLength: steps.length, maxLength: steps.length }),
  }),
);

const PROPERTY = { numRuns: 60 };

describe("whatever depends on what, and whatever fails,", () => {
  it("no piece begins before its inputs have ended, and never more than the limit work at once", async () => {
    await fc.assert(
      fc.asyncProperty(failing, async ({ steps, limit, pauses }) => {
        const { piece, told, widest } = watched();
        const paused = steps.map((each, at) => piece(each, () => sleep(pauses[at])));
        const outcomes = await run(paused, limit);
        expect(outcomes.every(({ status }) => status === "ok")).toBe(true);
        for (const { id, dependsOn } of steps) {
          for (const needed of dependsOn) {
            expect(told.indexOf(`begin ${id}`)).toBeGreaterThan(told.indexOf(`end ${needed}`));
          }
        }
        expect(told).toHaveLength(2 * steps.length);
        expect(widest()).toBeLessThanOrEqual(limit);
      }),
      PROPERTY,
    );
  });

  it("exactly those without a failure among what they need do their work; the others say which input they lack", async () => {
    await fc.assert(
      fc.asyncProperty(failing, async ({ steps, broken, limit }) => {
        const { piece, begun } = watched();
        const outcomes = await run(
          steps.map((each) => piece(each, broken.includes(each.id) ? fail : setImmediate)),
          limit,
        );
        const skipped = skippedBy(steps, broken);
        const expected = ({ id }: Step) =>
          skipped.has(id) ? "skipped" : broken.includes(id) ? "failed" : "ok";
        expect(outcomes.map(({ who, status }) => [who, status])).toEqual(
          steps.map((each) => [each.id, expected(each)]),
        );
        expect(begun.sort()).toEqual(steps.flatMap(({ id }) => (skipped.has(id) ? [] : [id])).sort());
        for (const outcome of outcomes) {
          if (outcome.status === "ok") continue;
          const { dependsOn = [] } = steps.find(({ id }) => id === outcome.who) ?? {};
          const lacking = dependsOn.filter((id) => broken.includes(id) || skipped.has(id));
          const how = (id: string) => `"${id}", which ${skipped.has(id) ? "was skipped" : "failed"}`;
          const why = skipped.has(outcome.who) ? `it needs ${lacking.map(how).join(", and ")}` : "broken";
          expect(outcome.why).toBe(why);
        }
      }),
      PROPERTY,
    );
  });
});

/** Those that need, directly or not, one that fails. */
function skippedBy(steps: readonly Step[], broken: readonly string[]): Set<string> {
  const skipped = new Set<string>();
  for (const _ of steps) {
    for (const { id, dependsOn } of steps) {
      if (dependsOn.some((each) => broken.includes(each) || skipped.has(each))) skipped.add(id);
    }
  }
  return skipped;
}

describe("after a piece was interrupted", () => {
  /** Pieces of two calls each, which are tasks of their own; one of them asks between its calls. */
  function asking(asks: string, isAsking: () => boolean, calls: string[]) {
    const call = (name: string) =>
      task({ name: "call" }, async () => {
        calls.push(name);
        await setImmediate();
        return name;
      })();
    return ({ id, dependsOn }: Step): Piece<string> => ({
      id,
      dependsOn,
      work: async (inputs) => {
        await call(`${id}1`);
        if (id === asks && isAsking()) interrupt("More?");
        await call(`${id}2`);
        return `${id}(${inputs.join(" ")})`;
      },
    });
  }

  it("all that does not need it ends and is kept, and a resume does only what is left", async () => {
    await fc.assert(
      fc.asyncProperty(plan(2, 10), fc.nat(), fc.integer({ min: 1, max: 4 }), async (steps, at, limit) => {
        const asks = steps[at % steps.length]?.id ?? "";
        const needy = skippedBy(steps, [asks]);
        const calls: string[] = [];
        let isAsking = true;
        const pieces = steps.map(asking(asks, () => isAsking, calls));
        const { begin, resume } = graphOf(pieces, limit);
        const both = (ids: string[]) => ids.flatMap((id) => [`${id}1`, `${id}2`]);
        const free = steps.map(({ id }) => id).filter((id) => id !== asks && !needy.has(id));
        expect(await begin()).toEqual([]);
        expect(calls.splice(0).sort()).toEqual([...both(free), `${asks}1`].sort());
        isAsking = false;
        const outcomes = await resume();
        expect(calls.sort()).toEqual([...both([...needy]), `${asks}2`].sort());
        expect(outcomes).toEqual(await run(steps.map(asking("", () => false, []))).then(sameTimes(outcomes)));
      }),
      PROPERTY,
    );
  });

  /** Outcomes with the times of others, to compare the rest. */
  const sameTimes = (others: Outcome<string>[]) => (outcomes: Outcome<string>[]) =>
    outcomes.map((each, at) => ({ ...each, ms: others[at]?.ms ?? 0 }));
});

describe("after a crash in the middle", () => {
  it("what had ended is not done again, and the limit holds for the rest", async () => {
    const saver = new MemorySaver();
    const steps = [step("a"), step("b"), step("c"), step("d", "a"), step("e", "b"), step("f", "c", "d")];
    const stop = new AbortController();
    const first = watched();
    const hang = () => new Promise<never>((_, reject) => stop.signal.addEventListener("abort", reject));
    const stopping = steps.map((each) => first.piece(each, "ad".includes(each.id) ? setImmediate : hang));
    const graph = new StateGraph(State)
      .addNode("work", async () => ({ outcomes: await whenReady(stopping, { maxParallel: 3 }) }))
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ checkpointer: saver });
    const config = { configurable: { thread_id: "t" }, durability: "sync" as const, signal: stop.signal };
    const crashed = graph.invoke({ outcomes: [] }, config);
    while (!first.told.includes("end d")) await sleep(1);
    await sleep(20);
    stop.abort();
    await expect(crashed).rejects.toThrow();
    const second = watched();
    const { resume } = graphOf(
      steps.map((each) => second.piece(each)),
      2,
      saver,
    );
    const outcomes = await resume();
    expect(second.begun.sort()).toEqual(["b", "c", "e", "f"]);
    expect(second.widest()).toBeLessThanOrEqual(2);
    expect(outcomes.at(-1)).toMatchObject({ who: "f", value: "f(c() d(a()))" });
  });
});
