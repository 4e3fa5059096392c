import { describe, expect, it } from "vitest";
import { defineContentPipeline, graph, result, workflow } from "../../graphs/content-pipeline/graph.ts";
import { REVIEWS } from "../../graphs/content-pipeline/reviews.ts";
import { ModelError } from "../../src/errors.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import {
  after,
  fails,
  type Line,
  ScriptedModel,
  type ScriptedRequest,
  when,
} from "../../src/testing/index.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

const [LEADER, LOG, COST] = [
  passage("raft", "Raft elects a leader."),
  passage("raft", "Raft replicates a log."),
  passage("raft", "Raft waits for a majority."),
];
const { search } = searchTool({ find: (query) => (/cost/.test(query) ? [COST, LEADER] : [LOG, LEADER]) });

const isOnSurroundings = ({ text }: ScriptedRequest) => text.includes('perspective="surroundings"');
const notes = (...each: [claim: string, source: number][]) => ({
  notes: each.map(([claim, source]) => ({ claim, source })),
});
/** What the researchers note, by the numbers of what each was shown. */
const reading = (
  topic: Line = notes(["A leader is elected.", 2]),
  surroundings: Line = notes(["It waits for a majority.", 1], ["A leader is elected.", 2]),
) => [when(isOnSurroundings, surroundings), when((request) => !isOnSurroundings(request), topic)];

const YES = { approved: true, objections: [] };
const no = (problem: string, aspect = "completeness") => ({
  approved: false,
  objections: [{ aspect, problem, change: "Mend it." }],
});
const raised = (by: string, problem: string, aspect = "completeness") => ({
  ...no(problem, aspect).objections[0],
  by,
});
const down = fails(new ModelError("unauthorized", "m", "The endpoint refused the key."));

const DRAFT = "# Raft\n\nA leader is elected [1].";
const REVISED = "# Raft\n\nA leader is elected [1]. It waits for a majority [2].";
const all = (...each: [quality: Line, style: Line, facts: Line][]) => ({
  quality: each.map(([quality]) => quality),
  style: each.map(([, style]) => style),
  facts: each.map(([, , facts]) => facts),
});

/** A run on a thread of its own, which can be used again. */
async function ran(
  lines: { [role: string]: readonly (Line | ReturnType<typeof when>)[] },
  pipeline = graph,
  more: object = {},
) {
  const models = new ScriptedModel({ researcher: reading(), writer: [DRAFT], ...lines });
  const { checkpointer, ledger } = openStorage("memory:");
  const options = { models, tools: [search], checkpointer, ledger, thread: "t", ...more };
  const ended = await run(pipeline, { topic: "Raft" }, options);
  const asked = (role: string) => models.requests.filter((each) => each.role === role);
  return { ended, models, options, asked };
}

describe("an article", () => {
  it("is written out of two researches, whose sources have one numbering", async () => {
    const { ended, models, asked } = await ran(all([YES, YES, YES]));
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", "write", "review", "finalize"],
      output: {
        article: DRAFT,
        approved: true,
        objections: [],
        reviews: [
          { who: "quality", status: "ok", value: YES },
          { who: "style", status: "ok" },
          { who: "facts", status: "ok" },
        ],
        researches: [
          { who: "topic", value: { notes: [{ claim: "A leader is elected.", source: 1 }] } },
          { who: "surroundings", value: { notes: [{ source: 2 }, { source: 1 }] } },
        ],
        sources: [{ id: 1, ...LEADER }],
        ended: { reason: "agreement", text: "every review approves" },
      },
      spend: { calls: 6 },
    });
    const told = asked("writer")[0]?.text;
    expect(told).toContain('<notes from="topic">\n- A leader is elected. [1]\n</notes>');
    expect(told).toContain('<notes from="surroundings">\n- It waits for a majority. [2]\n</notes>');
    expect(told).not.toContain("brought nothing");
    models.assertDone();
  });

  it("is researched from two sides, by other questions and with another brief", async () => {
    const { asked } = await ran(all([YES, YES, YES]));
    const [topic, surroundings] = asked("researcher").sort(
      (one, other) => Number(isOnSurroundings(one)) - Number(isOnSurroundings(other)),
    );
    expect(topic?.text).toContain("how it works");
    expect(topic?.text).not.toContain(COST.text);
    expect(surroundings?.text).toContain("Its limits, failures, costs");
    expect(surroundings?.text).toContain(COST.text);
  });

  it("shows each reviewer what it judges, and the sources that are cited to who checks the facts", async () => {
    const { asked } = await ran(all([YES, YES, YES]));
    const [quality, style, facts] = ["quality", "style", "facts"].map((role) => asked(role)[0]?.text);
    for (const text of [quality, style, facts]) expect(text).toContain(`<draft>\n${DRAFT}\n</draft>`);
    expect(quality).toContain("- completeness: ");
    expect(quality).not.toContain("- clarity: ");
    expect(style).toContain("Flesch reading ease");
    expect(facts).toContain(LEADER.text);
    expect(facts).not.toContain(COST.text);
    expect(facts).toContain("1 statements, 1 of them with a citation");
    expect(quality).not.toContain(LEADER.text);
  });
});

it("shows who checks the facts all sources of a citation of several", async () => {
  const { asked } = await ran({ writer: ["It waits [1, 2]."], ...all([YES, YES, YES]) });
  expect(asked("facts")[0]?.text).toContain(LEADER.text);
  expect(asked("facts")[0]?.text).toContain(COST.text);
});

describe("an article that is objected to", () => {
  it("is optimised by all objections at once, and reviewed again as it stands then", async () => {
    const { ended, models, asked } = await ran({
      ...all([no("The majority is missing."), no("It is dry.", "clarity"), YES], [YES, YES, YES]),
      editor: [REVISED],
    });
    expect(ended.path.join(" ")).toBe("research write review optimise review finalize");
    expect(ended.output).toMatchObject({
      article: REVISED,
      approved: true,
      objections: [],
      sources: [{ id: 1 }, { id: 2, ...COST }],
      ended: { reason: "agreement" },
    });
    expect(ended.spend.calls).toBe(10);
    expect(asked("editor")[0]?.text).toContain(
      "- [completeness] The majority is missing. → Mend it.\n- [clarity] It is dry. → Mend it.",
    );
    models.assertDone();
  });

  it.each([
    [1, 2],
    [2, 3],
    [undefined, 2],
  ])("ends unapproved after %s revisions and %i reviews, with what is open", async (maxRevisions, rounds) => {
    const times = (length: number) => Array.from({ length }, (_, at) => at + 1);
    const { ended, models } = await ran(
      {
        ...all(...times(rounds).map((at): [Line, Line, Line] => [no(`Not ${at}.`), YES, YES])),
        editor: times(rounds - 1).map((at) => `${DRAFT} It is better${", and better still".repeat(at)}.`),
      },
      defineContentPipeline(maxRevisions === undefined ? {} : { maxRevisions }).graph,
    );
    expect(ended.output).toMatchObject({
      approved: false,
      objections: [raised("quality", `Not ${rounds}.`)],
      ended: { reason: "rounds", text: `${rounds - 1} of ${rounds - 1} rounds are made` },
    });
    expect(ended.partial).toContain(`## Open objections\n\n- quality: Not ${rounds}. Mend it.`);
    models.assertDone();
  });

  it("is not reviewed again where the revision changes nothing", async () => {
    const { ended, models } = await ran({ ...all([no("Too short."), YES, YES]), editor: [DRAFT] });
    expect(ended.path.join(" ")).toBe("research write review optimise finalize");
    expect(ended.output).toMatchObject({
      approved: false,
      objections: [raised("quality", "Too short.")],
      ended: { reason: "no_progress" },
    });
    models.assertDone();
  });
});

describe("a review", () => {
  const unreadable = ["APPROVED", "It is approved.", { approved: true, objections: no("But.").objections }];

  it.each([
    ["fails", down, "failed", "The endpoint refused the key."],
    ["runs out of its time", after(30_000, YES), "timed_out", "no answer within 1.5 s"],
  ])("that %s does not approve, is named, and leaves nothing to optimise", async (_, line, status, why) => {
    const pipeline = defineContentPipeline({ timeoutMs: 1_500 }).graph;
    const { ended, models } = await ran(all([YES, YES, line]), pipeline);
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", "write", "review", "finalize"],
      output: {
        article: DRAFT,
        approved: false,
        objections: [],
        reviews: [{ status: "ok" }, { status: "ok" }, { who: "facts", status, why }],
        ended: {
          reason: "condition",
          text: "a review was not given, and the others leave nothing to mend",
        },
      },
    });
    expect(ended.partial).toContain(`## Reviews not given\n\n- facts: ${status.replace("_", " ")}; ${why}`);
    models.assertDone();
  });

  it("that cannot be read does not approve, and is not given", async () => {
    const { ended, models } = await ran({ quality: [YES], style: [YES], facts: unreadable });
    expect(ended.output).toMatchObject({
      approved: false,
      reviews: [{}, {}, { who: "facts", status: "failed", why: expect.stringContaining("Verdict") }],
    });
    models.assertDone();
  });

  it("that is missing keeps the objections of the others from no one", async () => {
    const { ended } = await ran({
      ...all([no("Too short."), down, YES], [YES, YES, YES]),
      editor: [REVISED],
    });
    expect(ended.output).toMatchObject({ article: REVISED, approved: true, reviews: [{}, {}, {}] });
  });
});

describe("a plain check", () => {
  const draft = "# Raft\n\nThe the leader is is elected [1]. It has 5 servers. It wins [9].";
  const OBJECTIONS = [
    expect.objectContaining({ by: "style", aspect: "clarity", change: expect.stringContaining('"is"') }),
    expect.objectContaining({ by: "facts", problem: "The citation [9] points at no source." }),
    expect.objectContaining({ by: "facts", problem: "“It has 5 servers.” gives 5 without a citation." }),
  ];

  it("is overruled by no reviewer who approves", async () => {
    const { ended } = await ran({
      writer: [draft],
      ...all([YES, YES, YES], [YES, YES, YES]),
      editor: [`${draft} Again.`],
    });
    expect(ended.output?.approved).toBe(false);
    expect(ended.output?.reviews).toMatchObject([
      { value: { approved: true } },
      { value: { approved: false } },
      { value: { approved: false } },
    ]);
    expect(ended.output?.objections).toEqual(expect.arrayContaining(OBJECTIONS));
  });

  it("counts also where its review is not given", async () => {
    const { ended, asked } = await ran({
      writer: [draft],
      ...all([YES, down, down], [YES, YES, YES]),
      editor: [DRAFT],
    });
    expect(asked("editor")[0]?.text).toContain("points at no source");
    expect(ended.output).toMatchObject({ article: DRAFT, approved: true });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("No dictionary.");
      },
      "its plain check failed: No dictionary.",
    ],
    ["never ends", () => new Promise<never>(() => {}), "its plain check timed out: no answer within 0.3 s"],
  ])("that %s costs its review alone, which does not approve", async (_, check, why) => {
    const [quality, style, ...others] = REVIEWS;
    if (!quality || !style) throw new Error("There are too few reviews.");
    const reviews = [quality, { ...style, check }, ...others];
    const { ended, models, asked } = await ran(
      { quality: [YES], facts: [YES] },
      defineContentPipeline({ reviews, timeoutMs: 300 }).graph,
    );
    expect(ended).toMatchObject({
      status: "done",
      output: {
        article: DRAFT,
        approved: false,
        objections: [],
        reviews: [{ status: "ok" }, { who: "style", status: "skipped", why }, { status: "ok" }],
      },
    });
    expect(ended.partial).toContain(`## Reviews not given\n\n- style: skipped; ${why}`);
    expect(asked("style")).toEqual([]);
    models.assertDone();
  });

  it("is not made again by a resume", async () => {
    let checked = 0;
    const check = () => {
      checked += 1;
      return { objections: [], shown: "" };
    };
    const [quality] = REVIEWS;
    if (!quality) throw new Error("There is no review.");
    const pipeline = defineContentPipeline({ reviews: [{ ...quality, check }] }).graph;
    const { ended, options } = await ran({ quality: [YES] }, pipeline, { budget: { calls: 3 } });
    expect(ended).toMatchObject({ status: "budget_exhausted", path: ["research", "write"] });
    const resumed = await run(pipeline, null, { ...options, resume: true, budget: { calls: 9 } });
    expect(resumed).toMatchObject({ status: "done", output: { approved: true } });
    expect(checked).toBe(1);
  });

  it("leaves a text alone that is not English", async () => {
    const german = `# Raft\n\n${"Der Anführer wird von der Mehrheit gewählt und schreibt das Protokoll fort [1]. ".repeat(3)}`;
    const { ended, asked } = await ran({ writer: [german], ...all([YES, YES, YES]) });
    expect(ended.output?.approved).toBe(true);
    expect(asked("style")[0]?.text).toContain("does not look like English");
  });
});

describe("a research", () => {
  it("that fails is said to the writer and in the output, and the other is written from", async () => {
    const { ended, asked } = await ran({ researcher: reading(undefined, down), ...all([YES, YES, YES]) });
    const why = "The endpoint refused the key.";
    expect(ended.output).toMatchObject({
      article: DRAFT,
      researches: [{ status: "ok" }, { who: "surroundings", status: "failed", why }],
    });
    expect(asked("writer")[0]?.text).toContain(
      `These researches brought nothing:\n- surroundings: failed; ${why}`,
    );
    expect(ended.partial).toContain(`## Researches without a result\n\n- surroundings: failed; ${why}`);
  });

  it("that finds nothing is said to the writer too", async () => {
    const { asked } = await ran({ researcher: reading(notes()), ...all([YES, YES, YES]) });
    expect(asked("writer")[0]?.text).toContain("- topic: found nothing in the documents");
  });

  it.each([
    ["fail", down, down],
    ["find nothing", notes(), notes(["Another's note.", 77])],
  ])("is followed by no writing where both %s", async (_, topic, surroundings) => {
    const { ended, models } = await ran({ researcher: reading(topic, surroundings), writer: [] });
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", "finalize"],
      output: {
        article: "",
        approved: false,
        reviews: [],
        sources: [],
        ended: { reason: "condition", text: "no research brought anything to write from" },
      },
    });
    expect(ended.partial).toMatch(/^Nothing was written: no research brought anything to write from\./);
    models.assertDone();
  });
});

describe("a budget", () => {
  it("that is nearly spent after the reviews begins no revision", async () => {
    const lines = all([no("Too short."), YES, YES]);
    const { ended } = await ran(lines, graph, { budget: { calls: 7 } });
    expect(ended.output).toMatchObject({ approved: false, ended: { reason: "budget" } });
    expect(ended.spend.calls).toBe(6);
  });

  it("that is spent keeps the notes, and a resume takes none again", async () => {
    const { ended, options, models } = await ran(all([YES, YES, YES]), graph, { budget: { calls: 2 } });
    expect(ended).toMatchObject({ status: "budget_exhausted", spend: { calls: 2 } });
    expect(ended.partial).toContain(
      "- A leader is elected. [1]\n- It waits for a majority. [2]\n\n## Sources",
    );
    const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 20 } });
    expect(resumed).toMatchObject({ status: "done", spend: { calls: 6 }, output: { approved: true } });
    models.assertDone();
  });
});

describe("a writer whose models fail", () => {
  it("fails the run, and a resume goes on behind the researches", async () => {
    const { ended, options } = await ran({ writer: [down] });
    expect(ended).toMatchObject({
      status: "failed",
      error: { code: "MODEL_UNAUTHORIZED" },
      path: ["research"],
    });
    const models = new ScriptedModel({ writer: [DRAFT], ...all([YES, YES, YES]) });
    const resumed = await run(graph, null, { ...options, models, resume: true });
    expect(resumed).toMatchObject({ status: "done", output: { approved: true } });
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the run before", async () => {
    const { options } = await ran({
      ...all([no("Too short."), YES, YES], [no("Still."), YES, YES]),
      editor: [REVISED],
    });
    const models = new ScriptedModel({
      researcher: reading(down),
      writer: [DRAFT],
      ...all([no("Too dry."), YES, YES], [YES, YES, YES]),
      editor: [`${DRAFT} More.`],
    });
    const ended = await run(graph, { topic: "Paxos" }, { ...options, models });
    expect(ended.output).toMatchObject({
      approved: true,
      objections: [],
      researches: [{ status: "failed" }, { status: "ok" }],
    });
    models.assertDone();
    const none = new ScriptedModel({ researcher: reading(notes(), notes()) });
    const empty = await run(graph, { topic: "Zebras" }, { ...options, models: none });
    expect(empty.output).toMatchObject({
      article: "",
      approved: false,
      objections: [],
      reviews: [],
      sources: [],
    });
  });

  it("that was used before shows the new notes while nothing is written yet", async () => {
    const { options } = await ran(all([YES, YES, YES]));
    const models = new ScriptedModel({ researcher: reading(), writer: [down] });
    const failed = await run(graph, { topic: "Raft" }, { ...options, models });
    expect(failed.partial).toMatch(/^- A leader is elected\. \[1\]\n/);
  });

  it("that was used before shows nothing of the run before while the first node is at work", async () => {
    const { ended, options } = await ran(all([YES, YES, YES]));
    expect(ended.partial).toContain(DRAFT);
    const models = new ScriptedModel({ researcher: reading(notes(["A cat purrs.", 2])) });
    const again = (calls: number) => ({ ...options, models, budget: { calls } });
    const first = await run(graph, { topic: "Cats" }, again(1));
    expect(first).toMatchObject({ status: "budget_exhausted", path: [] });
    expect(first.partial).not.toContain("Raft.");
    expect(first.partial ?? "").not.toContain("# Raft");
  });

  it("works by graph.invoke, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel({ researcher: reading(), writer: [DRAFT], ...all([YES, YES, YES]) });
    const config = { context: { models, tools: [search] }, configurable: { thread_id: "t" } };
    const output = await bare.invoke({ topic: "Raft" }, config);
    expect(output).toMatchObject({ article: DRAFT, approved: true, sources: [{ id: 1, ...LEADER }] });
    models.assertDone();
  });
});

describe("reviews of one's own", () => {
  const tone = { name: "tone", brief: "Whether it is friendly.", aspects: ["clarity" as const] };

  it("take the place of the others, with their checks", async () => {
    const check = (draft: string) => ({
      objections: draft.includes("dear")
        ? []
        : [{ aspect: "clarity" as const, problem: "No dear.", change: "Add it." }],
      shown: "It was counted.",
    });
    const { ended, asked } = await ran(
      { tone: [YES, YES], editor: [`${DRAFT} My dear.`] },
      defineContentPipeline({ reviews: [{ ...tone, check }] }).graph,
    );
    expect(ended.output).toMatchObject({ approved: true, reviews: [{ who: "tone" }] });
    expect(asked("tone")[0]?.text).toContain("It was counted.");
  });

  it.each([
    ["none", []],
    ["two of one name", [tone, tone]],
    ["one without a name", [{ ...tone, name: " " }]],
    ["one without a brief", [{ ...tone, brief: "" }]],
    ["one without an aspect", [{ ...tone, aspects: [] }]],
  ])("cannot be %s", (_, reviews) => {
    expect(() => defineContentPipeline({ reviews })).toThrow("reviews has to hold reviews");
  });
});

it.each([{ maxRevisions: 0 }, { maxRevisions: 1.5 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
  "cannot be defined with %j",
  (options) => {
    expect(() => defineContentPipeline(options)).toThrow("has to be a whole number of at least 1");
  },
);

it("gives the article, the draft before there is one, and what the first research noted before there is a draft", () => {
  const facts = {
    ms: 1,
    spend: { calls: 1, inputTokens: 1, outputTokens: 1, usd: 0, ms: 1, estimated: false },
  };
  const value = { notes: [{ claim: "A leader.", source: 2 }], sources: [{ id: 2, ...LEADER }] };
  const listed = "## Sources\n\n- [1] raft (raft.md)";
  expect(result({}, [{ who: "topic", status: "ok", value, ...facts }])).toBe(`- A leader. [1]\n\n${listed}`);
  const researches = [{ who: "topic", status: "ok" as const, value: { notes: value.notes }, ...facts }];
  expect(result({ draft: "So [1].", found: [{ id: 1, ...LEADER }], researches })).toBe(
    `So [1].\n\n${listed}`,
  );
  const sources = [{ id: 1, ...LEADER }];
  expect(result({ article: "So [1].", sources, researches })).toBe(`So [1].\n\n${listed}`);
  expect(result({})).toBe("");
});
