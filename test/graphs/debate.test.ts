import { describe, expect, it } from "vitest";
import { type DebateOptions, defineDebate, result, workflow } from "../../graphs/debate/graph.ts";
import type { Decision, Speech } from "../../graphs/debate/state.ts";
import { ModelError, UsageError } from "../../src/errors.ts";
import { blocksOf } from "../../src/models/prompt.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import type { Turn } from "../../src/outcomes/turn.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { fails, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { PASSAGES, searchFor } from "../runtime/articles.ts";
import { onThread } from "./on-thread.ts";

const QUESTION = { question: "Tabs or spaces?" };
const OFFLINE = new ModelError("unauthorized", "m", "The endpoint refused the key.");

const says = (argument: string, holds: string) => ({ argument, holds });
const judges = (winner: string | null, more: object = {}) => ({
  winner,
  reasons: ["It costs less [2]."],
  dissent: [{ position: "against", argument: "It is slower [1] [9]." }],
  confidence: 0.7,
  ...more,
});

const FOUR = {
  for: [says("Yes [1].", "for"), says("Still yes [2].", "for")],
  against: [says("No [2].", "against"), says("Still no [7].", "against")],
  judge: [judges("for")],
};

const THREE: NonNullable<DebateOptions["positions"]> = ["red", "green", "blue"].map((name) => ({
  name,
  stance: `It should be ${name}.`,
}));
const stubborn = (names: readonly string[], rounds: number) =>
  Object.fromEntries(
    names.map((name) => [name, Array.from({ length: rounds }, (_, at) => says(`${name} ${at + 1}.`, name))]),
  );

/** A run of a debate on a thread of its own, which can be used again. */
async function debated(lines: ScriptLines, options: DebateOptions = {}, runOptions: RunOptions = {}) {
  const debate = defineDebate(options);
  const world = onThread(debate.graph, QUESTION, { lines, tools: [searchFor(PASSAGES)] });
  const ended = await world.begun(runOptions);
  return { ended, models: world.models, options: { ...world.options, ...runOptions }, debate };
}

const rolesOf = ({ requests }: ScriptedModel) => requests.map(({ role }) => role);
const blocksIn = (text: string, name: string) => blocksOf(text).filter((block) => block.name === name);
const speechesIn = (text: string) =>
  blocksIn(text, "report").map(({ attributes, text }) => [attributes["from"], attributes["round"], text]);

describe("a question", () => {
  it("is debated in two rounds, whose order turns, and decided by the judge", async () => {
    const { ended, models } = await debated(FOUR);
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", "speak", "speak", "speak", "speak", "judge"],
      output: {
        decision: {
          status: "won",
          winner: "for",
          reasons: ["It costs less [2]."],
          dissent: [{ position: "against", argument: "It is slower [1]." }],
          confidence: 0.7,
        },
        ended: { reason: "rounds", text: "2 of 2 rounds are made" },
        sources: [{ id: 1 }, { id: 2 }],
      },
      spend: { calls: 5 },
    });
    expect(ended.output?.speeches).toMatchObject([
      { who: "for", round: 1, status: "ok", value: says("Yes [1].", "for") },
      { who: "against", round: 1, value: says("No [2].", "against") },
      { who: "against", round: 2, value: says("Still no.", "against") },
      { who: "for", round: 2, value: says("Still yes [2].", "for") },
    ]);
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["decision", "ended", "sources", "speeches"]);
    expect(rolesOf(models)).toEqual(["for", "against", "against", "for", "judge"]);
    models.assertDone();
  });

  it("is searched for once at the beginning, for itself and for each position", async () => {
    const queries: string[] = [];
    const search = searchFor(PASSAGES);
    search.func = async ({ query }) => {
      queries.push(query);
      return ["Found.", PASSAGES];
    };
    await debated(
      { ...stubborn(["red", "green", "blue"], 1), judge: [judges(null, { dissent: [] })] },
      {
        positions: THREE.map((each, at) => (at === 0 ? { ...each, expertise: ["warm", "loud"] } : each)),
        maxRounds: 1,
      },
      { tools: [search] },
    );
    expect(queries).toEqual([
      "Tabs or spaces?",
      "Tabs or spaces? warm loud",
      "Tabs or spaces? It should be green.",
      "Tabs or spaces? It should be blue.",
    ]);
  });

  it("is argued by speakers who see their own speeches and the last words of the others", async () => {
    const lines = { ...stubborn(["red", "green", "blue"], 3), judge: [judges(null, { dissent: [] })] };
    const { models } = await debated(lines, { positions: THREE, maxRounds: 3 });
    expect(rolesOf(models).slice(0, 9)).toEqual([
      ...["red", "green", "blue"],
      ...["green", "blue", "red"],
      ...["blue", "red", "green"],
    ]);
    expect(speechesIn(models.requests[0]?.text ?? "")).toEqual([]);
    expect(speechesIn(models.requests[8]?.text ?? "")).toEqual([
      ["green", "1", "green 1."],
      ["green", "2", "green 2."],
      ["blue", "3", "blue 3."],
      ["red", "3", "red 3."],
    ]);
    const [system, human] = models.requests[8]?.messages ?? [];
    expect(system?.text).toContain("Goal: Argue in a debate for this position: It should be green.");
    expect(human?.text).toContain("round 3 of at most 3");
    expect(blocksIn(human?.text ?? "", "source").map(({ attributes }) => attributes["id"])).toEqual([
      "1",
      "2",
    ]);
  });

  it("is judged by speeches in an order that follows neither the positions nor the turns", async () => {
    const orders = await Promise.all(
      ["Tabs or spaces?", "Tea or coffee?", "Cats or dogs?", "Rail or road?", "Sea or hills?"].map(
        async (question) => {
          const models = new ScriptedModel({
            ...stubborn(["red", "green", "blue"], 1),
            judge: [judges(null, { dissent: [] })],
          });
          const { graph } = defineDebate({ positions: THREE, maxRounds: 1 });
          await run(
            graph,
            { question },
            { models, tools: [searchFor([])], checkpointer: openStorage("memory:").checkpointer },
          );
          return speechesIn(models.requests.at(-1)?.text ?? "")
            .map(([from]) => from)
            .join();
        },
      ),
    );
    expect(new Set(orders).size).toBeGreaterThan(2);
    for (const order of orders) expect(order.split(",").sort()).toEqual(["blue", "green", "red"]);
  });
});

describe("a debate ends", () => {
  it("as soon as all hold the same position, which is the judge's to confirm", async () => {
    const { ended, models } = await debated({
      for: [says("Yes.", "for")],
      against: [says("You are right.", "for")],
      judge: [judges("against"), judges("for")],
    });
    expect(ended).toMatchObject({
      path: ["research", "speak", "speak", "judge"],
      output: {
        decision: { status: "consensus", winner: "for" },
        ended: { reason: "agreement", text: "all hold the same position" },
      },
    });
    expect(models.requests[2]?.text).toContain('All speakers came to hold "for".');
    expect(models.requests[3]?.text).toMatch(/^That is no valid Judgement/);
    models.assertDone();
  });

  it("in the middle of a round where the last one is convinced there", async () => {
    const { ended } = await debated({
      for: [says("Yes.", "for")],
      against: [says("No.", "against"), says("I see: yes.", "for")],
      judge: [judges(null)],
    });
    expect(ended.path).toEqual(["research", "speak", "speak", "speak", "judge"]);
    expect(ended.output).toMatchObject({
      decision: { status: "draw", winner: null },
      ended: { reason: "agreement" },
    });
  });

  it.each([1, 3])("after %d rounds where that is the bound", async (maxRounds) => {
    const lines = { ...stubborn(["for", "against"], maxRounds), judge: [judges("against", { dissent: [] })] };
    const { ended, models } = await debated(lines, { maxRounds });
    expect(ended.output).toMatchObject({
      ended: { reason: "rounds", text: `${maxRounds} of ${maxRounds} rounds are made` },
    });
    expect(ended.spend.calls).toBe(2 * maxRounds + 1);
    models.assertDone();
  });

  it("when a round says only what the one before has said", async () => {
    const again = (name: string) => [says(`It is ${name}.`, name), says(`It  is ${name}.`, name)];
    const { ended } = await debated(
      { for: again("for"), against: again("against"), judge: [judges(null)] },
      { maxRounds: 5 },
    );
    expect(ended.output).toMatchObject({ ended: { reason: "no_progress" } });
    expect(ended.spend.calls).toBe(5);
  });

  it("when the budget is nearly spent, and is decided with what is left", async () => {
    const lines = { ...stubborn(["for", "against"], 4), judge: [judges("for")] };
    const { ended } = await debated(lines, { maxRounds: 9 }, { budget: { calls: 6 } });
    expect(ended).toMatchObject({ status: "done", spend: { calls: 6 } });
    expect(ended.output).toMatchObject({ decision: { status: "won" }, ended: { reason: "budget" } });
    expect(ended.output?.speeches).toHaveLength(5);
  });
});

describe("a speaker", () => {
  it("whose model fails is out, and the others go on; the judge is told", async () => {
    const { ended, models } = await debated(
      { red: [fails(OFFLINE)], ...stubborn(["green", "blue"], 2), judge: [judges("blue", { dissent: [] })] },
      { positions: THREE },
    );
    expect(ended.output?.speeches).toMatchObject([
      { who: "red", round: 1, status: "failed", why: "The endpoint refused the key." },
      { who: "green", round: 1 },
      { who: "blue", round: 1 },
      { who: "green", round: 2 },
      { who: "blue", round: 2 },
    ]);
    expect(ended.output).toMatchObject({ decision: { winner: "blue" }, ended: { reason: "rounds" } });
    const told = blocksIn(models.requests.at(-1)?.text ?? "", "context").at(-1);
    expect(told?.text).toContain("- red: failed; The endpoint refused the key.");
    expect(result({ speeches: ended.output?.speeches ?? [] })).toContain(
      "## Without a speech\n\n- red: failed",
    );
    models.assertDone();
  });

  it("whose speech cannot be read is asked again, and then out", async () => {
    const bad = says("Yes.", "purple");
    const { ended, models } = await debated(
      { red: [bad, bad, bad], ...stubborn(["green", "blue"], 1), judge: [judges("green", { dissent: [] })] },
      { positions: THREE, maxRounds: 1 },
    );
    expect(ended.output?.speeches[0]).toMatchObject({ who: "red", status: "failed" });
    expect(ended.output?.speeches[0]).toHaveProperty("why", expect.stringContaining("no valid Speech"));
    expect(models.requests[1]?.text).toMatch(/^That is no valid Speech: .*holds/);
    models.assertDone();
  });

  it("whose speech is nothing but a citation of nothing is asked again, and then out", async () => {
    const empty = says("[7]", "for");
    const { ended, models } = await debated({
      for: [empty, says("Yes [7].", "for"), empty, empty, empty],
      against: [says("No.", "against"), says("Still no.", "against")],
      judge: [judges("for")],
    });
    expect(ended).toMatchObject({
      status: "done",
      output: {
        speeches: [
          { who: "for", value: says("Yes.", "for") },
          { who: "against" },
          { who: "against" },
          { who: "for", status: "failed", why: expect.stringContaining("nothing but citations") },
        ],
      },
    });
    expect(models.requests[1]?.text).toMatch(/^That is no valid Speech: it holds nothing but citations/);
    models.assertDone();
  });

  it("who never spoke cannot win", async () => {
    const { ended } = await debated(
      {
        red: [fails(OFFLINE)],
        ...stubborn(["green", "blue"], 1),
        judge: [judges("red"), judges("red"), judges("red")],
      },
      { positions: THREE, maxRounds: 1 },
    );
    expect(ended.output).toMatchObject({ decision: { status: "undecided", winner: null } });
  });

  it("who never spoke cannot win by the others' agreement either", async () => {
    const { ended, models } = await debated(
      {
        red: [fails(OFFLINE)],
        green: [says("Red has it.", "red")],
        blue: [says("So it has.", "red")],
        judge: [judges("red"), judges("green", { dissent: [] })],
      },
      { positions: THREE, maxRounds: 1 },
    );
    expect(ended.output).toMatchObject({
      decision: { status: "won", winner: "green" },
      ended: { reason: "rounds" },
    });
    expect(models.requests.at(-1)?.text).toMatch(/^That is no valid Judgement/);
    models.assertDone();
  });

  it("who is left alone ends the debate, which is decided by what both have said", async () => {
    const { ended } = await debated({
      for: [says("Yes.", "for")],
      against: [says("No.", "against"), fails(OFFLINE)],
      judge: [judges("for")],
    });
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", "speak", "speak", "speak", "judge"],
      output: {
        decision: { status: "won", winner: "for" },
        ended: { reason: "too_few", text: "fewer than two speakers are left" },
      },
    });
  });

  it("who was alone from the beginning wins nothing, and no judge is asked", async () => {
    const { ended, models } = await debated({ for: [fails(OFFLINE)] });
    expect(ended.output).toMatchObject({
      decision: {
        status: "undecided",
        winner: null,
        reasons: ["There is nothing to weigh: fewer than two speakers are left."],
        confidence: 0,
      },
      speeches: [{ status: "failed" }],
    });
    expect(rolesOf(models)).toEqual(["for"]);
  });

  it("is the run's role of that name, if it has one", async () => {
    const role = {
      name: "for",
      goal: "Win.",
      output: { description: "JSON.", schema: { type: "object" } },
    };
    const { models } = await debated(FOUR, {}, { roles: [role] });
    const [system] = models.requests[0]?.messages ?? [];
    expect(system?.text).toContain("Goal: Win.");
    expect(system?.text).not.toContain("JSON");
  });
});

describe("the judge", () => {
  it.each([
    ["names nobody", [judges(null)], "draw"],
    ["cannot be read", ["For, I think.", "The winner is for.", judges("nobody")], "undecided"],
    [
      "is less sure than possible",
      Array.from({ length: 3 }, () => judges("for", { confidence: 2 })),
      "undecided",
    ],
    ["gives no reasons", Array.from({ length: 3 }, () => judges("for", { reasons: [] })), "undecided"],
  ])("who %s makes nobody win", async (_, judge, status) => {
    const { ended, models } = await debated({ ...FOUR, judge });
    expect(ended).toMatchObject({ status: "done", output: { decision: { status, winner: null } } });
    models.assertDone();
  });

  it.each([
    ["reasons", judges("for", { reasons: ["It is cheap.", "[7]"] })],
    ["dissent", judges("for", { dissent: [{ position: "against", argument: "[7]" }] })],
  ])("is asked again where its %s hold nothing but a citation of nothing", async (field, empty) => {
    const { ended, models } = await debated({ ...FOUR, judge: [empty, judges("for")] });
    expect(ended.output).toMatchObject({ decision: { status: "won", winner: "for" } });
    expect(models.requests.at(-1)?.text).toMatch(
      new RegExp(`^That is no valid Judgement: ${field}.*nothing but citations`),
    );
    models.assertDone();
  });

  it("whose model fails leaves a run that a resume goes on with, without another speech", async () => {
    const { ended, models, options, debate } = await debated({
      ...FOUR,
      judge: [fails(OFFLINE), judges("for")],
    });
    expect(ended).toMatchObject({ status: "failed", error: { code: "MODEL_UNAUTHORIZED" }, output: null });
    expect(ended.partial).toContain("## against, round 2\n\nStill no.");
    const again = await run(debate.graph, null, { ...options, resume: true });
    expect(again).toMatchObject({
      status: "done",
      output: { decision: { winner: "for" } },
      spend: { calls: 6 },
    });
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the debate before", async () => {
    const { options, debate } = await debated({ ...FOUR, against: [says("No.", "against"), fails(OFFLINE)] });
    const models = new ScriptedModel({
      for: [says("Other [1].", "for")],
      against: [says("Also.", "for")],
      judge: [judges("for", { dissent: [] })],
    });
    const ended = await run(debate.graph, { question: "Other?" }, { ...options, models });
    expect(ended.output?.speeches).toHaveLength(2);
    expect(ended).toMatchObject({ output: { decision: { status: "consensus" }, sources: [{ id: 1 }] } });
    expect(models.requests[0]?.text).not.toContain("Tabs or spaces?");
    models.assertDone();
  });

  it("that was used before has no ending of it while the next debate goes on", async () => {
    const { options, debate } = await debated(FOUR);
    const models = new ScriptedModel({ ...FOUR, judge: [fails(OFFLINE)] });
    const ended = await run(debate.graph, { question: "Other?" }, { ...options, models });
    expect(ended.status).toBe("failed");
    expect((await inspect(debate.graph, { ...options, thread: "t" }))?.values).toMatchObject({
      decision: null,
      ended: null,
    });
  });

  it("works by graph.invoke, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const output = await bare.invoke(QUESTION, {
      context: { models: new ScriptedModel(FOUR), tools: [searchFor(PASSAGES)] },
      configurable: { thread_id: "t" },
    });
    expect(output).toMatchObject({ decision: { status: "won", winner: "for" }, ended: { reason: "rounds" } });
  });
});

describe("the result", () => {
  const spoken = (who: string, round: number, value: Speech): Turn<Speech> => ({
    who,
    round,
    value,
    status: "ok",
    ms: 1,
    spend: NOTHING_SPENT,
  });
  const speeches = [spoken("for", 1, says("Yes [1].", "for")), spoken("against", 1, says("True.", "for"))];
  const found = PASSAGES.map((each, at) => ({ ...each, id: at + 1 }));
  const decision: Decision = { ...judges("for"), status: "won", winner: "for" };

  it("has the decision, what speaks against it, the speeches and the sources", () => {
    expect(
      result({ decision, speeches, found, ended: { reason: "rounds", text: "1 of 1 rounds are made" } }),
    ).toBe(
      [
        "**The judge decides for “for”, with a confidence of 0.7.**",
        "- It costs less [2].",
        "## What speaks against it",
        "- For “against”: It is slower [1] [9].",
        "## for, round 1",
        "Yes [1].",
        "## against, round 1",
        "True.",
        "*against now holds “for”.*",
        "*The debate ended: 1 of 1 rounds are made.*",
        "## Sources",
        "- [1] Crashes (crash.md)\n- [2] Costs (cost.md)",
      ].join("\n\n"),
    );
  });

  it.each([
    [
      "consensus",
      "for",
      "All speakers came to hold “for”, and the judge confirms it, with a confidence of 0.7.",
    ],
    ["draw", null, "The judge decides for neither side: a draw, with a confidence of 0.7."],
    ["undecided", null, "Nothing is decided."],
  ] as const)("says of %s what it is", (status, winner, said) => {
    expect(result({ decision: { ...decision, status, winner } })).toContain(`**${said}**`);
  });

  it("of a debate that goes on has the speeches so far, and one that has just ended", () => {
    const { round: _, ...finished } = spoken("against", 1, says("No.", "against"));
    expect(result({ speeches: speeches.slice(0, 1), found: [] }, [finished])).toBe(
      "## for, round 1\n\nYes [1].\n\n## against, round 1\n\nNo.",
    );
    expect(result({})).toBe("");
  });
});

describe("defineDebate", () => {
  it.each<[string, DebateOptions, string]>([
    ["one position", { positions: THREE.slice(0, 1) }, "BAD_POSITIONS"],
    ["six positions", { positions: [...THREE, ...THREE] }, "BAD_POSITIONS"],
    ["two positions of one name", { positions: [...THREE, ...THREE.slice(0, 1)] }, "BAD_POSITIONS"],
    [
      "a name that can be no role's",
      { positions: [...THREE, { name: "Dark Red", stance: "Red." }] },
      "BAD_POSITIONS",
    ],
    [
      "a position without a stance",
      { positions: [...THREE, { name: "grey", stance: " " }] },
      "BAD_POSITIONS",
    ],
    ["no round", { maxRounds: 0 }, "BAD_BOUND"],
    ["half a round", { maxRounds: 1.5 }, "BAD_BOUND"],
  ])("refuses %s", (_, options, code) => {
    expect(() => defineDebate(options)).toThrow(expect.objectContaining({ code }));
    expect(() => defineDebate(options)).toThrow(UsageError);
  });
});
