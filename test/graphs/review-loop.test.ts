import { tool } from "@langchain/core/tools";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  defineReviewLoop,
  graph as published,
  type ReviewLoopOptions,
  result,
} from "../../graphs/review-loop/graph.ts";
import type { RunEvent } from "../../src/events/events.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import {
  APPROVED,
  articleLines,
  articleModel,
  failingOnce,
  NOTES,
  PASSAGES,
  pathWith,
  rejected,
  reviewLoop,
  searchFor,
  TOPIC,
} from "../runtime/articles.ts";
import { counted } from "../runtime/counted.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { edgesDrawnIn, edgesOf } from "./drawings.ts";

/** Runs a review loop on a script; what it came to, what was asked, what was told. */
async function written(models: ScriptedModel, { maxReviews, thread }: Options = {}, loop = reviewLoop()) {
  const { graph, tools } = maxReviews === undefined ? loop : reviewLoop({ maxReviews });
  const events: RunEvent[] = [];
  const outcome = await run(graph, TOPIC, {
    models,
    tools,
    ...(thread !== undefined && { thread }),
    onEvent: (event) => events.push(event),
  });
  return { ...outcome, events, requests: models.requests };
}

interface Options {
  maxReviews?: number;
  thread?: string;
}

const asked = (events: RunEvent[]) => events.filter(({ type }) => type === "asked_again");
const notes = (events: RunEvent[]) => events.flatMap((event) => (event.type === "note" ? [event.text] : []));

describe("the path of a review loop", () => {
  it("ends with the draft as it was written, if the first review approves it", async () => {
    const model = articleModel([APPROVED]);
    const { status, path, output } = await written(model);
    expect({ status, path }).toEqual({ status: "done", path: pathWith(0) });
    expect(output).toEqual({
      article: "A checkpoint keeps a step [1].",
      approved: true,
      objections: [],
      sources: [{ id: 1, ...PASSAGES[0] }],
      ended: { reason: "agreement", text: "the reviewer approves" },
    });
    model.assertDone();
  });

  it("revises what the reviewer objects to, and ends when the revision is approved", async () => {
    const model = articleModel([rejected("The cost is missing."), APPROVED]);
    const { path, output, requests } = await written(model);
    expect(path).toEqual(pathWith(1));
    expect(output).toMatchObject({
      article: "A checkpoint keeps a step [1]. Revision 1 [2].",
      approved: true,
      objections: [],
      sources: [{ id: 1 }, { id: 2 }],
    });
    const revision = requests.filter(({ role }) => role === "writer")[2];
    expect(revision?.text).toContain("The cost is missing. → Say what it costs.");
    expect(requests.at(-1)?.text).toContain("Revision 1");
    model.assertDone();
  });

  it("stops after three reviews and says that it was not approved, and what is open", async () => {
    const model = articleModel([rejected("First."), rejected("Second."), rejected("Third.")]);
    const { status, path, output, partial } = await written(model);
    expect({ status, path }).toEqual({ status: "done", path: pathWith(2) });
    expect(output).toMatchObject({
      article: "A checkpoint keeps a step [1]. Revision 2 [2].",
      approved: false,
      objections: [{ problem: "Third." }],
    });
    expect(partial).toContain("## Open objections\n\n- Third. Say what it costs.");
    model.assertDone();
  });

  it.each([1, 2, 5])("stops after %i reviews where that is the bound", async (maxReviews) => {
    const verdicts = Array.from({ length: maxReviews }, () => rejected());
    const model = articleModel(verdicts);
    const { path, output } = await written(model, { maxReviews });
    expect(path).toEqual(pathWith(maxReviews - 1));
    expect(output?.approved).toBe(false);
    model.assertDone();
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a bound of %d reviews", (maxReviews) => {
    expect(() => defineReviewLoop({ maxReviews })).toThrow(/maxReviews/);
  });

  it("approves in the last review that the bound allows", async () => {
    const { path, output } = await written(articleModel([rejected(), rejected(), APPROVED]));
    expect(path).toEqual(pathWith(2));
    expect(output).toMatchObject({ approved: true, objections: [] });
  });
});

describe("a verdict", () => {
  it("that cannot be read is asked for again with the reason", async () => {
    const { output, events, requests } = await written(articleModel([{ approved: "yes" }, APPROVED]));
    expect(output?.approved).toBe(true);
    expect(asked(events)).toMatchObject([{ schema: "Verdict", role: "reviewer" }]);
    expect(requests.at(-1)?.text).toMatch(/no valid Verdict.*approved.*objections/s);
  });

  it("that stays unreadable counts as not approved, with an objection that says so", async () => {
    const unreadable = { verdict: "fine" };
    const model = new ScriptedModel({
      ...articleLines([]),
      writer: ["# Plan", "Draft [1].", "Draft, again [1]."],
      reviewer: [unreadable, unreadable, unreadable, APPROVED],
    });
    const { path, output, events } = await written(model);
    expect(path).toEqual(pathWith(1));
    expect(output?.approved).toBe(true);
    expect(asked(events)).toHaveLength(2);
    expect(notes(events)).toContainEqual(expect.stringMatching(/could not be read as a verdict/));
    const revision = model.requests.filter(({ role }) => role === "writer").at(-1);
    expect(revision?.text).toContain("The review could not be read as a verdict");
    model.assertDone();
  });

  it.each([
    "APPROVED",
    "NOT APPROVED",
    "I have approved it: approved = true.",
    '```json\n{"approved": true}\n```',
    "true",
    '{"approved": "true", "objections": []}',
  ])("in prose never approves: %s", async (prose) => {
    const model = articleModel([prose, prose, prose]);
    const { output } = await written(model, { maxReviews: 1 });
    expect(output).toMatchObject({
      approved: false,
      objections: [{ problem: expect.stringContaining("could not be read as a verdict") }],
    });
  });

  it("without approval has to say what to change", async () => {
    const { output, events } = await written(
      articleModel([{ approved: false, objections: [] }, rejected(), APPROVED]),
    );
    expect(output?.approved).toBe(true);
    expect(asked(events)).toMatchObject([{ reason: expect.stringContaining("at least one objection") }]);
  });

  it("that approves with objections is asked for again with the reason", async () => {
    const torn = { ...rejected(), approved: true };
    const { output, path, events, requests } = await written(articleModel([torn, rejected(), APPROVED]));
    expect(path).toEqual(pathWith(1));
    expect(output?.approved).toBe(true);
    expect(asked(events)).toMatchObject([{ reason: expect.stringContaining("has no objections") }]);
    expect(requests.filter(({ schema }) => schema === "Verdict")[1]?.text).toContain("do not approve");
  });

  it("that approves with objections, however often it is asked for, does not approve", async () => {
    const torn = { ...rejected(), approved: true };
    const { output } = await written(articleModel([torn, torn, torn]), { maxReviews: 1 });
    expect(output).toMatchObject({
      approved: false,
      objections: [{ problem: expect.stringContaining("has no objections") }],
    });
  });

  it("does not approve a citation that points at nothing, though the reviewer does", async () => {
    const model = new ScriptedModel({
      ...articleLines([APPROVED, APPROVED]),
      writer: ["# Plan", "It is kept [7].", "It is kept [1]."],
    });
    const { path, output } = await written(model);
    expect(path).toEqual(pathWith(1));
    expect(output).toMatchObject({ approved: true, article: "It is kept [1]." });
    const revision = model.requests.filter(({ role }) => role === "writer").at(-1);
    expect(revision?.text).toContain("The citation [7] points at no source.");
  });

  it("names the dangling citation in the result where the reviews run out", async () => {
    const { output } = await written(articleModel([APPROVED], "It is kept [1, 9]."), { maxReviews: 1 });
    expect(output).toMatchObject({
      approved: false,
      objections: [{ aspect: "citation", problem: "The citation [9] points at no source." }],
    });
  });
});

describe("research", () => {
  it("drops a note on a source that was not found, and says so", async () => {
    const model = new ScriptedModel({
      ...articleLines([APPROVED]),
      researcher: [{ notes: [...NOTES.notes, { claim: "Invented.", source: 3 }] }],
    });
    const { events, requests } = await written(model);
    const outline = requests.find(({ role }) => role === "writer");
    expect(outline?.text).toContain("A kept call is paid once. [2]");
    expect(outline?.text).not.toContain("Invented.");
    expect(notes(events)).toEqual([expect.stringMatching(/named a source that does not exist/)]);
  });

  it("asks no model for notes where nothing was found, and goes on without", async () => {
    const { graph } = reviewLoop();
    const model = new ScriptedModel({ writer: ["# Plan", "From what is known."], reviewer: [APPROVED] });
    const { output, partial } = await run(graph, TOPIC, { models: model, tools: [searchFor([])] });
    expect(output).toMatchObject({ approved: true, sources: [] });
    expect(partial).toBe("From what is known.");
  });

  it("goes on without sources where the search fails, and says why", async () => {
    const { graph } = reviewLoop();
    const search = tool(
      () => {
        throw new Error("the index is gone");
      },
      { name: "search_documents", description: "Fails.", schema: z.object({ query: z.string() }) },
    );
    const events: RunEvent[] = [];
    const { status } = await run(graph, TOPIC, {
      models: new ScriptedModel({ writer: ["# Plan", "Draft."], reviewer: [APPROVED] }),
      tools: [search],
      onEvent: (event) => events.push(event),
    });
    expect(status).toBe("done");
    expect(notes(events)).toEqual([expect.stringContaining("the index is gone")]);
  });

  it("fails where the researcher never gives valid notes, and says what was wrong with them", async () => {
    const bad = { notes: "none" };
    const { status, error, path } = await written(new ScriptedModel({ researcher: [bad, bad, bad] }));
    expect({ status, path }).toEqual({ status: "failed", path: [] });
    expect(error).toMatchObject({
      code: "BAD_ANSWER",
      message: expect.stringMatching(/no valid Notes.*notes/),
    });
  });

  it("asks for the notes again when it is resumed after that", async () => {
    const { graph, tools } = reviewLoop();
    const options = { tools, checkpointer: openStorage("memory:").checkpointer, thread: "t" };
    const bad = { notes: "none" };
    const failing = new ScriptedModel({ researcher: [bad, bad, bad] });
    await run(graph, TOPIC, { ...options, models: failing });
    const models = articleModel([APPROVED]);
    const resumed = await run(graph, null, { ...options, models, resume: true });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(0), spend: { calls: 3 + 4 } });
    models.assertDone();
  });
});

describe("a thread that was used before", () => {
  it("does not count earlier verdicts, drafts or sources", async () => {
    const loop = reviewLoop();
    const all = { thread: "used" };
    const first = await written(articleModel([rejected(), rejected(), rejected("Old.")]), all, loop);
    expect(first.output?.approved).toBe(false);
    const model = articleModel([rejected("New."), rejected(), APPROVED], "Another draft [1].");
    const second = await written(model, all, loop);
    expect(second.path).toEqual(pathWith(2));
    expect(second.output).toMatchObject({
      approved: true,
      article: "Another draft [1]. Revision 2 [2].",
      objections: [],
    });
    expect(second.requests.map(({ text }) => text).join()).not.toMatch(
      /Old\.|A checkpoint keeps a step \[1\]/,
    );
    model.assertDone();
  });

  it("shows no earlier article while the next one is being written", async () => {
    const loop = reviewLoop();
    const all = { thread: "used" };
    await written(articleModel([APPROVED]), all, loop);
    const model = failingOnce(articleLines([APPROVED]), "writer", 1);
    const { status, partial } = await written(model, all, loop);
    expect({ status, partial }).toEqual({ status: "failed", partial: null });
  });
});

describe("pause and resume", () => {
  const storages = [
    ["in memory", () => "memory:"],
    ["in a SQLite file", () => `file:${temporaryFolder()}/runs.db`],
  ] as const;
  const roles: [role: string, at: number, done: number][] = [
    ["researcher", 0, 0],
    ["writer", 0, 1],
    ["writer", 1, 2],
    ["reviewer", 0, 3],
    ["writer", 2, 4],
    ["reviewer", 1, 5],
  ];

  describe.each(storages)("%s", (_, url) => {
    it.each(roles)("pays only what is left after the %s fails at answer %i", async (role, at, done) => {
      const address = url();
      const { workflow, tools } = reviewLoop();
      const storage = openStorage(address);
      const graph = workflow.compile({ name: "review-loop", checkpointer: storage.checkpointer });
      const models = failingOnce(articleLines([rejected(), APPROVED]), role, at);

      const broken = await run(graph, TOPIC, { models, tools, thread: "t" });
      expect(broken).toMatchObject({
        status: "failed",
        output: null,
        error: { code: "UNEXPECTED", message: "The power failed." },
        path: pathWith(1).slice(0, done),
      });
      expect(models.requests).toHaveLength(done + 1);

      const resumed = await run(graph, null, { models, tools, thread: "t", resume: true });
      expect(resumed).toMatchObject({ status: "done", output: { approved: true }, path: pathWith(1) });
      expect(models.requests).toHaveLength(7);
      expect(resumed.spend.calls).toBe(7);
      models.assertDone();
      await storage.close();
    });
  });

  it("goes on in another process's storage, with another model", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const { workflow, tools } = reviewLoop();
    const first = openStorage(url);
    const broken = failingOnce(articleLines([APPROVED]), "reviewer", 0);
    const graphOf = ({ checkpointer }: typeof first) =>
      workflow.compile({ name: "review-loop", checkpointer });
    await run(graphOf(first), TOPIC, { models: broken, tools, thread: "t" });
    await first.close();

    const second = openStorage(url);
    const model = new ScriptedModel({ reviewer: [APPROVED] });
    const resumed = await run(graphOf(second), null, { models: model, tools, thread: "t", resume: true });
    expect(resumed).toMatchObject({
      status: "done",
      output: { approved: true, article: "A checkpoint keeps a step [1]." },
      path: pathWith(0),
      spend: { calls: 5 },
    });
    await second.close();
  });
});

describe("a loop that stands still", () => {
  const DRAFT = "A checkpoint keeps a step [1].";
  const SAME = ` ${DRAFT.replace(" ", "\n\n")}\n`;
  const CHANGED = `${DRAFT} It is cheap [2].`;
  const goOn = { thread: "t", resume: true };

  /** A loop on the thread "t" whose writer revises like this and whose reviewer says that, as far as it comes. */
  async function standing(reviewer: Line[], revisions: Line[], options: ReviewLoopOptions = {}) {
    const loop = reviewLoop(options);
    const models = new ScriptedModel({
      researcher: [NOTES],
      writer: ["# Plan", DRAFT, ...revisions],
      reviewer,
    });
    const ended = await written(models, { thread: "t" }, loop);
    const resume = (more: RunOptions) => run(loop.graph, null, { tools: loop.tools, ...goOn, ...more });
    return { ...loop, ended, models, resume };
  }

  const sameDraft = () => standing([rejected("No cost."), rejected("No price.")], [SAME]);
  const sameObjections = () => standing([rejected("No cost."), rejected("No cost.")], [CHANGED]);

  it("with a revision that changes nothing but white space suspends, with the draft and what is open", async () => {
    const { ended, models, graph } = await sameDraft();
    const repeated = `the same draft came 2 times in a row: ${DRAFT}`;
    expect(ended).toMatchObject({
      status: "stalled",
      output: null,
      partial: expect.stringMatching(
        /^A\n\ncheckpoint keeps a step \[1\]\.\n.*- No cost\. Say what it costs\.$/s,
      ),
      interrupts: [],
      error: {
        code: "STALLED",
        message: expect.stringMatching(/no progress: the same draft .*Resume it to go on/),
      },
      spend: { calls: 6 },
      path: ["research", "outline", "write", "review", "revise"],
    });
    expect(ended.error).not.toHaveProperty("cap");
    expect(ended.events.filter(({ type }) => type === "stalled")).toMatchObject([
      { node: "review", repeated },
    ]);
    const { values } = await graph.getState({ configurable: { thread_id: "t" } });
    expect(values.verdicts).toHaveLength(1);
    models.assertDone();
  });

  it("there goes on with another review, and with a revision by another model", async () => {
    const { resume } = await sameDraft();
    const models = new ScriptedModel({ reviewer: [rejected("No price."), APPROVED], writer: [CHANGED] });
    expect(await resume({ models })).toMatchObject({
      status: "done",
      output: { approved: true, article: CHANGED },
      spend: { calls: 9 },
      path: pathWith(2),
    });
    models.assertDone();
  });

  it("there ends by that review if it approves, as the draft stands", async () => {
    const { resume } = await sameDraft();
    const models = new ScriptedModel({ reviewer: [APPROVED] });
    expect(await resume({ models })).toMatchObject({
      status: "done",
      output: { approved: true },
      path: pathWith(1),
    });
    models.assertDone();
  });

  it("takes no new topic on its thread, which is unfinished and waits for nobody", async () => {
    const { graph, tools, models } = await sameDraft();
    const second = run(graph, TOPIC, { models, tools, thread: "t" });
    await expect(second).rejects.toMatchObject({ name: "ThreadError", problem: "unfinished" });
    expect(await inspect(graph, { thread: "t" })).toMatchObject({
      unfinished: true,
      interrupts: [],
      run: { status: "stalled" },
      next: ["review"],
    });
  });

  it("with objections that come twice in a row suspends, with the revision and what is open", async () => {
    const { ended, models } = await sameObjections();
    expect(ended).toMatchObject({
      status: "stalled",
      partial: expect.stringMatching(/It is cheap \[2\]\.\n.*- No cost\. Say what it costs\.$/s),
      error: {
        code: "STALLED",
        message: expect.stringContaining("the same objections came 2 times in a row: No cost."),
      },
      path: ["research", "outline", "write", "review", "revise"],
    });
    models.assertDone();
  });

  it("there goes on, also where the next review objects to just the same once more", async () => {
    const { resume } = await sameObjections();
    const models = new ScriptedModel({ reviewer: [rejected("No cost."), APPROVED], writer: [DRAFT] });
    expect(await resume({ models })).toMatchObject({
      status: "done",
      output: { approved: true, article: DRAFT },
      path: pathWith(2),
    });
    models.assertDone();
  });

  it.each<[string, Line[], number, boolean]>([
    ["the last review that the bound allows", [rejected("No cost."), rejected("No cost.")], 2, false],
    ["a review that approves", [rejected("No cost."), APPROVED], 3, true],
    ["objections in other words", [rejected("No cost."), rejected("Cost?"), rejected("No cost.")], 3, false],
  ])("is not seen in %s", async (_, reviewer, maxReviews, approved) => {
    const revisions = reviewer.slice(1).map((_, i) => `${CHANGED} ${i}`);
    const { ended, models } = await standing(reviewer, revisions, { maxReviews });
    expect(ended).toMatchObject({ status: "done", output: { approved } });
    models.assertDone();
  });

  it("is not seen in a draft that did not change, if its review approves or is the last", async () => {
    const approved = await standing([rejected("No cost."), APPROVED], [SAME]);
    expect(approved.ended).toMatchObject({ status: "done", output: { approved: true } });
    const last = await standing([rejected("No cost."), rejected("No price.")], [SAME], { maxReviews: 2 });
    expect(last.ended).toMatchObject({ status: "done", output: { approved: false } });
  });

  it("suspends for the draft first, and for the objections to the next one after", async () => {
    const reviewer = [rejected("No cost."), rejected("No price.")];
    const { resume } = await standing(reviewer, [SAME], { maxReviews: 4 });
    const second = new ScriptedModel({
      reviewer: [rejected("No price."), rejected("No price.")],
      writer: [CHANGED],
    });
    expect(await resume({ models: second })).toMatchObject({
      status: "stalled",
      error: { message: expect.stringContaining("the same objections came 2 times in a row: No price.") },
      partial: expect.stringContaining("It is cheap [2]."),
    });
    const third = new ScriptedModel({ reviewer: [APPROVED] });
    expect(await resume({ models: third })).toMatchObject({
      status: "done",
      path: pathWith(2),
      spend: { calls: 10 },
    });
  });

  it("goes on in another process, out of a SQLite file", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const { workflow, tools } = reviewLoop();
    const first = openStorage(url);
    const graphOf = ({ checkpointer }: typeof first) =>
      workflow.compile({ name: "review-loop", checkpointer });
    const models = new ScriptedModel({
      researcher: [NOTES],
      writer: ["# Plan", DRAFT, SAME],
      reviewer: [rejected("No cost."), rejected("No price.")],
    });
    expect((await run(graphOf(first), TOPIC, { models, tools, thread: "t" })).status).toBe("stalled");
    await first.close();

    const second = openStorage(url);
    const another = new ScriptedModel({ reviewer: [APPROVED] });
    const resumed = await run(graphOf(second), null, { models: another, tools, ...goOn });
    expect(resumed).toMatchObject({ status: "done", path: pathWith(1), spend: { calls: 7 } });
    await second.close();
  });

  it("goes on where it was told to, also after a failure in between", async () => {
    const { resume } = await sameDraft();
    const failing = new ScriptedModel({ reviewer: [fails(new Error("It is down."))] });
    expect(await resume({ models: failing })).toMatchObject({
      status: "failed",
      error: { message: "It is down." },
    });
    const models = new ScriptedModel({ reviewer: [APPROVED] });
    const last = await resume({ models });
    expect(last).toMatchObject({ status: "done", path: pathWith(1), spend: { calls: 8 } });
    models.assertDone();
  });

  it("goes on where it was told to, also where its budget does not suffice for that at first", async () => {
    const { graph, tools } = reviewLoop();
    const models = new ScriptedModel({
      researcher: [NOTES],
      writer: ["# Plan", DRAFT, SAME, CHANGED],
      reviewer: [rejected("No cost."), rejected("No price."), rejected("No price."), APPROVED],
    });
    const options = { models, tools, thread: "t" };
    const first = await run(graph, TOPIC, { ...options, budget: { calls: 6, soft: 1 } });
    expect(first).toMatchObject({ status: "stalled", spend: { calls: 6 } });
    const resume = (calls: number) => run(graph, null, { ...options, ...goOn, budget: { calls } });
    for (const calls of [6, 7, 8]) {
      expect(await resume(calls)).toMatchObject({ status: "budget_exhausted", spend: { calls } });
    }
    expect(await resume(9)).toMatchObject({ status: "done", path: pathWith(2), spend: { calls: 9 } });
    models.assertDone();
  });
});

describe("a budget that is nearly spent", () => {
  const LOW = { reason: "budget", text: "the run's budget is nearly spent" };

  it("ends the reviews with what is open, rather than revising", async () => {
    const models = articleModel([rejected("No cost.")]);
    const { graph, tools } = reviewLoop();
    const ended = await run(graph, TOPIC, { models, tools, budget: { calls: 5 } });
    expect(ended).toMatchObject({
      status: "done",
      output: { approved: false, objections: [{ problem: "No cost." }], ended: LOW },
      partial: expect.stringContaining("## Open objections\n\n- No cost."),
      path: pathWith(0),
      spend: { calls: 4 },
    });
    models.assertDone();
  });

  it("takes nothing away from an approval", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([APPROVED]);
    const { output } = await run(graph, TOPIC, { models, tools, budget: { calls: 5 } });
    expect(output).toMatchObject({ approved: true, ended: { reason: "agreement" } });
  });

  it.each<[string, Budget, number, RunResult["status"]]>([
    ["earlier by a lower share", { calls: 10, soft: 0.4 }, 0, "done"],
    ["later by a higher share, which another round just reaches", { calls: 7, soft: 0.85 }, 1, "done"],
    ["not at all by the whole", { calls: 5, soft: 1 }, 1, "budget_exhausted"],
  ])("is so %s", async (_, budget, revisions, status) => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected("First."), rejected("Second."), rejected("Third.")]);
    const ended = await run(graph, TOPIC, { models, tools, budget });
    const whole = pathWith(revisions);
    expect(ended).toMatchObject({ status, path: status === "done" ? whole : whole.slice(0, -2) });
    if (status === "done") expect(ended.output?.ended).toEqual(LOW);
  });

  it("by tokens ends the reviews too", async () => {
    const { graph, tools } = reviewLoop();
    const budget = { tokens: 100_000, soft: 0.001 };
    const { output, path } = await run(graph, TOPIC, { models: articleModel([rejected()]), tools, budget });
    expect(output?.ended).toEqual(LOW);
    expect(path).toEqual(pathWith(0));
  });

  it("is another thing than one that is spent: that one suspends, and goes on with a higher cap", async () => {
    const { graph, tools } = reviewLoop();
    const models = articleModel([rejected("No cost."), APPROVED]);
    const options = { models, tools, thread: "t" };
    const spent = await run(graph, TOPIC, { ...options, budget: { calls: 4 } });
    expect(spent).toMatchObject({
      status: "budget_exhausted",
      error: { code: "BUDGET", cap: "calls" },
      partial: expect.stringMatching(
        /^A checkpoint keeps a step \[1\]\.\n.*- No cost\. Say what it costs\.$/s,
      ),
      spend: { calls: 4 },
    });
    const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 20 } });
    expect(resumed).toMatchObject({ status: "done", output: { approved: true }, path: pathWith(1) });
    models.assertDone();
  });

  /** A saver that fails once, at its n-th write after the reviewer was asked. */
  function failingAfterReview({ requests }: ScriptedModel, nth: number) {
    let writes = 0;
    class Failing extends MemorySaver {
      override async put(...given: Parameters<MemorySaver["put"]>) {
        this.#write();
        return super.put(...given);
      }
      override async putWrites(...given: Parameters<MemorySaver["putWrites"]>) {
        this.#write();
        return super.putWrites(...given);
      }
      #write() {
        if (requests.at(-1)?.role !== "reviewer") return;
        writes += 1;
        if (writes === nth) throw new Error("The power failed.");
      }
    }
    return new Failing();
  }

  describe.each([2, 3])("at a crash in write %i after the review", (nth) => {
    it("is still so for the run that is resumed, however high its cap is then", async () => {
      const { graph, tools } = reviewLoop();
      const models = articleModel([rejected("No cost.")]);
      const options = { models, tools, checkpointer: failingAfterReview(models, nth), thread: "t" };
      const broken = await run(graph, TOPIC, { ...options, budget: { calls: 5 } });
      expect(broken).toMatchObject({ status: "failed", spend: { calls: 4 } });
      const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 100 } });
      expect(resumed).toMatchObject({ status: "done", output: { ended: LOW }, path: pathWith(0) });
      models.assertDone();
    });

    it("is not so for the run that is resumed with less, if it was not before", async () => {
      const { graph, tools } = reviewLoop();
      const models = articleModel([rejected("No cost."), APPROVED]);
      const options = { models, tools, checkpointer: failingAfterReview(models, nth), thread: "t" };
      expect(await run(graph, TOPIC, options)).toMatchObject({ status: "failed", spend: { calls: 4 } });
      const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 5 } });
      expect(resumed).toMatchObject({ status: "budget_exhausted", spend: { calls: 5 } });
      expect(resumed.path).toEqual(["research", "outline", "write", "review", "revise"]);
    });
  });
});

describe("the spend in the state", () => {
  const spentIn = async ({ graph }: Pick<ReturnType<typeof reviewLoop>, "graph">) =>
    (await graph.getState({ configurable: { thread_id: "t" } })).values.spent;

  it("is that of the run, answers that were asked for again included", async () => {
    const loop = reviewLoop();
    const models = articleModel([{ approved: "perhaps" }, rejected(), rejected(), APPROVED]);
    const { spend } = await written(models, { thread: "t" }, loop);
    expect(spend.calls).toBe(9);
    expect(counted(await spentIn(loop))).toEqual(counted(spend));
  });

  it.each<[string, string, number]>([
    ["research", "researcher", 0],
    ["writing", "writer", 1],
    ["a review", "reviewer", 1],
  ])("is that of what was kept, where %s failed and the run was resumed", async (_, role, at) => {
    const loop = reviewLoop();
    const models = failingOnce(articleLines([rejected("First."), APPROVED]), role, at);
    const options = { models, tools: loop.tools, thread: "t" };
    await run(loop.graph, TOPIC, options);
    expect((await run(loop.graph, null, { ...options, resume: true })).spend.calls).toBe(7);
    const undisturbed = reviewLoop();
    const { spend } = await written(
      articleModel([rejected("First."), APPROVED]),
      { thread: "t" },
      undisturbed,
    );
    expect(counted(await spentIn(loop))).toEqual(counted(spend));
  });

  it("is that of the run after a stall, the work that was done anew included", async () => {
    const loop = reviewLoop();
    const models = articleModel([rejected("No cost."), rejected("No cost."), rejected("No cost."), APPROVED]);
    expect((await written(models, { thread: "t" }, loop)).status).toBe("stalled");
    const { spend } = await run(loop.graph, null, { models, tools: loop.tools, thread: "t", resume: true });
    expect(spend.calls).toBe(9);
    expect(counted(await spentIn(loop))).toEqual(counted(spend));
  });

  it("is that of the run on a thread that was used before", async () => {
    const loop = reviewLoop();
    await written(articleModel([rejected(), APPROVED]), { thread: "t" }, loop);
    const { spend } = await written(articleModel([APPROVED]), { thread: "t" }, loop);
    expect(spend.calls).toBe(4);
    expect(counted(await spentIn(loop))).toEqual(counted(spend));
  });
});

describe("without run", () => {
  const bare = { configurable: { thread_id: "bare" } };

  it("works with graph.invoke, on a used thread too", async () => {
    const { graph, tools } = reviewLoop();
    const first = await graph.invoke(TOPIC, {
      ...bare,
      context: { models: articleModel([rejected(), APPROVED]), tools },
    });
    expect(first).toMatchObject({ approved: true, article: expect.stringContaining("Revision 1") });
    expect(Object.keys(first).sort()).toEqual(["approved", "article", "ended", "objections", "sources"]);
    const models = articleModel([rejected(), rejected(), rejected()]);
    const second = await graph.invoke(TOPIC, { ...bare, context: { models, tools } });
    expect(second).toMatchObject({ approved: false, article: expect.stringContaining("Revision 2") });
  });

  it("works with graph.stream, node by node", async () => {
    const { graph, tools } = reviewLoop();
    const context = { models: articleModel([rejected(), APPROVED]), tools };
    const nodes: string[] = [];
    const stream = await graph.stream(TOPIC, { ...bare, context, streamMode: "updates" });
    for await (const update of stream) nodes.push(...Object.keys(update));
    expect(nodes.filter((node) => !node.endsWith(" call"))).toEqual(pathWith(1));
  });

  it("works as a graph without a saver, inside another or alone", async () => {
    const { workflow, tools } = reviewLoop();
    const context = { models: articleModel([APPROVED]), tools };
    expect(await workflow.compile().invoke(TOPIC, { context })).toMatchObject({ approved: true });
  });

  it("takes one model by role, and the default for the others", async () => {
    const { graph, tools } = reviewLoop();
    const { reviewer, ...others } = articleLines([APPROVED]);
    const models = { reviewer: new ScriptedModel({ reviewer }), default: new ScriptedModel(others) };
    await graph.invoke(TOPIC, { ...bare, context: { models, tools } });
    models.reviewer.assertDone();
    models.default.assertDone();
  });
});

describe("the drawing", () => {
  const EDGES = [
    "START → research",
    "finalize → END",
    "outline → write",
    "research → outline",
    "review → finalize",
    "review → revise",
    "revise → review",
    "write → review",
  ];

  it("has the edges of the issue, in LangGraph as in the file's comment", async () => {
    expect(await edgesOf(published)).toEqual(EDGES);
    expect(edgesDrawnIn(new URL("../../graphs/review-loop/graph.ts", import.meta.url))).toEqual(EDGES);
  });

  it("has the same edges whatever the bound is", async () => {
    expect(await edgesOf(defineReviewLoop({ maxReviews: 1 }).graph)).toEqual(EDGES);
  });
});

describe("bad input", () => {
  it.each<[string, unknown, RegExp]>([
    ["a missing topic", {}, /"topic"/],
    ["an empty topic", { topic: "" }, /"topic"/],
    ["a blank topic", { topic: " \n" }, /"topic"/],
    ["a topic that is no text", { topic: 7 }, /"topic"/],
    ["a field that there is not", { topic: "x", length: 3 }, /"length"/],
    ["a text in place of an object", "topic", /object/],
    ["a list", ["topic"], /object/],
  ])("names what is wrong with %s", async (_, input, message) => {
    const { graph, tools } = reviewLoop();
    const models = new ScriptedModel({});
    const refused = run(graph, input as typeof TOPIC, { models, tools, thread: "t" });
    await expect(refused).rejects.toMatchObject({ name: "InputError", code: "BAD_INPUT" });
    await expect(refused).rejects.toThrow(message);
    expect((await graph.getState({ configurable: { thread_id: "t" } })).createdAt).toBeUndefined();
  });

  it("is refused by graph.invoke as well", async () => {
    const { workflow } = reviewLoop();
    const graph = workflow.compile({ checkpointer: new MemorySaver() });
    const refused = graph.invoke({ topic: "" }, { configurable: { thread_id: "t" } });
    await expect(refused).rejects.toThrow(/topic/);
  });
});

describe("result", () => {
  const objection = { aspect: "clarity" as const, problem: "It is vague.", change: "Name a case." };
  const found = PASSAGES.map((passage, index) => ({ id: index + 1, ...passage }));

  it.each<[string, Parameters<typeof result>[0], string]>([
    ["nothing", {}, ""],
    ["no draft yet", { topic: "x", plan: "# Plan" }, ""],
    [
      "a draft",
      { draft: " It is kept [2].\n", found },
      "It is kept [2].\n\n## Sources\n\n- [2] Costs (cost.md)",
    ],
    ["a draft without citations", { draft: "It is kept.", found }, "It is kept."],
    ["an article in place of the draft", { draft: "Old.", article: "New." }, "New."],
    [
      "what the last review left open",
      { draft: "Text.", verdicts: [{ approved: false, objections: [objection] }] },
      "Text.\n\n## Open objections\n\n- It is vague. Name a case.",
    ],
    [
      "an approval after objections",
      { draft: "Text.", verdicts: [{ approved: false, objections: [objection] }, APPROVED as never] },
      "Text.",
    ],
  ])("is made of %s", (_, state, text) => {
    expect(result(state)).toBe(text);
  });
});

describe("defineReviewLoop", () => {
  it.each([0, -1, 1.5, Number.NaN])("refuses maxReviews %d", (value) => {
    expect(() => defineReviewLoop({ maxReviews: value })).toThrow("maxReviews has to be");
  });
});
