import type { StructuredToolInterface } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineHierarchy, result, workflow } from "../../graphs/hierarchy/graph.ts";
import type { Specialist } from "../../graphs/hierarchy/roles.ts";
import { ModelError } from "../../src/errors.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { calls, fails, type Line, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { searchFor } from "../runtime/articles.ts";
import { counted } from "../runtime/counted.ts";
import { passage } from "../tools/search-tool.ts";
import { sendTool } from "../tools/send-tool.ts";
import { onThread } from "./on-thread.ts";

const worker = (name: string, ...expertise: string[]) =>
  defineRole({
    name,
    goal: "Do it.",
    expertise,
    tools: ["search_documents", { tool: "send", approval: true }],
  });
const lead = (name: string, ...expertise: string[]) =>
  defineRole({ name, goal: "Lead.", expertise, tools: ["search_documents"] });

const SPECIALISTS: Specialist[] = [
  { role: lead("kitchen", "cooking"), workers: [worker("baker", "bread"), worker("butcher", "meat")] },
  { role: lead("garden", "plants"), workers: [worker("gardener", "roses"), worker("digger", "earth")] },
];
const household = defineHierarchy({ specialists: SPECIALISTS }).graph;

/** A division into parts, each by what it needs. */
const into = (...needs: string[]) => ({
  parts: needs.map((each, at) => ({ title: `${each} ${at + 1}`, description: `Do ${each}.`, needs: [each] })),
});

const search = searchFor([passage("a")]);
const find = calls({ name: "search_documents", args: { query: "it" } });

/** A run of a hierarchy on a thread of its own. */
const house = (lines: ScriptLines, hierarchy = household, tools: StructuredToolInterface[] = [search]) =>
  onThread(hierarchy, { task: "Prepare the feast." }, { lines, tools });

const rolesOf = ({ requests }: ScriptedModel) => requests.map(({ role = "" }) => role).sort();
const refused = fails(new ModelError("unauthorized", "m", "The endpoint refused the key."));

const LINES: Record<string, Line[]> = {
  manager: [into("cooking", "plants"), "The feast [1] and the garden [2]."],
  kitchen: [into("bread", "meat"), "Bread and meat [1]."],
  garden: [into("roses")],
  baker: [find, "Bread [1]."],
  butcher: ["Meat."],
  gardener: [find, "Roses [1]."],
};

it("a report that cites nothing but what was not shown is a failure of its part", async () => {
  const { begun } = house({ ...LINES, butcher: ["[9]"] });
  const { output } = await begun();
  expect(output?.reports[0]?.outcome).toMatchObject({
    status: "ok",
    value: {
      parts: [
        { outcome: { status: "ok" } },
        { outcome: { status: "failed", why: expect.stringContaining("nothing but citations") } },
      ],
    },
  });
});

describe("a task", () => {
  it("goes down three levels by expertise, and its reports come up", async () => {
    const { begun, models, events } = house(LINES);
    const ended = await begun();
    expect(ended).toMatchObject({
      status: "done",
      path: ["divide", "delegate", "synthesize"],
      spend: { calls: 10 },
      output: {
        answer: "The feast [1] and the garden.",
        sources: [{ id: 1, file: "a.md" }],
        insufficient: null,
      },
    });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["answer", "insufficient", "reports", "sources"]);
    expect(ended.output?.reports).toMatchObject([
      {
        title: "cooking 1",
        delegation: { status: "delegated", to: "kitchen", by: "expertise" },
        outcome: {
          who: "cooking 1",
          status: "ok",
          spend: { calls: 5 },
          value: {
            title: "cooking 1",
            by: "kitchen",
            text: "Bread and meat [1].",
            parts: [
              {
                title: "bread 1",
                delegation: { to: "baker" },
                outcome: { value: { by: "baker", text: "Bread [1].", ended: "answered" } },
              },
              {
                title: "meat 2",
                delegation: { to: "butcher" },
                outcome: { value: { by: "butcher", text: "Meat." } },
              },
            ],
          },
        },
      },
      {
        title: "plants 2",
        delegation: { to: "garden" },
        outcome: { value: { by: "garden", text: "Roses [1]." } },
      },
    ]);
    const nodes = new Set(events.flatMap((event) => (event.type === "node_ended" ? [event.node] : [])));
    expect([...nodes].sort()).toEqual([
      "delegate",
      "delegate/combine",
      "delegate/delegate",
      "delegate/delegate/verify",
      "delegate/delegate/work",
      "delegate/divide",
      "divide",
      "synthesize",
    ]);
    models.assertDone();
  });

  it("is asked of each level in words that can be followed alone, and reports are shown under one numbering", async () => {
    const { begun, models } = house(
      {
        ...LINES,
        manager: [into("cooking", "plants"), "Both [1][2]."],
        gardener: [calls({ name: "search_documents", args: { query: "b" } }), "Roses [2]."],
      },
      household,
      [searchFor([passage("a"), passage("b")])],
    );
    expect((await begun()).output?.sources).toMatchObject([{ file: "a.md" }, { file: "b.md" }]);
    const asked = (role: string, at = 0) =>
      models.requests.filter((request) => request.role === role)[at]?.text ?? "";
    expect(asked("manager")).toContain("- kitchen: cooking\n- garden: plants");
    expect(asked("manager")).toContain("1 to 3 parts");
    expect(asked("kitchen")).toContain("<task>\nDo cooking.\n</task>");
    expect(asked("kitchen")).toContain("The whole task, of which this is a part: Prepare the feast.");
    expect(asked("kitchen")).toContain("1 to 2 parts");
    expect(asked("baker")).toContain('<task title="bread 1">\nDo bread.\n</task>');
    expect(asked("manager", 1)).toContain('<report from="cooking 1">\nBread and meat [1].\n</report>');
    expect(asked("manager", 1)).toContain('<report from="plants 2">\nRoses [2].\n</report>');
  });

  it.each<[Strategy, string[], string[]]>([
    ["round_robin", ["kitchen", "garden", "kitchen"], ["baker", "butcher"]],
    ["least_loaded", ["kitchen", "garden", "kitchen"], ["baker", "butcher"]],
  ])("is given away by %s", async (delegateBy, specialists, workers) => {
    const hierarchy = defineHierarchy({ specialists: SPECIALISTS, delegateBy }).graph;
    const { begun } = house(
      {
        manager: [into("x", "y", "z"), "Done."],
        kitchen: [into("x", "y"), into("x", "y"), "K.", "K."],
        garden: [into("x", "y"), "G."],
        baker: ["A.", "A."],
        butcher: ["B.", "B."],
        gardener: ["C."],
        digger: ["D."],
      },
      hierarchy,
    );
    const { output } = await begun();
    const given = (entries: readonly { delegation: { status: string; to?: string } | null }[]) =>
      entries.map(({ delegation }) => delegation?.to);
    expect(given(output?.reports ?? [])).toEqual(specialists);
    const [first] = output?.reports ?? [];
    expect(first?.outcome.status === "ok" && given(first.outcome.value.parts)).toEqual(workers);
  });

  it("is given away by the choice of who divided it, where a model chooses", async () => {
    const hierarchy = defineHierarchy({ specialists: SPECIALISTS, delegateBy: "model" }).graph;
    const { begun, models } = house(
      {
        manager: [into("x"), { to: "garden", reason: "It is outside." }, "Done."],
        garden: [into("y"), { to: "digger", reason: "It is deep." }],
        digger: ["D."],
      },
      hierarchy,
    );
    expect((await begun()).output?.reports).toMatchObject([
      {
        delegation: { to: "garden", by: "model" },
        outcome: { value: { by: "garden", text: "D.", parts: [{ delegation: { to: "digger" } }] } },
      },
    ]);
    models.assertDone();
  });

  it("that nobody fits is done by who divided it, and the report says so", async () => {
    const { begun, models } = house({
      manager: [into("astronomy", "cooking"), "Stars.", "Done."],
      kitchen: [into("pastry"), "Pastry."],
    });
    const { output } = await begun();
    expect(output?.reports).toMatchObject([
      {
        delegation: { status: "no_one_fits" },
        outcome: { value: { by: "manager", text: "Stars.", parts: [] } },
      },
      {
        delegation: { to: "kitchen" },
        outcome: {
          value: {
            by: "kitchen",
            parts: [{ delegation: { status: "no_one_fits" }, outcome: { value: { by: "kitchen" } } }],
          },
        },
      },
    ]);
    models.assertDone();
  });

  it("whose division cannot be read stays whole", async () => {
    const none = { parts: [] };
    const { begun, events } = house({ manager: [none, none, none, "Alone.", "Done."] });
    expect((await begun()).output).toMatchObject({
      answer: "Done.",
      reports: [
        { title: "The task", delegation: { status: "no_one_fits" }, outcome: { value: { by: "manager" } } },
      ],
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "note", text: expect.stringMatching(/No valid Division/) }),
    );
  });

  it("is divided again where two parts have the same title", async () => {
    const part = (needs: string) => ({ title: "Feast", description: `Do ${needs}.`, needs: [needs] });
    const twice = { parts: [part("cooking"), { ...part("plants"), title: "Feast " }] };
    const { begun, models } = house({ ...LINES, manager: [twice, ...(LINES["manager"] ?? [])] });
    expect((await begun()).output?.reports.map(({ title }) => title)).toEqual(["cooking 1", "plants 2"]);
    expect(models.requests[1]?.text).toContain("each part needs a title of its own");
    models.assertDone();
  });

  it("stays whole where its parts never have titles of their own", async () => {
    const part = { title: "Feast", description: "Do it.", needs: ["cooking"] };
    const twice = { parts: [part, part] };
    const { begun } = house({ manager: [twice, twice, twice, "Alone.", "Done."] });
    expect((await begun()).output).toMatchObject({ answer: "Done.", reports: [{ title: "The task" }] });
  });

  it("is divided into as many parts as the bounds allow, and no more", async () => {
    const hierarchy = defineHierarchy({
      specialists: SPECIALISTS,
      maxParts: 1,
      maxSubparts: 1,
      maxTurns: 1,
    }).graph;
    const { begun, models } = house(
      {
        manager: [into("cooking", "plants"), into("cooking"), "Done."],
        kitchen: [into("bread", "meat"), into("bread")],
        baker: [find, "Bread."],
      },
      hierarchy,
    );
    const { output } = await begun();
    expect(output?.reports).toMatchObject([
      { outcome: { value: { parts: [{ outcome: { value: { ended: "out_of_turns" } } }] } } },
    ]);
    expect(models.requests[1]?.text).toMatch(/^That is no valid Division: /);
    models.assertDone();
  });
});

describe("a failure", () => {
  it("of a worker costs its own part alone, and goes up as what is missing", async () => {
    const { begun, models } = house({ ...LINES, butcher: [refused] });
    const ended = await begun();
    expect(ended).toMatchObject({ status: "done", output: { answer: "The feast [1] and the garden." } });
    const missing = "- meat 2: failed; The endpoint refused the key.";
    const asked = (role: string) => models.requests.findLast((request) => request.role === role)?.text;
    expect(asked("kitchen")).toContain(missing);
    expect(asked("manager")).toContain(missing);
    expect(result(ended.output ?? {})).toContain(`## Without a result\n\n${missing}`);
    models.assertDone();
  });

  it("of all workers of a specialist goes up as that specialist's, with the reasons", async () => {
    const { begun, models } = house({
      ...LINES,
      kitchen: [into("bread", "meat")],
      baker: [refused],
      butcher: [refused],
    });
    const { output } = await begun();
    expect(output?.reports[0]).toMatchObject({
      delegation: { to: "kitchen" },
      outcome: {
        who: "cooking 1",
        status: "failed",
        why: "no worker brought a report: bread 1: failed; The endpoint refused the key.; meat 2: failed; The endpoint refused the key.",
      },
    });
    expect(output?.reports[1]?.outcome.status).toBe("ok");
    models.assertDone();
  });

  it("of a specialist costs its own part alone", async () => {
    const { begun } = house({ ...LINES, kitchen: [refused] });
    const { output } = await begun();
    expect(output?.reports.map(({ outcome }) => outcome.status)).toEqual(["failed", "ok"]);
    expect(output?.answer).toBe("The feast [1] and the garden.");
  });

  it("of a choice by a model is one of its part, and says that nothing was chosen", async () => {
    const hierarchy = defineHierarchy({ specialists: SPECIALISTS, delegateBy: "model" }).graph;
    const { begun } = house({ manager: [into("x"), refused] }, hierarchy);
    expect((await begun()).output).toMatchObject({
      answer: "",
      reports: [{ title: "x 1", delegation: null, outcome: { status: "failed" } }],
      insufficient: { status: "insufficient", needed: 1, given: 0, missing: [{ who: "x 1" }] },
    });
  });

  it("of everyone leaves no answer, asks no model to make one, and says what is missing", async () => {
    const { begun, models } = house({ manager: [into("cooking")], kitchen: [refused] });
    const ended = await begun();
    expect(ended).toMatchObject({ status: "done", output: { answer: "", insufficient: { given: 0 } } });
    expect(result(ended.output ?? {})).toBe(
      "## Without a result\n\n- cooking 1: failed; The endpoint refused the key.",
    );
    models.assertDone();
  });

  it("of the manager's first call fails the run, which a resume mends", async () => {
    const { begun, resumed } = house({ ...LINES, manager: [refused, into("cooking"), "Done."] });
    expect(await begun()).toMatchObject({
      status: "failed",
      error: { code: "MODEL_UNAUTHORIZED" },
      partial: null,
    });
    expect(await resumed(true)).toMatchObject({ status: "done", output: { answer: "Done." } });
  });
});

describe("a run that is suspended below", () => {
  it.each([1, 3, 5, 7, 9])("by a budget of %d goes on there, and pays nothing twice", async (most) => {
    const { begun, resumed, models } = house(LINES);
    const first = await begun({ budget: { calls: most } });
    expect(first).toMatchObject({ status: "budget_exhausted", spend: { calls: most } });
    const ended = await resumed(true, { budget: { calls: 10 } });
    expect(ended).toMatchObject({ status: "done", spend: { calls: 10 } });
    expect(rolesOf(models)).toEqual([
      "baker",
      "baker",
      "butcher",
      "garden",
      "gardener",
      "gardener",
      "kitchen",
      "kitchen",
      "manager",
      "manager",
    ]);
    models.assertDone();
  });

  it("by the budget tells what specialists have reported", async () => {
    const { begun } = house({ ...LINES, manager: [into("cooking", "plants")] });
    const first = await begun({ budget: { calls: 9 } });
    expect(first.partial).toBe(
      "## cooking 1\n\nBread and meat [1].\n\n## plants 2\n\nRoses [1].\n\n## Sources\n\n- [1] a (a.md)",
    );
  });

  it("by approvals of two workers asks for each, and each answer reaches its own", async () => {
    const { send, sent } = sendTool();
    const sending = (to: string) => calls({ name: "send", args: { to } });
    const { begun, resumed, models } = house(
      { ...LINES, baker: [sending("b"), "Bread."], gardener: [sending("g"), "Roses."] },
      household,
      [send],
    );
    let ended = await begun();
    const asked: string[] = [];
    while (ended.status === "needs_human") {
      const answers = ended.interrupts.map(({ id, value }) => {
        const { role, args } = z
          .object({ role: z.string(), args: z.object({ to: z.string() }) })
          .parse(value);
        asked.push(`${role} ${args.to}`);
        return [id, role === "baker" ? { decision: "approve" } : { decision: "deny" }];
      });
      ended = await resumed(Object.fromEntries(answers));
    }
    expect([asked.sort(), sent, ended.status]).toEqual([["baker b", "gardener g"], ["b"], "done"]);
    expect(ended.spend.calls).toBe(10);
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the task before", async () => {
    const { begun, options } = house(LINES);
    await begun();
    const models = new ScriptedModel({ manager: [into("cooking")], kitchen: [refused] });
    const ended = await run(household, { task: "Again." }, { ...options, models });
    expect(ended.output).toMatchObject({ answer: "", sources: [], insufficient: { given: 0 } });
    expect(ended.output?.reports).toHaveLength(1);
    const more = new ScriptedModel({
      manager: [into("cooking"), "Second."],
      kitchen: [into("bread")],
      baker: ["B."],
    });
    const last = await run(household, { task: "Once more." }, { ...options, models: more });
    expect(last.output).toMatchObject({ answer: "Second.", insufficient: null });
  });

  it("works by graph.invoke, without run, and its state knows what all levels spent", async () => {
    const bare = defineHierarchy({ specialists: SPECIALISTS }).workflow.compile({
      checkpointer: openStorage("memory:").checkpointer,
    });
    const models = new ScriptedModel(LINES);
    const config = { context: { models, tools: [search] }, configurable: { thread_id: "t" } };
    expect(await bare.invoke({ task: "Prepare it." }, config)).toMatchObject({
      answer: "The feast [1] and the garden.",
    });
    const { values } = await bare.getState(config);
    expect(counted(values["spent"])).toMatchObject({ calls: 10 });
    models.assertDone();
  });
});

it("gives the answer with its sources and what it lacks, or the reports so far, each once", () => {
  const report = {
    title: "Bread",
    by: "kitchen",
    text: "Bread [1].",
    sources: [{ id: 1, ...passage("a") }],
    parts: [],
  };
  const ended = { who: "Bread", ms: 1, spend: NOTHING_SPENT, status: "ok" as const, value: report };
  const sources = "## Sources\n\n- [1] a (a.md)";
  expect(result({ answer: "It is so [1].", sources: report.sources })).toBe(`It is so [1].\n\n${sources}`);
  expect(result({}, [ended, { ...ended, who: "kitchen: Bread" }, { ...ended, value: "else" }])).toBe(
    `## Bread\n\nBread [1].\n\n${sources}`,
  );
  expect(result({})).toBe("");
});

it("is drawn as three levels of subgraphs", async () => {
  const { nodes } = await workflow.compile().getGraphAsync({ xray: true });
  expect(Object.keys(nodes)).toEqual(
    expect.arrayContaining([
      "divide",
      "delegate:divide",
      "delegate:delegate:work",
      "delegate:combine",
      "synthesize",
    ]),
  );
});

describe("defineHierarchy", () => {
  it.each([
    ["maxParts", 0],
    ["maxSubparts", 1.5],
    ["maxTurns", Number.NaN],
  ])("refuses %s %d", (name, value) => {
    expect(() => defineHierarchy({ [name]: value })).toThrow(`${name} has to be`);
  });

  it.each<[string, Specialist[], string]>([
    ["none", [], "there is none"],
    ["one without workers", [{ role: lead("kitchen"), workers: [] }], '"kitchen" has no workers'],
    ["two of one name", [{ role: lead("a"), workers: [worker("a")] }], 'two roles are called "a"'],
    ["one who is called like the manager", [{ role: lead("a"), workers: [worker("manager")] }], '"manager"'],
  ])("refuses specialists: %s", (_, specialists, message) => {
    expect(() => defineHierarchy({ specialists })).toThrow(message);
  });
});
