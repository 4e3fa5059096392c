import { describe, expect, it } from "vitest";
import type { Budget } from "../../../src/outcomes/spend.ts";
import { run } from "../../../src/runtime/run.ts";
import { openStorage } from "../../../src/storage/open.ts";
import { fails, type Line, ScriptedModel } from "../../../src/testing/index.ts";
import { APPROVED, NOTES, PASSAGES, rejected, searchFor } from "../../../test/runtime/articles.ts";
import { defineMyFlow, graph, result, workflow } from "./graph.ts";

const TASK = { task: "What does a crash cost?" };

/** The answer, and each revision of it. */
const answers = (count: number): Line[] =>
  Array.from({ length: count }, (_, at) =>
    at === 0 ? "Little [1]." : `Little, as revised ${at} times [2].`,
  );

/** The lines of a run with these verdicts. */
const lines = (...verdicts: Line[]) => ({
  researcher: [NOTES] as Line[],
  writer: answers(verdicts.length),
  reviewer: verdicts,
});

const pathWith = (revisions: number) => [
  ...["research", "write", "review"],
  ...Array.from({ length: revisions }, () => ["revise", "review"]).flat(),
  "finish",
];

/** What a run needs beside its model; a second run on the same thread takes the same. */
const place = (thread = "t") => ({
  checkpointer: openStorage("memory:").checkpointer,
  thread,
  tools: [searchFor(PASSAGES)],
});

async function answered(models: ScriptedModel, flow = graph, budget: Budget = {}) {
  const ended = await run(flow, TASK, { models, budget, ...place() });
  models.assertDone();
  return ended;
}

describe("an answer", () => {
  it("is given as it was written, if the first review approves it", async () => {
    const ended = await answered(new ScriptedModel(lines(APPROVED)));
    expect(ended).toMatchObject({ status: "done", path: pathWith(0) });
    expect(ended.output).toEqual({
      answer: "Little [1].",
      approved: true,
      objections: [],
      sources: [{ id: 1, ...PASSAGES[0] }],
      ended: { reason: "agreement", text: "the reviewer approves" },
    });
  });

  it("is revised by what the reviewer objects to", async () => {
    const models = new ScriptedModel(lines(rejected("The cost is missing."), APPROVED));
    const { path, output } = await answered(models);
    expect(path).toEqual(pathWith(1));
    expect(output).toMatchObject({ answer: "Little, as revised 1 times [2].", approved: true });
    const revision = models.requests.filter(({ role }) => role === "writer").at(-1);
    expect(revision?.text).toContain("The cost is missing.");
  });

  it("that cites what was not found is not approved, whatever the reviewer says", async () => {
    const script = { ...lines(APPROVED, APPROVED), writer: ["Little [9].", "Little [1]."] };
    const { path, output } = await answered(new ScriptedModel(script));
    expect([path, output?.approved]).toEqual([pathWith(1), true]);
  });

  it.each([1, 2, 4])(
    "is given with its open objections after %i reviews where that is the bound",
    async (max) => {
      const models = new ScriptedModel(lines(...Array.from({ length: max }, () => rejected())));
      const { path, output, partial } = await answered(models, defineMyFlow({ maxReviews: max }).graph);
      expect(path).toEqual(pathWith(max - 1));
      expect(output).toMatchObject({ approved: false, ended: { reason: "rounds" } });
      expect(partial).toContain("## Open objections\n\n- The cost is missing");
    },
  );

  it("is not revised once the budget is nearly spent", async () => {
    const { output } = await answered(new ScriptedModel(lines(rejected())), graph, { calls: 4, soft: 0.7 });
    expect(output).toMatchObject({ approved: false, ended: { reason: "budget" } });
  });
});

describe("a run", () => {
  it("whose model fails goes on where it stopped, and pays for nothing twice", async () => {
    const options = place();
    const broken = new ScriptedModel({ ...lines(APPROVED), reviewer: [fails(new Error("It is down."))] });
    const failed = await run(graph, TASK, { models: broken, ...options });
    expect(failed).toMatchObject({ status: "failed", partial: expect.stringMatching(/^Little \[1\]\./) });
    const models = new ScriptedModel({ reviewer: [APPROVED] });
    const ended = await run(graph, null, { models, resume: true, ...options });
    expect(ended).toMatchObject({ status: "done", path: pathWith(0) });
    models.assertDone();
  });

  it("on a thread that was used before counts its own reviews alone", async () => {
    const options = place();
    const { graph: twice } = defineMyFlow({ maxReviews: 2 });
    for (const _ of ["first", "second"]) {
      const models = new ScriptedModel(lines(rejected(), rejected()));
      const { path } = await run(twice, TASK, { models, ...options });
      expect(path).toEqual(pathWith(1));
      models.assertDone();
    }
  });

  it("needs no more than LangGraph", async () => {
    const bare = workflow.compile();
    const context = { models: new ScriptedModel(lines(APPROVED)), tools: [searchFor(PASSAGES)] };
    expect(await bare.invoke(TASK, { context })).toMatchObject({ answer: "Little [1].", approved: true });
  });
});

it("says nothing before there is an answer", () => {
  expect([result({}), result({ answer: "" })]).toEqual(["", ""]);
  expect(result({ answer: "Little.", found: [] })).toBe("Little.");
});

it.each([0, -1, 1.5, Number.NaN])("refuses a bound of %d reviews", (maxReviews) => {
  expect(() => defineMyFlow({ maxReviews })).toThrow("maxReviews has to be");
});
