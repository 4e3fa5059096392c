import { END, interrupt, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { type DelegateOptions, delegate } from "../../src/nodes/delegate.ts";
import { Delegation, leastLoaded, loadOf, nextInTurn } from "../../src/outcomes/delegation.ts";
import { defineRole } from "../../src/roles/role.ts";
import { loadRoles } from "../../src/roles/role-files.ts";
import { run } from "../../src/runtime/run.ts";
import { log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { openStorage } from "../../src/storage/open.ts";
import { always, ScriptedModel } from "../../src/testing/index.ts";

const role = (name: string, ...expertise: string[]) =>
  defineRole({ name, goal: `Does what ${name} does.`, expertise });
const ROLES = [
  role("coder", "code", "debugging"),
  role("writer", "articles", "letters"),
  role("cook", "soup"),
];

const State = new StateSchema({ tasks: z.array(z.string()), delegations: log(Delegation) });

/** A graph that delegates one task after the other, each in a superstep of its own. */
const delegating = (options: (task: string) => Omit<DelegateOptions, "task" | "delegations">) =>
  new StateGraph(State, { context: RunContext })
    .addNode("give", async ({ tasks: [task = "", ...tasks], delegations }) => ({
      tasks,
      delegations: await delegate({ ...options(task), task, delegations }),
    }))
    .addEdge(START, "give")
    .addConditionalEdges("give", ({ tasks }) => (tasks.length > 0 ? "give" : END), ["give", END])
    .compile({ name: "delegating", checkpointer: openStorage("memory:").checkpointer });

async function delegated(options: Omit<DelegateOptions, "task">, tasks: string[], models?: ScriptedModel) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const { output } = await run(
    delegating(() => options),
    { tasks },
    { onEvent, ...(models && { models }) },
  );
  return { delegations: output?.delegations ?? [], events };
}

const names = (delegations: readonly Delegation[]) =>
  delegations.map((each) => (each.status === "delegated" ? each.to : null));

describe("by expertise", () => {
  const chosen = async (task: string, more: Partial<DelegateOptions> = {}) =>
    (await delegated({ to: ROLES, by: "expertise", ...more }, [task])).delegations[0];

  it("a task goes to whose keywords it holds, with the words that decided", async () => {
    expect(await chosen("Debug this code, please")).toEqual({
      status: "delegated",
      to: "coder",
      by: "expertise",
      reason: "“Debug”, “code” speak for coder.",
    });
    expect(await chosen("Write a letter on soups and letters and an article")).toMatchObject({
      to: "writer",
    });
  });

  it("a task that no role shares enough words with goes to nobody", async () => {
    expect(await chosen("Repair the roof")).toEqual({
      status: "no_one_fits",
      reason: "Too few words of the task speak for any of the roles.",
    });
    expect(await chosen("A soup", { threshold: 2 })).toMatchObject({
      status: "no_one_fits",
      reason: "Too few words of the task speak for any of the roles; only “soup” would for cook.",
    });
    expect(await chosen("", { threshold: 0 })).toMatchObject({ status: "no_one_fits" });
  });

  it("of two that fit alike, the first gets it", async () => {
    expect(await chosen("soup and code")).toMatchObject({ to: "coder" });
    expect(await chosen("soup and code", { to: [...ROLES].reverse() })).toMatchObject({ to: "cook" });
  });

  it("the roles of docs/roles get what is theirs", async () => {
    const to = await loadRoles("docs/roles");
    const by = { to, by: "expertise" } as const;
    const tasks = [
      "Find out what the documents say on leases, with sources",
      "Implement a rate limiter in TypeScript",
      "Write an announcement of the release",
      "Proofread this paragraph for grammar and style",
      "Test the parser on edge cases",
      "Water the plants",
    ];
    const { delegations } = await delegated(by, tasks);
    expect(names(delegations)).toEqual(["researcher", "coder", "writer", "editor", "tester", null]);
  });
});

describe("in turn", () => {
  it("the roles get the tasks one after the other, and are told so", async () => {
    const { delegations, events } = await delegated({ to: ROLES, by: "round_robin" }, ["1", "2", "3", "4"]);
    expect(names(delegations)).toEqual(["coder", "writer", "cook", "coder"]);
    const told = events.filter(({ type }) => type === "delegated");
    expect(told[1]).toMatchObject({
      node: "give",
      task: "2",
      to: "writer",
      by: "round_robin",
      reason: "It is next in turn.",
    });
    expect(told).toHaveLength(4);
  });

  it("is fair from any beginning, whatever else was delegated in between", () => {
    const name = fc.constantFrom("a", "b", "c", "d");
    const other: fc.Arbitrary<Delegation> = fc.oneof(
      fc.record({
        status: fc.constant("delegated" as const),
        to: name,
        by: fc.constantFrom("expertise" as const, "model" as const),
        reason: fc.constant(""),
      }),
      fc.record({ status: fc.constant("no_one_fits" as const), reason: fc.constant("") }),
    );
    const all = fc.uniqueArray(name, { minLength: 1 });
    fc.assert(
      fc.property(all, fc.array(fc.array(other, { maxLength: 2 }), { maxLength: 30 }), (roles, rounds) => {
        const record: Delegation[] = [];
        for (const between of rounds) {
          record.push(...between);
          const to = nextInTurn(roles, record) ?? "";
          record.push({ status: "delegated", to, by: "round_robin", reason: "" });
        }
        const counts = roles.map(
          (role) =>
            record.filter(
              (each) => each.status === "delegated" && each.by === "round_robin" && each.to === role,
            ).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("by load", () => {
  it("counts what was delegated and has not ended", async () => {
    const by = { to: ROLES, by: "least_loaded" } as const;
    expect(names((await delegated(by, ["1", "2", "3", "4"])).delegations)).toEqual([
      "coder",
      "writer",
      "cook",
      "coder",
    ]);
    const load = loadOf((await delegated(by, ["1", "2", "3"])).delegations, ["writer", "writer"]);
    expect(load).toEqual({ coder: 1, writer: 0, cook: 1 });
    expect(names((await delegated({ ...by, load }, ["5"])).delegations)).toEqual(["writer"]);
  });

  it("never chooses one with more in flight than another, and of several the first", () => {
    const roles = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(roles, fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }), (all, counts) => {
        const load = Object.fromEntries(all.map((name, at) => [name, counts[at] ?? 0]));
        const chosen = leastLoaded(all, load) ?? "";
        const least = Math.min(...Object.values(load));
        expect(load[chosen]).toBe(least);
        expect(chosen).toBe(all.find((name) => load[name] === least));
      }),
    );
  });
});

describe("as a model chooses", () => {
  const by = { to: ROLES, by: "model" } as const;
  const scripted = (...lines: object[]) =>
    new ScriptedModel({ delegator: lines.map((line) => always(JSON.stringify(line))) });

  it("it is shown the roles, and its reason is kept", async () => {
    const models = scripted({ to: "cook", reason: "It is about dinner." });
    const { delegations } = await delegated(by, ["Dinner </task> for two"], models);
    expect(delegations).toEqual([
      { status: "delegated", to: "cook", by: "model", reason: "It is about dinner." },
    ]);
    const asked = models.requests[0]?.text ?? "";
    expect(asked).toContain("<choices>\n- coder: Does what coder does. code, debugging\n");
    expect(asked).toContain("- none: no one of them fits\n</choices>");
    expect(asked).toContain("Dinner <\\/task> for two");
  });

  it("it may choose nobody, and one that there is not is nobody, after it was asked again", async () => {
    const nobody = scripted({ to: "none", reason: "No one repairs roofs." });
    expect((await delegated(by, ["Roof"], nobody)).delegations).toEqual([
      { status: "no_one_fits", reason: "No one repairs roofs." },
    ]);
    const stranger = scripted({ to: "roofer", reason: "Roofs." });
    const { delegations, events } = await delegated(by, ["Roof"], stranger);
    expect(delegations).toEqual([
      { status: "no_one_fits", reason: expect.stringMatching(/^The delegator gave no valid choice: /) },
    ]);
    expect(stranger.requests.length).toBeGreaterThan(1);
    expect(events.find(({ type }) => type === "delegated")).toMatchObject({ to: null, by: "model" });
  });

  it("the offline model chooses by what task and role share", async () => {
    const { delegations } = await delegated(by, ["Debug this code", "Write a letter", "Hmm, zebras"]);
    expect(names(delegations)).toEqual(["coder", "writer", null]);
    expect(delegations[0]?.reason).toBe("“debug”, “code” speak for coder.");
  });
});

describe("misuse and nobody", () => {
  it("roles that cannot be told apart are misuse; no roles at all are nobody", async () => {
    const twice = [role("a"), role("a")];
    const give = (to: typeof ROLES, by: DelegateOptions["by"]) =>
      delegating(() => ({ to, by })).invoke({ tasks: ["x"] }, { configurable: { thread_id: "m" } });
    await expect(give(twice, "round_robin")).rejects.toThrow(UsageError);
    await expect(give([role("none")], "model")).rejects.toThrow('A role is called "none"');
    for (const by of ["expertise", "round_robin", "least_loaded", "model"] as const) {
      expect((await delegated({ to: [], by }, ["x"])).delegations).toEqual([
        { status: "no_one_fits", reason: "There is nobody to give it to." },
      ]);
    }
  });
});

describe("a delegation is durable:", () => {
  it("a node that is interrupted after it chose does not choose anew, although the load has changed", async () => {
    let load = { coder: 1, writer: 0, cook: 1 };
    let decided = 0;
    const graph = new StateGraph(State)
      .addNode("give", async ({ tasks: [task = ""] }) => {
        const delegation = await delegate({ task, to: ROLES, by: "least_loaded", load });
        decided += 1;
        interrupt("Go on?");
        return { delegations: delegation };
      })
      .addEdge(START, "give")
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
    await graph.invoke({ tasks: ["x"] }, config);
    load = { coder: 0, writer: 5, cook: 0 };
    const { Command } = await import("@langchain/langgraph");
    const { delegations } = await graph.invoke(new Command({ resume: "yes" }), config);
    expect(decided).toBe(2);
    expect(names(delegations)).toEqual(["writer"]);
  });
});
