import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inOrder, planFaults, type Step } from "../../src/outcomes/plan.ts";
import { order, plan } from "./plans.ts";

const step = (id: string, ...dependsOn: string[]): Step => ({ id, dependsOn });
const kinds = (steps: Step[]) => planFaults(steps).map(({ kind, ids }) => [kind, ...ids]);

describe("a plan", () => {
  it("is without faults where each step needs steps that there are, and none waits for itself", () => {
    fc.assert(
      fc.property(plan(), (steps) => {
        expect(planFaults(steps)).toEqual([]);
      }),
    );
  });

  it("of no steps has no fault but its size", () => {
    expect(planFaults([])).toEqual([]);
    expect(planFaults([], { least: 1, most: 2 })).toMatchObject([{ kind: "too_few" }]);
  });

  it.each([
    ["a repeated id", [step("a"), step("b"), step("a"), step("a")], 'have the id "a"', ["a"]],
    ["an id that is none", [step("a"), step("b", "a", "x", "x")], '"b" depends on "x"', ["b", "x"]],
    ["a step that needs itself", [step("a"), step("b", "b")], '"b" depends on itself', ["b"]],
    ["a circle", [step("a", "b"), step("b", "a"), step("c", "b")], '"a" needs "b" needs "a"', ["a", "b"]],
  ])("has one fault, which names the ids, for %s", (_, steps, words, ids) => {
    const faults = planFaults(steps);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ message: expect.stringContaining(words), ids });
  });

  it("has a message of its own for each kind of fault, all at once", () => {
    const steps = [step("a"), step("a"), step("b", "b"), step("c", "x"), step("d", "e"), step("e", "d")];
    const faults = planFaults(steps, { least: 7, most: 9 });
    expect(faults.map(({ kind }) => kind)).toEqual([
      "too_few",
      "duplicate_id",
      "unknown_id",
      "self_dependency",
      "cycle",
    ]);
    expect(new Set(faults.map(({ message }) => message)).size).toBe(5);
    expect(planFaults(steps, { least: 1, most: 5 })[0]?.message).toMatch(/6 subtasks.*at most 5/);
    expect(faults[0]?.message).toMatch(/6 subtasks.*at least 7/);
  });

  it("has an unknown id, and no circle, where what is needed is not there", () => {
    expect(kinds([step("a", "x"), step("b", "a")])).toEqual([["unknown_id", "a", "x"]]);
  });

  it("has a circle of those that wait for each other in it, and none of those that wait for them", () => {
    const twice = [step("a", "b"), step("b", "a"), step("c", "a", "d"), step("d", "c"), step("e", "d")];
    expect(kinds(twice)).toEqual([
      ["cycle", "a", "b"],
      ["cycle", "c", "d"],
    ]);
  });
});

describe("any plan", () => {
  it("whose steps wait in a circle is found out, by a circle that is one", () => {
    const knots = plan(2, 12).chain((steps) =>
      fc.shuffledSubarray(order(steps), { minLength: 2 }).map((circle) => ({ steps, circle })),
    );
    fc.assert(
      fc.property(knots, ({ steps, circle }) => {
        const knotted = steps.map((each) => {
          const at = circle.indexOf(each.id);
          const next = circle[(at + 1) % circle.length] ?? each.id;
          return at < 0 ? each : { ...each, dependsOn: [...new Set([...each.dependsOn, next])] };
        });
        const faults = planFaults(knotted);
        expect(faults.length).toBeGreaterThan(0);
        for (const { kind, ids } of faults) {
          expect(kind).toBe("cycle");
          expect(ids.length).toBeGreaterThan(1);
          for (const [at, id] of ids.entries()) {
            const needs = knotted.find((each) => each.id === id)?.dependsOn;
            expect(needs).toContain(ids[(at + 1) % ids.length]);
          }
        }
      }),
    );
  });

  it("is put in an order in which each step stands behind those it needs", () => {
    fc.assert(
      fc.property(plan(), (steps) => {
        const ordered = inOrder(steps);
        expect(order(ordered).sort()).toEqual(order(steps).sort());
        for (const [at, { dependsOn }] of ordered.entries()) {
          expect(order(ordered.slice(0, at))).toEqual(expect.arrayContaining([...dependsOn]));
        }
      }),
    );
  });
});
