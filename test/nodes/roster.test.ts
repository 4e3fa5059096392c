import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { HumanMessage } from "@langchain/core/messages";
import {
  type BaseCheckpointSaver,
  Command,
  interrupt,
  MemorySaver,
  Send,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { modelCall } from "../../src/models/call.ts";
import { counting } from "../../src/nodes/counting.ts";
import { type Assigned, Roster } from "../../src/nodes/roster.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { log, spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { openStorage } from "../../src/storage/open.ts";
import { always, ScriptedModel } from "../../src/testing/index.ts";

const ROLES = ["a", "b", "c"].map((name) => defineRole({ name, goal: "Works.", expertise: [`k${name}`] }));
const State = new StateSchema({ tasks: z.array(z.string()), assigned: log(z.custom<Assigned<string>>()) });
type Work = (task: string, role: string, signal: AbortSignal) => Promise<string>;

/** A graph with one node that assigns all its tasks at once. */
const assigning = (roster: Roster, work: Work, saver: BaseCheckpointSaver = new MemorySaver()) =>
  new StateGraph(State)
    .addNode("work", async ({ tasks }) => ({
      assigned: await Promise.all(
        tasks.map((task) => roster.assign(task, ({ name }, signal) => work(task, name, signal))),
      ),
    }))
    .addEdge(START, "work")
    .compile({ checkpointer: saver });

const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
const who = ({ delegation }: Assigned<unknown>) => (delegation.status === "delegated" ? delegation.to : null);

/** A promise that is resolved from outside. */
function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const quick: Work = async (task, role) => `${task} by ${role}`;

describe("a roster", () => {
  it("gives tasks to roles, runs the work, and tells what came of it", async () => {
    const roster = new Roster({ to: ROLES, by: "expertise" });
    const work: Work = async (task, role) => {
      if (role === "b") throw new Error("It is down.");
      return `${task} by ${role}`;
    };
    const { assigned } = await assigning(roster, work).invoke({ tasks: ["the ka", "the kb", "xyz"] }, config);
    expect(assigned).toMatchObject([
      { delegation: { to: "a", by: "expertise" }, outcome: { status: "ok", value: "the ka by a" } },
      { delegation: { to: "b" }, outcome: { status: "failed", why: "It is down.", who: "b: the kb" } },
      { delegation: { status: "no_one_fits" }, outcome: null },
    ]);
  });

  it("is misuse with two roles of one name", () => {
    expect(() => new Roster({ to: [...ROLES, ...ROLES], by: "round_robin" })).toThrow(UsageError);
  });

  it("goes on in turn behind what was delegated before", async () => {
    const roster = new Roster({ to: ROLES, by: "round_robin" });
    const graph = new StateGraph(State)
      .addNode("work", async () => ({
        assigned: await Promise.all(
          ["1", "2"].map((task) =>
            roster.assign(task, async () => "", {
              delegations: [{ status: "delegated", to: "b", by: "round_robin", reason: "" }],
            }),
          ),
        ),
      }))
      .addEdge(START, "work")
      .compile();
    expect((await graph.invoke({ tasks: [] })).assigned.map(who)).toEqual(["c", "a"]);
  });
});

describe("by load, a roster", () => {
  const roster = () => new Roster({ to: ROLES, by: "least_loaded" });

  it("spreads what is begun at once, and counts what has ended or failed no longer", async () => {
    const crew = roster();
    const seen: unknown[] = [];
    const graph = new StateGraph(State)
      .addNode("work", async () => {
        let fail = () => {};
        const failing = new Promise<string>((_, reject) => {
          fail = () => reject(new Error("It is down."));
        });
        let end = () => {};
        const ending = new Promise<string>((resolve) => {
          end = () => resolve("");
        });
        const first = crew.assign("1", () => failing);
        const second = crew.assign("2", () => ending);
        while (crew.load()["b"] !== 1) await setImmediate();
        seen.push(crew.load());
        fail();
        const failed = await first;
        seen.push(crew.load());
        const third = await crew.assign("3", async () => "");
        end();
        const assigned = [failed, await second, third];
        seen.push(crew.load());
        return { assigned };
      })
      .addEdge(START, "work")
      .compile({ checkpointer: new MemorySaver() });
    const { assigned } = await graph.invoke({ tasks: [] }, config);
    expect(assigned.map(who)).toEqual(["a", "b", "a"]);
    expect(seen).toEqual([{ a: 1, b: 1 }, { b: 1 }, {}]);
  });

  it("sees the work of parallel nodes of its thread, and of no other", async () => {
    const crew = roster();
    let open = 0;
    const work: Work = async () => {
      open += 1;
      while (open % 6 !== 0) await setImmediate();
      return "";
    };
    const graph = new StateGraph(State)
      .addNode("each", async ({ tasks: [task = ""] }) => ({
        assigned: await crew.assign(task, ({ name }, signal) => work(task, name, signal)),
      }))
      .addConditionalEdges(START, ({ tasks }) => tasks.map((task) => new Send("each", { tasks: [task] })), [
        "each",
      ])
      .compile({ checkpointer: new MemorySaver() });
    const invoke = (thread: string) =>
      graph.invoke({ tasks: ["1", "2", "3"] }, { configurable: { thread_id: thread } });
    const both = await Promise.all([invoke("one"), invoke("two")]);
    for (const { assigned } of both) expect(assigned.map(who).sort()).toEqual(["a", "b", "c"]);
  });

  it("never gives work to one who has more in flight than another, whatever ends in between", async () => {
    const steps = fc.array(fc.oneof(fc.constant("begin" as const), fc.nat(9)), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const crew = roster();
        const graph = new StateGraph(State)
          .addNode("work", async () => {
            const open: { role: string; end: () => void; ended: Promise<unknown> }[] = [];
            const loads = () => ROLES.map(({ name }) => open.filter(({ role }) => role === name).length);
            for (const step of script) {
              if (step === "begin") {
                const least = Math.min(...loads());
                const begun = deferred<string>();
                const held = deferred<void>();
                const ended = crew.assign("task", async ({ name }) => {
                  begun.resolve(name);
                  await held.promise;
                  return name;
                });
                const role = await begun.promise;
                expect(loads()[ROLES.findIndex(({ name }) => name === role)]).toBe(least);
                open.push({ role, end: held.resolve, ended });
              } else if (open.length > 0) {
                const [one] = open.splice(step % open.length, 1);
                one?.end();
                await one?.ended;
              }
            }
            for (const one of open) one.end();
            await Promise.all(open.map(({ ended }) => ended));
            return {};
          })
          .addEdge(START, "work")
          .compile({ checkpointer: new MemorySaver() });
        await graph.invoke({ tasks: [] }, config);
      }),
      { numRuns: 25 },
    );
  });
});

describe("after a crash", () => {
  it("a resume gives what is left to the same roles, in turn as by load, and does nothing that had ended anew", async () => {
    const strategy = fc.constantFrom("round_robin" as const, "least_loaded" as const);
    const tasks = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(strategy, tasks, fc.nat(), async (by, count, seed) => {
        const all = Array.from({ length: count }, (_, at) => `task ${at}`);
        const done = all.filter((_, at) => (seed >> at) % 2 === 0);
        const saver = new MemorySaver();
        const stop = new AbortController();
        const first = new Map<string, string>();
        const dying: Work = async (task, role, signal) => {
          first.set(task, role);
          if (done.includes(task)) return `${task} by ${role}`;
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        };
        const before = assigning(new Roster({ to: ROLES, by }), dying, saver);
        const crashed = before.invoke({ tasks: all }, { ...config, signal: stop.signal });
        crashed.catch(() => {});
        while (first.size < count) await setImmediate();
        await sleep(5);
        stop.abort();
        if (done.length < count) await expect(crashed).rejects.toThrow();
        else await crashed;
        const second = new Map<string, string>();
        const working: Work = async (task, role) => {
          second.set(task, role);
          return `${task} by ${role}`;
        };
        const after = assigning(new Roster({ to: [...ROLES], by }), working, saver);
        const { assigned } = done.length < count ? await after.invoke(null, config) : await crashed;
        expect([...second.keys()].sort()).toEqual(all.filter((task) => !done.includes(task)).sort());
        expect(assigned.map(who)).toEqual(all.map((task) => first.get(task)));
        expect(assigned.map(({ outcome }) => outcome)).toMatchObject(
          all.map((task) => ({ status: "ok", value: `${task} by ${first.get(task)}` })),
        );
        if (by === "least_loaded") return;
        expect(assigned.map(who)).toEqual(all.map((_, at) => ["a", "b", "c"][at % 3]));
      }),
      { numRuns: 25 },
    );
  });

  it("an interrupted assignment goes on with the same role, and is in flight no longer meanwhile", async () => {
    const crew = new Roster({ to: ROLES, by: "least_loaded" });
    const roles: string[] = [];
    const asking: Work = async (task, role) => {
      roles.push(`${task} ${role}`);
      return task === "2" ? String(interrupt("Go on?")) : task;
    };
    const graph = assigning(crew, asking);
    await graph.invoke({ tasks: ["1", "2", "3"] }, config);
    const { assigned } = await graph.invoke(new Command({ resume: "yes" }), config);
    expect(assigned.map(who)).toEqual(["a", "b", "c"]);
    expect(roles).toEqual(["1 a", "2 b", "3 c", "2 b"]);
    expect((await assigning(crew, quick).invoke({ tasks: ["4"] }, config)).assigned.map(who).at(-1)).toBe(
      "a",
    );
  });
});

describe("what assigned work spends", () => {
  it("is counted once for its node, also where a part of it had ended before a resume", async () => {
    const Spending = new StateSchema({ said: z.array(z.string()), spent: spending() });
    const crew = new Roster({ to: ROLES, by: "round_robin" });
    const node = async (_: unknown, { context }: { context?: RunContext }) => {
      const ask = async (role: string) => {
        const { message } = await modelCall({ role, messages: [new HumanMessage(role)] }, context);
        return role === "b" ? `${message.text} ${interrupt("Go on?")}` : message.text;
      };
      const all = await Promise.all(["1", "2"].map((task) => crew.assign(task, ({ name }) => ask(name))));
      return { said: all.map(({ outcome }) => (outcome?.status === "ok" ? outcome.value : "")) };
    };
    const graph = new StateGraph(Spending, { context: RunContext })
      .addNode("work", counting(node))
      .addEdge(START, "work")
      .compile({ name: "spending", checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel({ a: [always("A.")], b: [always("B.")] });
    await run(graph, { said: [] }, { thread: "t", models });
    const { output, spend } = await run(graph, null, { thread: "t", models, resume: "yes" });
    expect(output?.said).toEqual(["A.", "B. yes"]);
    expect(models.requests).toHaveLength(2);
    expect(spend.calls).toBe(2);
    expect(output?.spent.calls).toBe(2);
  });
});
