import { describe, expect, it } from "vitest";
import { Plan, type Step } from "../../graphs/plan-execute/state.ts";
import { block } from "../../src/models/prompt.ts";
import { answered, task } from "./offline-driver.ts";

const plan = (...parts: string[]) => answered("Steps", Plan, ...parts);
const asked = ({ steps }: Plan) => steps.map(({ instruction }) => instruction);

const left = ({ id, title, instruction, doneWhen }: Step) =>
  block("plan", `${instruction}\nDone when: ${doneWhen}`, { id, title });
const setback = ({ title }: Step) => block("objections", "It holds no material.", { title });

describe("a plan of steps", () => {
  it("has one for each thing that is compared, and for each part that the task names", async () => {
    expect(asked(await plan(task("Compare SQLite and Postgres as storage for durable workflows")))).toEqual([
      "SQLite as storage",
      "Postgres as storage",
    ]);
    expect(asked(await plan(task("Explain budgets, then calculate 12 * 30")))).toEqual([
      "Explain budgets",
      "Calculate 12 * 30",
    ]);
  });

  it("asks for a topic and then for its limits, and for a sum or a single word once", async () => {
    expect(asked(await plan(task("How do ships float on water?")))).toEqual([
      "How do ships float on water?",
      "The limits, costs and failures of: How do ships float on water?",
    ]);
    expect(asked(await plan(task("What is 3 * 4?")))).toEqual(["What is 3 * 4?"]);
    expect(asked(await plan(task("Explain budgets")))).toEqual(["Explain budgets"]);
  });

  it("says of each step what counts as done, under an id of its own", async () => {
    const { steps } = await plan(task("Explain budgets, then calculate 12 * 30"));
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    expect(steps.map(({ doneWhen }) => doneWhen)).toEqual([
      "The report says what the documents say on it, each claim with its source.",
      "The report gives the result of each calculation.",
    ]);
  });
});

describe("a plan for what is left", () => {
  const TASK = "How do wooden ships float on water?";

  it("tries the step in fewer words first, and then gives it up with what asks for more of the same", async () => {
    const first = await plan(task(TASK));
    const [open, ...next] = first.steps;
    if (!open) throw new Error("There is no step.");
    const second = await plan(task(TASK), ...first.steps.map(left), setback(open));
    expect(asked(second)).toEqual(["wooden ships", ...asked({ ...first, steps: next })]);
    expect(second.givenUp).toBe("");
    const [again = open] = second.steps;
    const third = await plan(task(TASK), ...second.steps.map(left), setback(open), setback(again));
    expect(third).toEqual({
      steps: [],
      givenUp: "“How do wooden ships float on water, in fewer words”, which the documents do not bear out.",
    });
  });

  it("goes on with what is about another thing", async () => {
    const { steps } = await plan(task("Compare Kafka and Postgres as storage"));
    const [open] = steps;
    if (!open) throw new Error("There is no step.");
    const second = await plan(task("Compare them"), ...steps.map(left), setback(open));
    expect(asked(second)).toEqual(["Postgres as storage"]);
    expect(second.givenUp).toContain("“Kafka”");
  });
});
