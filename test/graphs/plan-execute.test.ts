import { describe, expect, it } from "vitest";
import { definePlanExecute, graph, result, workflow } from "../../graphs/plan-execute/graph.ts";
import { ModelError } from "../../src/errors.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import type { Passage } from "../../src/state/passage.ts";
import { openStorage } from "../../src/storage/open.ts";
import { calls, fails, type Line, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { passage, searchTool } from "../tools/search-tool.ts";
import { sendTool } from "../tools/send-tool.ts";

const LEADER = passage("raft", "Raft elects a leader.");
const LOG = passage("raft", "Raft replicates a log.");
const FOUND: Record<string, Passage[]> = { leader: [LEADER], log: [LOG], both: [LOG, LEADER] };
const { search } = searchTool({ find: (query) => FOUND[query] ?? [] });
const find = (query: string) => calls({ name: "search_documents", args: { query } });

const step = (id: string, instruction = `Find the ${id}.`) => ({
  id,
  title: `The ${id}`,
  instruction,
  doneWhen: `The ${id} is there.`,
});
const plan = (...steps: ReturnType<typeof step>[]) => ({ steps, givenUp: "" });
const YES = { approved: true, objections: [] };
const no = (problem: string) => ({
  approved: false,
  objections: [{ aspect: "accuracy", problem, change: "Look again." }],
});
const down = fails(new ModelError("unauthorized", "m", "The endpoint refused the key."));

/** A run on a thread of its own, which can be used again. */
async function ran(lines: ScriptLines, executing = graph, more: object = {}) {
  const models = new ScriptedModel(lines);
  const { checkpointer, ledger } = openStorage("memory:");
  const options = { models, tools: [search], checkpointer, ledger, thread: "t", ...more };
  const ended = await run(executing, { task: "Explain raft." }, options);
  const asked = (role: string) => models.requests.filter((each) => each.role === role);
  return { ended, models, options, asked };
}

describe("a plan whose steps are all accepted", () => {
  const lines = {
    planner: [plan(step("leader"), step("log"))],
    executor: [find("leader"), "A leader [1].", find("both"), "A log [2] after the leader [1]."],
    reviewer: [YES, YES],
    editor: ["Raft has a leader [1] and a log [2], and more [9]."],
  };

  it("is done step by step, and answered out of the reports", async () => {
    const { ended, models } = await ran(lines);
    expect(ended).toMatchObject({
      status: "done",
      path: ["plan", "execute", "review", "execute", "review", "synthesize"],
      output: {
        answer: "Raft has a leader [1] and a log [2], and more.",
        sources: [
          { id: 1, ...LEADER },
          { id: 2, ...LOG },
        ],
        reports: [
          { step: step("leader"), text: "A leader [1].", sources: [{ id: 1 }] },
          { step: step("log"), text: "A log [2] after the leader [1].", sources: [{ id: 2 }, { id: 1 }] },
        ],
        setbacks: [],
        open: [],
        ended: { reason: "finished", text: "every step is finished" },
      },
      spend: { calls: 8 },
    });
    models.assertDone();
  });

  it("shows executor and reviewer the accepted reports before, under one numbering", async () => {
    const { asked } = await ran(lines);
    const second = asked("executor")[2]?.text;
    expect(second).toContain("A leader [1].");
    expect(second).toContain("Find the log.");
    expect(second).toContain("It is done when: The log is there.");
    const review = asked("reviewer")[1]?.text;
    expect(review).toContain("A leader [1].");
    expect(review).toContain(`<source id="2" title="raft" file="raft.md">\n${LOG.text}`);
    expect(review).toContain("<draft>\nA log [2] after the leader [1].");
  });

  it("takes out of a report what it cites without having been shown it", async () => {
    const { ended } = await ran({ ...lines, executor: ["A leader [1].", find("log"), "A log [1] and [7]."] });
    expect(ended.output?.reports).toMatchObject([
      { text: "A leader.", sources: [] },
      { text: "A log [1] and.", sources: [{ id: 1, ...LOG }] },
    ]);
  });
});

describe("a step that is rejected", () => {
  const lines = {
    planner: [
      plan(step("leader"), step("log"), step("cost")),
      plan(step("log-2", "Find the log anew."), step("cost")),
    ],
    executor: ["A leader.", "No log.", "A log.", "A cost."],
    reviewer: [YES, no("That is no log."), YES, YES],
    editor: ["All of it."],
  };

  it("is planned anew with what is left, while what is finished stays", async () => {
    const { ended, models, asked } = await ran(lines);
    expect(ended.path.join(" ")).toBe(
      "plan execute review execute review replan execute review execute review synthesize",
    );
    expect(ended.output).toMatchObject({
      reports: [{ step: step("leader") }, { step: { id: "log-2" } }, { step: step("cost") }],
      setbacks: [{ step: step("log"), status: "rejected", why: "That is no log. Look again." }],
      open: [],
      ended: { reason: "finished" },
    });
    const told = asked("planner")[1]?.text;
    expect(told).toContain('<report from="The leader">\nA leader.');
    expect(told).toContain('<plan id="log" title="The log" status="open">');
    expect(told).toContain('<plan id="cost" title="The cost" status="next">');
    expect(told).toContain("That is no log. Look again.");
    expect(told).toContain("at most 5 steps");
    models.assertDone();
  });

  it.each([
    ["its id", step("leader", "Find another thing.")],
    ["another id", step("chief", "find the LEADER")],
    ["another id and its title", { ...step("chief"), title: "the leader!" }],
  ])("is not replaced by a finished one under %s: the planner is asked again", async (_, again) => {
    const [first, second = {}] = lines.planner;
    const { ended, models } = await ran({ ...lines, planner: [first ?? {}, plan(again), second] });
    expect(ended).toMatchObject({ status: "done", output: { open: [] } });
    expect(models.requests.filter(({ role }) => role === "planner")[2]?.text).toMatch(
      /^That is no valid Steps: .*is finished, as "leader: The leader"; leave it out/,
    );
    models.assertDone();
  });

  it("ends the steps where the planner gives up what is left", async () => {
    const { ended, models } = await ran({
      ...lines,
      planner: [plan(step("leader"), step("log"), step("cost")), { steps: [], givenUp: "There is no log." }],
      executor: ["A leader.", "No log."],
      reviewer: [YES, no("That is no log.")],
    });
    expect(ended.output).toMatchObject({
      answer: "All of it.",
      ended: { reason: "given_up", text: "what is left is given up: There is no log." },
      open: [
        { what: "The log", why: "rejected: That is no log. Look again." },
        { what: "The cost", why: "not begun: what is left is given up: There is no log." },
      ],
    });
    expect(ended.partial).toContain("## Open\n\n- The log: rejected: That is no log. Look again.");
    models.assertDone();
  });

  it("is open where the new plan gives it up, and the rest is done", async () => {
    const { ended, asked } = await ran({
      ...lines,
      planner: [plan(step("leader"), step("log")), { ...plan(step("cost")), givenUp: "The log is unknown." }],
      executor: ["No leader.", "A cost."],
      reviewer: [no("That is none."), YES],
    });
    expect(ended.output).toMatchObject({
      reports: [{ step: step("cost") }],
      open: [{ what: "The log is unknown", why: "given up by the planner" }],
    });
    expect(asked("editor")[0]?.text).toContain("This is not done:\n- The log is unknown");
  });

  it("cannot vanish from the new plan: the planner is asked for a step in its place, or why it is given up", async () => {
    const given = { ...plan(step("log")), givenUp: "There is no leader." };
    const { ended, models, asked } = await ran({
      ...lines,
      planner: [plan(step("leader"), step("log")), plan(step("log-2", "find the log!")), given],
      executor: ["No leader.", "A log."],
      reviewer: [no("That is none."), YES],
    });
    expect(asked("planner")[2]?.text).toContain(
      'Nothing stands in for "leader: The leader", which came to nothing; plan another step for it, or say in givenUp',
    );
    expect(ended.output).toMatchObject({
      reports: [{ step: step("log") }],
      open: [{ what: "There is no leader", why: "given up by the planner" }],
      ended: { reason: "finished" },
    });
    models.assertDone();
  });

  it("may be replaced by several steps, or by one that stands behind the rest", async () => {
    const { ended, models } = await ran({
      ...lines,
      planner: [plan(step("leader"), step("log")), plan(step("log"), step("chief", "Find who leads."))],
      executor: ["No leader.", "A log.", "A chief."],
      reviewer: [no("That is none."), YES, YES],
    });
    expect(ended.output).toMatchObject({ reports: [{}, { step: { id: "chief" } }], open: [] });
    models.assertDone();
  });

  it("is open once where two new plans give the same up", async () => {
    const givenUp = "There is no leader.";
    const { ended, models } = await ran({
      ...lines,
      planner: [
        plan(step("leader"), step("log")),
        { ...plan(step("log")), givenUp },
        { ...plan(step("cost")), givenUp },
      ],
      executor: ["No leader.", "No log.", "A cost."],
      reviewer: [no("That is none."), no("That is no log."), YES],
    });
    expect(ended.output?.open).toEqual([{ what: "There is no leader", why: "given up by the planner" }]);
    models.assertDone();
  });

  it("is not planned anew where the planner gives no valid plan: it answers with what there is", async () => {
    const { ended, models } = await ran({
      ...lines,
      planner: [
        plan(step("leader"), step("log")),
        "Again!",
        plan(step("leader")),
        { steps: [], givenUp: " " },
      ],
      executor: ["A leader.", "No log."],
      reviewer: [YES, no("That is no log.")],
    });
    expect(ended).toMatchObject({ status: "done", output: { answer: "All of it.", reports: [{}] } });
    expect(ended.output?.ended?.text).toMatch(/given up: The planner gave no valid plan: .*no steps/);
    models.assertDone();
  });
});

describe("a verdict", () => {
  it("that cannot be read accepts nothing", async () => {
    const { ended } = await ran({
      planner: [plan(step("leader")), { steps: [], givenUp: "It cannot be judged." }],
      executor: ["A leader."],
      reviewer: ["APPROVED", "I approve.", { approved: true, objections: no("But.").objections }],
    });
    expect(ended.output).toMatchObject({
      answer: "No step of the plan came to a report that was accepted.",
      reports: [],
      setbacks: [{ status: "rejected", why: expect.stringContaining("could not be read as a verdict") }],
    });
  });

  it("that approves does not accept an empty report", async () => {
    const { ended } = await ran({
      planner: [plan(step("leader")), { steps: [], givenUp: "Nothing comes." }],
      executor: ["[7]"],
      reviewer: [YES],
    });
    expect(ended.output?.setbacks).toMatchObject([
      { status: "rejected", why: expect.stringMatching(/^The report is empty/) },
    ]);
  });
});

describe("a step whose models fail", () => {
  it("is no end of the run: the planner is told, and may plan it once more as it was", async () => {
    const { ended, asked, models } = await ran({
      planner: [plan(step("leader")), plan(step("leader"))],
      executor: [down, "A leader."],
      reviewer: [YES],
      editor: ["A leader."],
    });
    expect(ended).toMatchObject({
      status: "done",
      path: ["plan", "execute", "replan", "execute", "review", "synthesize"],
      output: {
        reports: [{ step: step("leader") }],
        setbacks: [{ status: "failed", why: "The endpoint refused the key." }],
        open: [],
      },
    });
    expect(asked("planner")[1]?.text).toContain('status="failed">\nThe endpoint refused the key.');
    models.assertDone();
  });
});

it("asks a person before a tool that the executor's role wants approved, and does the step once", async () => {
  const { send, sent } = sendTool();
  const role = defineRole({
    name: "executor",
    goal: "Do the step.",
    tools: [{ tool: "send", approval: true }],
  });
  const { ended, options, models } = await ran(
    {
      planner: [plan(step("letter"))],
      executor: [calls({ name: "send", args: { to: "Ada" } }), "It is sent."],
      reviewer: [YES],
      editor: ["It is sent."],
    },
    graph,
    { tools: [send], roles: [role] },
  );
  expect(ended).toMatchObject({ status: "needs_human", interrupts: [{ value: { kind: "approval" } }] });
  expect(sent).toEqual([]);
  const resumed = await run(graph, null, { ...options, resume: { decision: "approve" } });
  expect(resumed).toMatchObject({ status: "done", spend: { calls: 5 } });
  expect(sent).toEqual(["Ada"]);
  models.assertDone();
});

describe("the bound", () => {
  const ways = (...each: number[]) => each.map((way) => plan(step("leader", `Find it in way ${way}.`)));
  const noes = (count: number): Line[] => Array.from({ length: count }, (_, at) => no(`Not ${at}.`));

  it.each([
    [1, 2],
    [2, 3],
    [undefined, 3],
  ])("of new plans, %s, ends at %i setbacks, and it is said what is open", async (maxReplans, setbacks) => {
    const bounded = definePlanExecute(maxReplans === undefined ? {} : { maxReplans }).graph;
    const { ended, models } = await ran(
      {
        planner: ways(1, 2, 3).slice(0, setbacks),
        executor: ["One.", "Two.", "Three."].slice(0, setbacks),
        reviewer: noes(setbacks),
      },
      bounded,
    );
    expect(ended.output).toMatchObject({
      ended: {
        reason: "rounds",
        text: `${setbacks - 1} of ${setbacks - 1} new plans are made, and a step came to nothing again`,
      },
      open: [{ what: "The leader", why: `rejected: Not ${setbacks - 1}. Look again.` }],
    });
    expect(ended.output?.setbacks).toHaveLength(setbacks);
    models.assertDone();
  });

  it("of a plan's length sends a longer one back, and counts what is finished", async () => {
    const { ended, asked } = await ran(
      {
        planner: [
          plan(step("a"), step("b"), step("c")),
          plan(step("a"), step("b")),
          plan(step("c"), step("d")),
          plan(step("c")),
        ],
        executor: ["An a.", "No b.", "A c."],
        reviewer: [YES, no("That is no b."), YES],
        editor: ["All."],
      },
      definePlanExecute({ maxSteps: 2 }).graph,
    );
    expect(ended.status).toBe("done");
    const told = asked("planner").map(({ text }) => text);
    expect(told[1]).toContain("The plan has 3 steps; put them together into at most 2.");
    expect(told[2]).toContain("at most 1 step ");
    expect(told[3]).toContain("The plan has 2 steps; put them together into at most 1.");
  });

  it("fails the run where there is no valid first plan, and a resume plans anew", async () => {
    const twins = plan(step("a"), step("a"));
    const { ended, options } = await ran({ planner: [plan(), twins, "None."] });
    expect(ended).toMatchObject({ status: "failed", error: { code: "BAD_ANSWER" }, partial: null });
    const models = new ScriptedModel({
      planner: [plan(step("a"))],
      executor: ["An a."],
      reviewer: [YES],
      editor: ["All."],
    });
    const resumed = await run(graph, null, { ...options, models, resume: true });
    expect(resumed).toMatchObject({ status: "done", output: { answer: "All." } });
  });

  it.each([{ maxSteps: 0 }, { maxSteps: 1.5 }, { maxReplans: 0 }, { maxReplans: Number.NaN }])(
    "cannot be %j",
    (options) => {
      expect(() => definePlanExecute(options)).toThrow("has to be a whole number of at least 1");
    },
  );
});

describe("a new plan that repeats itself", () => {
  const stuck = {
    planner: [plan(step("leader"), step("log")), plan({ ...step("chief"), instruction: "find the leader" })],
    executor: ["No leader."],
    reviewer: [no("That is none.")],
  };
  const same = { ...step("chief", "Find the leader."), doneWhen: "The leader is there" };

  it("suspends the run as stalled where it has the rejected step just the same, and a resume plans once more", async () => {
    const { ended, options, models } = await ran({ ...stuck, planner: [stuck.planner[0] ?? {}, plan(same)] });
    expect(ended).toMatchObject({ status: "stalled", output: null });
    expect(ended.error?.message).toContain("the same step was planned again: The chief");
    models.assertDone();
    const other = new ScriptedModel({
      planner: [{ ...plan(step("log")), givenUp: "There is no leader." }],
      executor: ["A log."],
      reviewer: [YES],
      editor: ["A log."],
    });
    const resumed = await run(graph, null, { ...options, models: other, resume: true });
    expect(resumed).toMatchObject({
      status: "done",
      output: { reports: [{ step: step("log") }], open: [{ what: "There is no leader" }] },
    });
    other.assertDone();
  });

  it("suspends it where a step that failed twice comes a third time", async () => {
    const { ended, models } = await ran({
      planner: [plan(step("leader")), plan(step("leader")), plan(step("leader"))],
      executor: [down, down],
    });
    expect(ended.status).toBe("stalled");
    models.assertDone();
  });
});

describe("a budget", () => {
  const lines = {
    planner: [plan(step("leader"), step("log"))],
    executor: ["A leader [1].", "A log."],
    reviewer: [YES, YES],
    editor: ["What there is."],
  };

  it("that is nearly spent begins no further step, and the answer says what is open", async () => {
    const { ended } = await ran(lines, graph, { budget: { calls: 4, soft: 0.7 } });
    expect(ended).toMatchObject({
      status: "done",
      path: ["plan", "execute", "review", "synthesize"],
      output: {
        ended: { reason: "budget" },
        open: [{ what: "The log", why: "not begun: the run's budget is nearly spent" }],
      },
      spend: { calls: 4 },
    });
  });

  it("that is spent keeps what is accepted, and a resume does none of it again", async () => {
    const { ended, options, models } = await ran(lines, graph, { budget: { calls: 3, soft: 1 } });
    expect(ended).toMatchObject({
      status: "budget_exhausted",
      partial: "## The leader\n\nA leader.",
      spend: { calls: 3 },
    });
    const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 20 } });
    expect(resumed).toMatchObject({ status: "done", spend: { calls: 6 }, output: { open: [] } });
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the task before", async () => {
    const { options } = await ran({
      planner: [plan(step("leader"), step("log")), { steps: [], givenUp: "There is no log." }],
      executor: [find("leader"), "A leader [1].", "No log."],
      reviewer: [YES, no("That is no log.")],
      editor: ["A leader [1]."],
    });
    const models = new ScriptedModel({
      planner: [plan(step("leader")), plan(step("log"))],
      executor: ["No leader.", "A log."],
      reviewer: [no("That is none."), YES],
      editor: ["A log."],
    });
    const ended = await run(graph, { task: "Explain paxos." }, { ...options, models });
    expect(ended.output).toMatchObject({
      answer: "A log.",
      sources: [],
      reports: [{ step: step("log") }],
      setbacks: [{ step: step("leader") }],
      open: [],
      ended: { text: "every step is finished" },
    });
    expect(ended.output?.reports).toHaveLength(1);
    models.assertDone();
  });

  it("that was used before has not ended while steps are left", async () => {
    const { options } = await ran({
      planner: [plan(step("leader"))],
      executor: ["A leader."],
      reviewer: [YES],
      editor: ["A leader."],
    });
    const models = new ScriptedModel({ planner: [plan(step("leader"))], executor: ["A leader."] });
    const budget = { calls: 2, soft: 1 };
    const ended = await run(graph, { task: "Explain paxos." }, { ...options, models, budget });
    expect(ended.status).toBe("budget_exhausted");
    const stored = workflow.compile({ checkpointer: options.checkpointer });
    const { values } = await stored.getState({ configurable: { thread_id: "t" } });
    expect(values).toMatchObject({ ended: null, answer: "" });
  });

  it("works by graph.invoke, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel({
      planner: [plan(step("leader"))],
      executor: [find("leader"), "A leader [1]."],
      reviewer: [YES],
      editor: ["A leader [1]."],
    });
    const config = { context: { models, tools: [search] }, configurable: { thread_id: "t" } };
    const output = await bare.invoke({ task: "Explain raft." }, config);
    expect(output).toMatchObject({ answer: "A leader [1].", sources: [{ id: 1, ...LEADER }], open: [] });
    models.assertDone();
  });
});

it("gives the answer with its sources and what is open, the reports before there is one, and nothing before those", () => {
  const sources = [{ id: 1, ...LEADER }];
  const report = {
    text: "A leader [1].",
    sources,
    evidence: [],
    ended: "answered" as const,
    step: step("leader"),
  };
  const listed = "## Sources\n\n- [1] raft (raft.md)";
  const open = [{ what: "The log", why: "not begun" }];
  expect(result({ answer: "Yes [1].", reports: [report], open })).toBe(
    `Yes [1].\n\n${listed}\n\n## Open\n\n- The log: not begun`,
  );
  expect(result({ reports: [report] })).toBe(`## The leader\n\nA leader [1].\n\n${listed}`);
  expect(result({})).toBe("");
});
