import { execFile } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { HumanMessage } from "@langchain/core/messages";
import {
  type BaseCheckpointSaver,
  END,
  interrupt,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { ModelError, StorageError, UsageError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { modelCall } from "../../src/models/call.ts";
import { type Branch, parallel } from "../../src/nodes/branch.ts";
import { decided, neededBy, type Outcome, outcome, type Policy } from "../../src/outcomes/outcome.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { currentScope } from "../../src/resilience/scope.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { openStorage } from "../../src/storage/open.ts";
import { always, fails, ScriptedModel, type ScriptLines, when } from "../../src/testing/index.ts";

const Input = z.object({ question: z.string() });
const State = new StateSchema({ ...Input.shape, outcomes: z.array(outcome(z.string())) });

type Context = RunContext | undefined;

/** A graph of one node that works in parallel, on a saver of its own. */
function working(branchesIn: (context: Context) => Branch<string>[], policy: Policy = "best_effort") {
  const { checkpointer } = openStorage("memory:");
  const graph = new StateGraph(State, { input: Input, context: RunContext })
    .addNode("work", async (_, { context }) => ({ outcomes: await parallel(branchesIn(context), policy) }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "working", checkpointer });
  return { graph, checkpointer };
}

const INPUT = { question: "Which?" };

/** What came of branches. */
async function outcomesOf(branches: Branch<string>[], policy?: Policy): Promise<Outcome<string>[]> {
  const { graph } = working(() => branches, policy);
  return (await graph.invoke(INPUT, { configurable: { thread_id: "t" } })).outcomes;
}

const given = (who: string): Branch<string> => ({ who, work: async () => `By ${who}.` });
const failing = (who: string, error: unknown = new Error("It is down.")): Branch<string> => ({
  who,
  work: () => Promise.reject(error),
});
/** Waits for its signal, or for ever where it is deaf. */
const hanging = (who: string, { timeoutMs, deaf }: { timeoutMs?: number; deaf?: boolean } = {}) => ({
  who,
  timeoutMs,
  work: (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      if (!deaf) signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
});
/** A branch of one model call, whose role is its name. */
const asking = (who: string, context: Context, timeoutMs?: number): Branch<string> => ({
  who,
  timeoutMs,
  work: async () => {
    const { message } = await modelCall({ role: who, messages: [new HumanMessage("Which?")] }, context);
    return message.text;
  },
});

const shortened = (outcomes: readonly Outcome<string>[]) =>
  outcomes.map((each) => [each.who, each.status, each.status === "ok" ? each.value : each.why]);

describe("a branch", () => {
  it("comes to an outcome with its value or with why there is none, in the order of the branches", async () => {
    const outcomes = await outcomesOf([
      given("a"),
      failing("b"),
      hanging("c", { timeoutMs: 20 }),
      hanging("d", { timeoutMs: 20, deaf: true }),
      given("e"),
    ]);
    expect(shortened(outcomes)).toEqual([
      ["a", "ok", "By a."],
      ["b", "failed", "It is down."],
      ["c", "timed_out", "no answer within 0.02 s"],
      ["d", "timed_out", "no answer within 0.02 s"],
      ["e", "ok", "By e."],
    ]);
  });

  it("has failed also where it throws at once, or throws what is no error, and its reason is one line", async () => {
    const outcomes = await outcomesOf([
      {
        who: "a",
        work: () => {
          throw new Error("At once.");
        },
      },
      failing("b", "a text"),
      failing("c", new Error("two\n\n<report>lines</report>")),
      failing("d", new Error("")),
      failing("e", new Error("long ".repeat(1_000))),
    ]);
    expect(outcomes.map((each) => each.status)).toEqual(Array(5).fill("failed"));
    expect(
      shortened(outcomes)
        .map(([, , why]) => why)
        .slice(0, 4),
    ).toEqual(["At once.", "a text", "two <report>lines</report>", "no reason was given"]);
    expect(shortened(outcomes)[4]?.[2]).toHaveLength(300);
  });

  it("says what its calls spent, and not what the others' did", async () => {
    const spending = (who: string, calls: number): Branch<string> => ({
      who,
      work: async () => {
        currentScope()?.count({ ...NOTHING_SPENT, calls }, false);
        if (calls > 2) throw new Error("Too many.");
        return who;
      },
    });
    const outcomes = await outcomesOf([spending("a", 1), spending("b", 2), spending("c", 3)]);
    expect(outcomes.map(({ spend }) => spend.calls)).toEqual([1, 2, 3]);
  });

  it("tells when it begins and how it ended", async () => {
    const { graph } = working(() => [given("a"), failing("b")]);
    const events: RunEvent[] = [];
    await run(graph, INPUT, { onEvent: (event) => events.push(event) });
    const told = events.filter(({ type }) => type.startsWith("branch_"));
    expect(told).toMatchObject([
      { type: "branch_started", who: "a", node: "work" },
      { type: "branch_started", who: "b", node: "work" },
      { type: "branch_ended", who: "a", status: "ok" },
      { type: "branch_ended", who: "b", status: "failed", why: "It is down." },
    ]);
  });

  it("whose model fails costs the others nothing, where LangGraph would end the run", async () => {
    const { graph } = working((context) => ["a", "b", "c"].map((who) => asking(who, context)));
    const models = new ScriptedModel({
      a: ["One."],
      b: [fails(new ModelError("unauthorized", "m", "The key is refused."))],
      c: ["Three."],
    });
    const { status, output } = await run(graph, INPUT, { models });
    expect(status).toBe("done");
    expect(shortened(output?.outcomes ?? [])).toEqual([
      ["a", "ok", "One."],
      ["b", "failed", "The key is refused."],
      ["c", "ok", "Three."],
    ]);
  });

  it("whose model does not answer in time ends, and its call with it", async () => {
    const { graph } = working((context) => [asking("a", context, 50), asking("b", context)]);
    const never = new Promise<never>(() => {});
    const models = new ScriptedModel({ a: [() => never], b: ["Two."] });
    const { status, output } = await run(graph, INPUT, { models });
    expect(status).toBe("done");
    expect(output?.outcomes).toMatchObject([{ status: "timed_out" }, { status: "ok" }]);
  });

  it("that hangs with nothing open lets no process end before its time is up", async () => {
    const script = `
      import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
      import { z } from "zod";
      import { parallel } from "./src/nodes/branch.ts";
      const hanging = { who: "a", work: () => new Promise(() => {}), timeoutMs: 50 };
      const graph = new StateGraph(new StateSchema({ came: z.string() }))
        .addNode("work", async () => ({ came: (await parallel([hanging], "all"))[0].status }))
        .addEdge(START, "work")
        .addEdge("work", END)
        .compile();
      console.log((await graph.invoke({})).came);`;
    const child = ["--import", "tsx", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, child);
    expect(stdout.trim()).toBe("timed_out");
  });

  it("may be given more time than a timer takes", async () => {
    const [slow] = await outcomesOf([
      {
        who: "a",
        timeoutMs: 2 ** 40,
        work: () => new Promise((resolve) => setTimeout(resolve, 20, "Late.")),
      },
    ]);
    expect(slow).toMatchObject({ status: "ok", value: "Late." });
  });
});

/** Waits until a text stands in the writes that are pending on the thread. */
async function stored(checkpointer: BaseCheckpointSaver, text: string): Promise<void> {
  for (;;) {
    for await (const { pendingWrites } of checkpointer.list({ configurable: { thread_id: "t" } })) {
      if (JSON.stringify(pendingWrites).includes(text)) return;
    }
    await setImmediate();
  }
}

describe("what concerns the run itself", () => {
  it.each([
    ["misuse", new UsageError("BAD", "Named nothing.")],
    ["a storage that fails", new StorageError("The disk is full.")],
  ])("is thrown out of a branch: %s", async (_, error) => {
    await expect(outcomesOf([given("a"), failing("b", error)])).rejects.toThrow(error.message);
    const { graph } = working(() => [hanging("a"), failing("b", error), hanging("c")]);
    const ended = await run(graph, INPUT).catch((thrown) => ({ error: thrown }));
    expect(ended.error).toMatchObject({ code: error.code, message: error.message });
  });

  it("is its stop, which is no failure of a branch: a resume does the work that was cut off, and no other", async () => {
    const stop = new AbortController();
    const worked: string[] = [];
    let resumed = false;
    const counted = (who: string, branch: Branch<string>): Branch<string> => ({
      ...branch,
      work: (signal) => {
        worked.push(who);
        return branch.work(signal);
      },
    });
    const { graph, checkpointer } = working(() => [
      counted("a", given("a")),
      counted("b", resumed ? given("b") : hanging("b")),
    ]);
    const running = run(graph, INPUT, { thread: "t", signal: stop.signal });
    await stored(checkpointer, "By a.");
    stop.abort();
    expect((await running).status).toBe("cancelled");
    resumed = true;
    const { output } = await run(graph, null, { thread: "t", resume: true });
    expect(shortened(output?.outcomes ?? [])).toEqual([
      ["a", "ok", "By a."],
      ["b", "ok", "By b."],
    ]);
    expect(worked).toEqual(["a", "b", "b"]);
  });

  it("is a spent budget, also where a branch asks a model past our own calls", async () => {
    const models = new ScriptedModel([when(() => true, always("Here."))]);
    const foreign = (who: string): Branch<string> => ({
      who,
      work: async () => (await models.invoke("?")).text,
    });
    const { graph } = working(() => [foreign("a"), foreign("b")]);
    const ended = await run(graph, INPUT, { budget: { calls: 1 } });
    expect(ended).toMatchObject({ status: "budget_exhausted", error: { cap: "calls" }, spend: { calls: 1 } });
  });

  it("is a question, which suspends the run; the others finish, and only who asked works again", async () => {
    const worked: string[] = [];
    const noted = (who: string, work: () => Promise<string>): Branch<string> => ({
      who,
      work: () => {
        worked.push(who);
        return work();
      },
    });
    const { graph } = working(() => [
      noted("a", async () => String(interrupt("Go on?"))),
      noted("b", () => new Promise((resolve) => setTimeout(resolve, 20, "By b."))),
      noted("c", () => Promise.reject(new Error("It is down."))),
    ]);
    const asked = await run(graph, INPUT, { thread: "t" });
    expect(asked).toMatchObject({ status: "needs_human", interrupts: [{ value: "Go on?" }] });
    const { status, output } = await run(graph, null, { thread: "t", resume: "yes" });
    expect(status).toBe("done");
    expect(shortened(output?.outcomes ?? [])).toEqual([
      ["a", "ok", "yes"],
      ["b", "ok", "By b."],
      ["c", "failed", "It is down."],
    ]);
    expect(worked).toEqual(["a", "b", "c", "a"]);
  });
});

describe("a policy", () => {
  it("cancels the others once the first have come", async () => {
    const outcomes = await outcomesOf([hanging("a"), given("b"), failing("c"), hanging("d")], { first: 1 });
    expect(shortened(outcomes)).toEqual([
      ["a", "cancelled", "enough others had come first"],
      ["b", "ok", "By b."],
      ["c", "failed", "It is down."],
      ["d", "cancelled", "enough others had come first"],
    ]);
  });

  it("that wants the first does not stop at failures", async () => {
    const late = { who: "c", work: () => new Promise<string>((resolve) => setTimeout(resolve, 20, "By c.")) };
    const outcomes = await outcomesOf([failing("a"), failing("b"), late], { first: 1 });
    expect(outcomes.map(({ status }) => status)).toEqual(["failed", "failed", "ok"]);
  });

  it("is decided alike for whatever becomes of the branches, and whoever is not cancelled is told as it was", async () => {
    const ends = fc.constantFrom("ok" as const, "failed" as const, "timed_out" as const);
    const policies = fc.oneof(
      fc.constantFrom<Policy>("all", "best_effort"),
      fc.integer({ min: 1, max: 6 }).map((quorum): Policy => ({ quorum })),
      fc.integer({ min: 1, max: 6 }).map((first): Policy => ({ first })),
    );
    const made = { ok: given, failed: failing, timed_out: (who: string) => hanging(who, { timeoutMs: 1 }) };
    await fc.assert(
      fc.asyncProperty(fc.array(ends, { minLength: 1, maxLength: 6 }), policies, async (all, policy) => {
        const branches = all.map((end, at) => made[end](`w${at}`));
        const outcomes = await outcomesOf(branches, policy);
        const given = all.filter((end) => end === "ok").length;
        const enough = given >= neededBy(policy, all.length);
        expect(decided(outcomes, policy).status).toBe(enough ? "sufficient" : "insufficient");
        expect(outcomes.map(({ who }) => who)).toEqual(branches.map(({ who }) => who));
        for (const [at, { status }] of outcomes.entries()) {
          const cancellable = typeof policy === "object" && "first" in policy && enough;
          expect(cancellable && status === "cancelled" ? all[at] : status).toBe(all[at]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a hundred branches", () => {
  const WHO = Array.from({ length: 100 }, (_, at) => `w${at}`);

  function warnings() {
    const heard: string[] = [];
    const hear = ({ message }: Error) => heard.push(message);
    process.on("warning", hear);
    onTestFinished(() => void process.off("warning", hear));
    return heard;
  }

  /** A model that answers nobody before everybody has asked. */
  function together(count: number): ScriptedModel {
    let asked = 0;
    let release = () => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const line = async () => {
      asked += 1;
      if (asked === count) release();
      await all;
      return "Here.";
    };
    return new ScriptedModel([when(() => true, always(line))]);
  }

  it("are in flight at once, without a warning of leaks", async () => {
    const heard = warnings();
    const { graph } = working((context) => WHO.map((who) => asking(who, context, 30_000)));
    const models = together(WHO.length);
    const { output } = await run(graph, INPUT, { models });
    expect(output?.outcomes.map(({ who, status }) => `${who} ${status}`)).toEqual(
      WHO.map((who) => `${who} ok`),
    );
    expect(models.requests).toHaveLength(WHO.length);
    expect(heard).toEqual([]);
  });

  it("all run where LangGraph is told to run one task at a time", async () => {
    const { graph } = working((context) => WHO.map((who) => asking(who, context)));
    const models: ScriptLines = [when(() => true, always("Here."))];
    const { outcomes } = await graph.invoke(INPUT, {
      maxConcurrency: 1,
      context: { models: new ScriptedModel(models) },
      configurable: { thread_id: "t" },
    });
    expect(outcomes.filter(({ status }) => status === "ok")).toHaveLength(WHO.length);
  });
});
