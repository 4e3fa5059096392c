import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { defineTaskDag, graph, result, workflow } from "../../graphs/task-dag/graph.ts";
import type { Subtask } from "../../graphs/task-dag/state.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { openaiModel } from "../../src/models/openai.ts";
import { defineRole } from "../../src/roles/role.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import {
  after,
  calls,
  type Entry,
  fails,
  type Line,
  ScriptedModel,
  type ScriptedRequest,
  when,
} from "../../src/testing/index.ts";
import { startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

const TASK = { task: "Compare raft and paxos." };

const subtask = (id: string, dependsOn: string[] = [], more: Partial<Subtask> = {}): Subtask => ({
  id,
  title: `Title of ${id}`,
  description: `Do part ${id}.`,
  agent: "researcher",
  dependsOn,
  complexity: "medium",
  ...more,
});

/** Two researchers, an analyst who needs both, and a writer who needs the analyst. */
const DIAMOND = [
  subtask("a"),
  subtask("b"),
  subtask("c", ["a", "b"], { agent: "analyst" }),
  subtask("d", ["c"], { agent: "writer" }),
];

const find = (query: string) => calls({ name: "search_documents", args: { query } });
const plans = (subtasks: unknown[]) => when(({ schema }) => schema === "Plan", { subtasks });
const isPart = (id: string) => (request: ScriptedRequest) => request.text.includes(`Do part ${id}.`);
const does = (id: string, ...lines: Line[]) => lines.map((line) => when(isPart(id), line));
const answers = (text: Line) => when(({ role }) => role === "editor", text);

/** A run of a task DAG on a storage of its own, and how to go on with it. */
async function started(script: Entry[], options: RunOptions = {}, dag = graph) {
  const model = new ScriptedModel(script);
  const { search, queries } = searchTool();
  const { checkpointer } = openStorage("memory:");
  const all = { models: model, tools: [search], checkpointer, thread: "t", ...options };
  const ended = await run(dag, TASK, all);
  const resumed = (more: RunOptions = {}) => run(dag, null, { ...all, ...more, resume: true });
  return { ended, model, queries, resumed, options: all };
}

const DONE = [
  ...does("a", find("raft"), "Raft has a leader [1]."),
  ...does("b", find("paxos quorum"), "Paxos has none [1], but a quorum [2]."),
  ...does(
    "c",
    find("leader raft"),
    "Raft [1] leads [4], paxos [2] does not; all need a quorum [3], lost [9].",
  ),
  ...does("d", "So raft is simpler [1], paxos older [2]."),
];

const textsOf = (outcomes: z.infer<typeof Outcomes>) => outcomes.map((each) => each.value?.text);
const Outcomes = z.array(
  z.looseObject({
    who: z.string(),
    status: z.string(),
    value: z.looseObject({ text: z.string(), by: z.string() }).optional(),
  }),
);

it("a report that cites nothing but what was not shown is a failure, of which no answer is made", async () => {
  const { ended, model } = await started([
    plans([subtask("a"), subtask("b"), subtask("c")]),
    ...["a", "b", "c"].flatMap((id) => does(id, "[9]")),
  ]);
  const failure = { status: "failed", why: expect.stringContaining("nothing but citations") };
  expect(ended.output).toMatchObject({
    outcomes: [failure, failure, failure],
    answer: "",
    insufficient: { given: 0 },
  });
  model.assertDone();
});

describe("a task DAG", () => {
  it("plans, does what is planned, and answers out of what was reported", async () => {
    const { ended, model } = await started([plans(DIAMOND), ...DONE, answers("Raft is simpler [1].")]);
    expect(ended).toMatchObject({ status: "done", error: null, path: ["plan", "work", "synthesize"] });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["answer", "insufficient", "outcomes", "sources"]);
    expect(ended.output).toMatchObject({ answer: "Raft is simpler [1].", insufficient: null });
    const outcomes = Outcomes.parse(ended.output?.["outcomes"]);
    expect(outcomes.map(({ who, status }) => [who, status])).toEqual([
      ["a", "ok"],
      ["b", "ok"],
      ["c", "ok"],
      ["d", "ok"],
    ]);
    expect(ended.spend.calls).toBe(9);
    model.assertDone();
  });

  it("shows each agent its own subtask, the task, and the reports that it depends on, and no other", async () => {
    const { model } = await started([plans(DIAMOND), ...DONE, answers("Answer.")]);
    const shownTo = (id: string) => model.requests.find(isPart(id))?.text ?? "";
    const reportsIn = (text: string) =>
      [...text.matchAll(/<report from="([^"]*)">/g)].map(([, from]) => from);
    expect(["a", "b", "c", "d"].map((id) => reportsIn(shownTo(id)))).toEqual([
      [],
      [],
      ["Title of a", "Title of b"],
      ["Title of c"],
    ]);
    for (const id of ["a", "b", "c", "d"]) expect(shownTo(id)).toContain(TASK.task);
    expect(shownTo("a")).not.toContain("Do part b.");
    const editor = model.requests.find(({ role }) => role === "editor")?.text ?? "";
    expect(reportsIn(editor)).toEqual(["Title of a", "Title of b", "Title of c", "Title of d"]);
    expect(editor).not.toContain("were planned");
  });

  it("gives each kind of agent its role and its tools", async () => {
    const agents = ["researcher", "analyst", "coder", "writer", "reviewer", "qa_tester"] as const;
    const subtasks = agents.map((agent) => subtask(agent, [], { agent }));
    const { model } = await started([
      plans(subtasks),
      ...agents.flatMap((agent) => does(agent, "Done.")),
      answers("Answer."),
    ]);
    const asked = agents.map((agent) => model.requests.find(isPart(agent)));
    expect(asked.map((request) => [request?.role, request?.tools])).toEqual([
      ["researcher", ["search_documents"]],
      ["analyst", ["search_documents", "calculate"]],
      ["coder", ["search_documents", "calculate"]],
      ["writer", []],
      ["reviewer", ["search_documents"]],
      ["tester", ["search_documents", "calculate"]],
    ]);
  });

  it("has a role of the run take the place of its own", async () => {
    const researcher = defineRole({ name: "researcher", goal: "Guess.", tools: [] });
    const script = [
      plans(DIAMOND.slice(0, 2).concat(subtask("e"))),
      ...["a", "b", "e"].flatMap((id) => does(id, "Guessed.")),
      answers("Answer."),
    ];
    const { model } = await started(script, { roles: [researcher] });
    const asked = model.requests.find(isPart("a"));
    expect([asked?.tools, asked?.messages[0]?.text]).toEqual([[], expect.stringContaining("Goal: Guess.")]);
  });

  it("starts anew on a thread that was used before", async () => {
    const { options } = await started([plans(DIAMOND), ...DONE, answers("First [1].")]);
    const again = (script: Entry[]) =>
      run(graph, { task: "Something else." }, { ...options, models: new ScriptedModel(script) });
    const down = fails(new Error("down"));
    const second = await again([plans(DIAMOND), ...does("a", down), ...does("b", down)]);
    expect(second.output).toMatchObject({ answer: "", sources: [], insufficient: { given: 0 } });
    const other = [subtask("x"), subtask("y"), subtask("z")];
    const reports = other.flatMap(({ id }) => does(id, `Report ${id}.`));
    const third = await again([plans(other), ...reports, answers("Third.")]);
    expect(third).toMatchObject({
      status: "done",
      path: ["plan", "work", "synthesize"],
      spend: { calls: 5 },
    });
    expect(third.output).toMatchObject({ answer: "Third.", sources: [], insufficient: null });
    const texts = textsOf(Outcomes.parse(third.output?.["outcomes"]));
    expect(texts).toEqual(["Report x.", "Report y.", "Report z."]);
  });

  it.each([0, -1, 1.5, Number.NaN])("has no bound of %d", (value) => {
    expect(() => defineTaskDag({ maxParallel: value })).toThrow("maxParallel has to be");
    expect(() => defineTaskDag({ timeoutMs: value })).toThrow("timeoutMs has to be");
  });
});

describe("citations", () => {
  it("point at the same passage in a report, in what builds on it and in the answer", async () => {
    const { ended, model } = await started([
      plans(DIAMOND),
      ...DONE,
      answers("Paxos needs a quorum [3], raft a leader [1, 4]; nobody knows [7]."),
    ]);
    const shown = (who: (request: ScriptedRequest) => boolean) => model.requests.find(who)?.text ?? "";
    expect(shown(isPart("c"))).toContain("Raft has a leader [1].");
    expect(shown(isPart("c"))).toContain("Paxos has none [2], but a quorum [3].");
    const Reports = z.array(
      z.object({ value: z.object({ sources: z.array(z.object({ title: z.string() })) }) }),
    );
    const cited = Reports.parse(ended.output?.["outcomes"]).map(({ value }) =>
      value.sources.map(({ title }) => title),
    );
    expect(cited).toEqual([
      ["raft"],
      ["paxos", "quorum"],
      ["raft", "leader", "paxos", "quorum"],
      ["raft", "leader"],
    ]);
    expect(textsOf(Outcomes.parse(ended.output?.["outcomes"]))[2]).toBe(
      "Raft [1] leads [2], paxos [3] does not; all need a quorum [4], lost.",
    );
    const editor = shown(({ role }) => role === "editor");
    expect(editor).toContain("Raft [1] leads [4], paxos [2] does not; all need a quorum [3], lost.");
    expect(result(ended.output ?? {})).toBe(
      "Paxos needs a quorum [1], raft a leader [2, 3]; nobody knows.\n\n## Sources\n\n" +
        "- [1] quorum (quorum.md)\n- [2] raft (raft.md)\n- [3] leader (leader.md)",
    );
  });
});

describe("a plan that cannot be carried out", () => {
  const broken = [subtask("a", ["b"]), subtask("b", ["a"]), subtask("c", ["c"]), subtask("c", ["ghost"])];
  const faults = [
    /2 subtasks have the id "c"/,
    /"c" depends on "ghost"/,
    /"c" depends on itself/,
    /"a" needs "b" needs "a"/,
  ];
  const few = DIAMOND.slice(0, 2);
  const many = Array.from({ length: 8 }, (_, at) => subtask(`s${at}`));

  it.each([
    ["everything that is wrong with it", broken, faults],
    ["that it is too short", few, [/has 2 subtasks.*at least 3/]],
    ["that it is too long", many, [/has 8 subtasks.*at most 7/]],
  ])("goes back to the planner once, with %s", async (_, subtasks, messages) => {
    const { ended, model } = await started([plans(subtasks), plans(DIAMOND), ...DONE, answers("Answer.")]);
    expect(ended).toMatchObject({ status: "done", path: ["plan", "work", "synthesize"] });
    const asked = model.requests.filter(({ schema }) => schema === "Plan");
    expect(asked).toHaveLength(2);
    for (const message of messages) expect(asked[1]?.text).toMatch(message);
    model.assertDone();
  });

  it("fails the run when it comes a second time, and a resume asks for another", async () => {
    const script = [plans(broken), plans(few), plans(DIAMOND), ...DONE, answers("Answer.")];
    const { ended, model, resumed } = await started(script);
    expect(ended).toMatchObject({
      status: "failed",
      output: null,
      error: { code: "BAD_ANSWER", message: expect.stringMatching(/no valid Plan: .*has 2 subtasks/) },
      path: [],
    });
    expect(model.requests).toHaveLength(2);
    expect(await resumed()).toMatchObject({ status: "done", path: ["plan", "work", "synthesize"] });
    expect(model.requests.filter(({ schema }) => schema === "Plan")).toHaveLength(3);
    model.assertDone();
  });
});

describe("a subtask without a result", () => {
  const down = new Error("The index is down.");

  it("takes those that need it with it, and the rest goes on; the answer is told who is missing and why", async () => {
    const extra = [...DIAMOND, subtask("e", ["a"])];
    const { ended, model } = await started([
      plans(extra),
      ...does("a", find("raft"), "Raft has a leader [1]."),
      ...does("b", fails(down)),
      ...does("e", "More on raft."),
      answers("Only raft [1]."),
    ]);
    expect(ended).toMatchObject({ status: "done", output: { answer: "Only raft [1].", insufficient: null } });
    expect(ended.output?.["outcomes"]).toMatchObject([
      { who: "a", status: "ok" },
      { who: "b", status: "failed", why: "The index is down." },
      { who: "c", status: "skipped", why: 'it needs "b", which failed' },
      { who: "d", status: "skipped", why: 'it needs "c", which was skipped' },
      { who: "e", status: "ok" },
    ]);
    const editor = model.requests.find(({ role }) => role === "editor")?.text ?? "";
    const lacking = [
      "- b: failed; The index is down.",
      '- c: skipped; it needs "b", which failed',
      '- d: skipped; it needs "c", which was skipped',
    ].join("\n");
    expect(editor).toContain(lacking);
    expect(result(ended.output ?? {})).toContain(`## Without a result\n\n${lacking}`);
    model.assertDone();
  });

  it("is one that was not done in its time", async () => {
    const { graph: brief } = defineTaskDag({ timeoutMs: 1_500 });
    const script = [
      plans(DIAMOND.slice(0, 3)),
      ...does("a", "Raft has a leader."),
      ...does("b", after(600_000, "Too late.")),
      answers("Only raft."),
    ];
    const { ended } = await started(script, {}, brief);
    expect(ended.output?.["outcomes"]).toMatchObject([
      { status: "ok" },
      { status: "timed_out", why: "no answer within 1.5 s" },
      { status: "skipped", why: 'it needs "b", which timed out' },
    ]);
  });

  it("leaves nothing to answer from if there is no other, and no model is asked for an answer", async () => {
    const { ended, model } = await started([
      plans(DIAMOND),
      ...["a", "b"].flatMap((id) => does(id, fails(down))),
    ]);
    expect(ended).toMatchObject({ status: "done", path: ["plan", "work", "synthesize"] });
    expect(ended.output).toMatchObject({
      answer: "",
      sources: [],
      insufficient: {
        status: "insufficient",
        needed: 1,
        given: 0,
        missing: [{ who: "a" }, { who: "b" }, { who: "c" }, { who: "d" }],
      },
    });
    expect(model.requests.map(({ role }) => role)).not.toContain("editor");
    expect(result(ended.output ?? {})).toMatch(/^## Without a result\n\n- a: failed; The index is down\./);
  });
});

describe("how many work at once", () => {
  /** A line that counts how many of its kind are open at once, and waits until so many are, if they ever are. */
  function counted(most: number) {
    let open = 0;
    let widest = 0;
    let reach = () => {};
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const line = async () => {
      open += 1;
      widest = Math.max(widest, open);
      if (open === most) reach();
      await Promise.race([reached, sleep(2_000)]);
      await sleep(5);
      open -= 1;
      return "Report.";
    };
    return { line, widest: () => widest };
  }

  const seven = Array.from({ length: 7 }, (_, at) => subtask(`s${at}`));

  it.each([
    [1, 1],
    [3, 3],
    [undefined, 4],
  ])("is at most %s: %d of seven that could", async (maxParallel, most) => {
    const { line, widest } = counted(most);
    const dag = defineTaskDag(maxParallel === undefined ? {} : { maxParallel }).graph;
    const lines = seven.flatMap(({ id }) => does(id, line));
    const { ended } = await started([plans(seven), ...lines, answers("Answer.")], {}, dag);
    expect(ended.status).toBe("done");
    expect(widest()).toBe(most);
  });

  it("holds on a resume, which does not do again what had ended", async () => {
    const { line, widest } = counted(2);
    const dag = defineTaskDag({ maxParallel: 2 }).graph;
    const lines = seven.flatMap(({ id }) => does(id, line));
    const { ended, model, resumed } = await started(
      [plans(seven), ...lines, answers("Answer.")],
      { budget: { calls: 3 } },
      dag,
    );
    expect(ended).toMatchObject({ status: "budget_exhausted", spend: { calls: 3 }, path: ["plan"] });
    expect(await resumed({ budget: { calls: 20 } })).toMatchObject({ status: "done", spend: { calls: 9 } });
    expect(widest()).toBe(2);
    expect(model.requests).toHaveLength(9);
    model.assertDone();
  });
});

const storages = [
  ["in memory", () => "memory:"],
  ["in SQLite", () => `file:${temporaryFolder()}/runs.db`],
] as const;

describe("who does a subtask", () => {
  const ids = ["a", "b", "c", "d", "e", "f", "g"];
  const seven = ids.map((id) => subtask(id, [], { agent: "writer" }));
  const doneBy = (output: Record<string, unknown> | null) =>
    Outcomes.parse(output?.["outcomes"]).map(({ value }) => value?.by);

  /** The subtasks that were given to someone, and to whom. */
  function told() {
    const given: [string, string | null][] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === "delegated") given.push([event.task.slice(-2, -1), event.to]);
    };
    return { given, onEvent };
  }

  it("is the agent that the plan names, and its report says so", async () => {
    const { given, onEvent } = told();
    const { ended } = await started([plans(DIAMOND), ...DONE, answers("Answer.")], { onEvent });
    expect(doneBy(ended.output)).toEqual(["researcher", "researcher", "analyst", "writer"]);
    expect(given).toEqual([]);
  });

  it("is by expertise whom its words speak for; where nobody fits, the agent of the plan", async () => {
    const subtasks = [
      subtask("a", [], { agent: "writer", description: "Implement the algorithm. Do part a." }),
      subtask("b", [], { agent: "writer", description: "Verify the citations. Do part b." }),
      subtask("c", ["a"], { agent: "qa_tester", title: "Xyz", description: "Do part c." }),
    ];
    const script = [plans(subtasks), ...["a", "b", "c"].flatMap((id) => does(id, "Done.")), answers("All.")];
    const { given, onEvent } = told();
    const dag = defineTaskDag({ assignBy: "expertise" }).graph;
    const { ended, model } = await started(script, { onEvent }, dag);
    expect(ended.status).toBe("done");
    expect(doneBy(ended.output)).toEqual(["coder", "tester", "tester"]);
    expect(given).toEqual([
      ["a", "coder"],
      ["b", "tester"],
      ["c", null],
    ]);
    expect(["a", "b", "c"].map((id) => model.requests.find(isPart(id))?.role)).toEqual(doneBy(ended.output));
    expect(model.requests.find(isPart("a"))?.text).toContain("You are a software engineer.");
  });

  it("is who fits best by the run's own roles, where they take the place of the agents'", async () => {
    const cook = defineRole({ name: "coder", goal: "Cook.", expertise: ["soup", "cooking"] });
    const soup = subtask("a", [], { title: "Cooking a soup", description: "Do part a." });
    const subtasks = [soup, subtask("b"), subtask("c")];
    const script = [plans(subtasks), ...["a", "b", "c"].flatMap((id) => does(id, "Done.")), answers("All.")];
    const dag = defineTaskDag({ assignBy: "expertise" }).graph;
    const { ended } = await started(script, { roles: [cook] }, dag);
    expect(doneBy(ended.output)[0]).toBe("coder");
  });

  it("shows each report once in what there is of a run that its budget stops", async () => {
    const dag = defineTaskDag({ assignBy: "round_robin" }).graph;
    const lines = [...does("a", "Of a."), ...does("b", "Of b."), ...does("c", "Of c.")];
    const script = [plans([subtask("a"), subtask("b"), subtask("c")]), ...lines];
    const { ended } = await started(script, { budget: { calls: 3 } }, dag);
    expect(ended).toMatchObject({ status: "budget_exhausted" });
    expect(ended.partial?.match(/Of [abc]\./g)).toEqual(["Of a.", "Of b."]);
  });

  it("is in turn one after the other", async () => {
    const dag = defineTaskDag({ assignBy: "round_robin", maxParallel: 7 }).graph;
    const script = [plans(seven), ...ids.flatMap((id) => does(id, "Done.")), answers("Answer.")];
    const { ended } = await started(script, {}, dag);
    const turn = ["researcher", "analyst", "coder", "writer", "reviewer", "tester", "researcher"];
    expect(doneBy(ended.output)).toEqual(turn);
  });

  it.each([
    [7, ["researcher", "analyst", "coder", "writer", "reviewer", "tester", "researcher"]],
    [1, Array(7).fill("researcher")],
  ])("is by load who has the least to do, of %d at once", async (maxParallel, who) => {
    const dag = defineTaskDag({ assignBy: "least_loaded", maxParallel }).graph;
    const lines = ids.flatMap((id) => does(id, after(maxParallel === 1 ? 0 : 50, "Done.")));
    const { ended } = await started([plans(seven), ...lines, answers("Answer.")], {}, dag);
    expect(doneBy(ended.output)).toEqual(who);
  });

  it("is named where it fails, and those that need it are skipped", async () => {
    const subtasks = [subtask("a"), subtask("b"), subtask("c", ["a"])];
    const down = fails(new Error("The index is down."));
    const script = [plans(subtasks), ...does("a", down), ...does("b", "Done."), answers("Answer.")];
    const dag = defineTaskDag({ assignBy: "round_robin" }).graph;
    const { ended } = await started(script, {}, dag);
    expect(ended.output?.["outcomes"]).toMatchObject([
      { who: "a", status: "failed", why: "researcher: The index is down." },
      { who: "b", status: "ok", value: { by: "analyst" } },
      { who: "c", status: "skipped", why: 'it needs "a", which failed' },
    ]);
  });

  it.each(
    (["round_robin", "least_loaded"] as const).flatMap((by) =>
      storages.map(([where, url]) => ({ by, where, url })),
    ),
  )(
    "stays the same on a resume by a graph of its own, which gives nobody a subtask twice ($by, $where)",
    async ({ by, url }) => {
      const storage = openStorage(url());
      onTestFinished(() => storage.close());
      const { given, onEvent } = told();
      const stop = new AbortController();
      const script = [
        plans([...seven.slice(0, 4), subtask("e", ["a", "d"], { agent: "writer" })]),
        ...does("a", "Report a."),
        ...does("b", after(600_000, "Never said."), "Report b."),
        ...does("c", find("raft"), after(600_000, "Never said."), "Report c [1]."),
        ...does("d", "Report d."),
        ...does("e", after(600_000, "Never said."), "Report e."),
        answers("Answer."),
      ];
      const options = { checkpointer: storage.checkpointer, signal: stop.signal };
      const hear = (event: RunEvent) => {
        onEvent(event);
        if (event.type === "delegated" && given.length === 5) setTimeout(() => stop.abort(), 50);
      };
      const dag = () => defineTaskDag({ assignBy: by }).graph;
      const {
        ended,
        model,
        queries,
        options: all,
      } = await started(script, { ...options, onEvent: hear }, dag());
      expect(ended.status).toBe("cancelled");
      const before = new Map(given);
      expect([...before.keys()].sort()).toEqual(ids.slice(0, 5));
      const { signal } = new AbortController();
      const last = await run(dag(), null, { ...all, signal, onEvent, resume: true });
      expect(last.status).toBe("done");
      expect(doneBy(last.output)).toEqual(ids.slice(0, 5).map((id) => before.get(id)));
      expect(given).toHaveLength(5);
      expect(queries).toEqual(["raft"]);
      expect(model.requests.filter(isPart("a"))).toHaveLength(1);
      const asked = model.requests.filter(isPart("c")).map(({ role }) => role);
      expect(new Set(asked)).toEqual(new Set([before.get("c")]));
      expect([last.spend.calls, model.requests.length]).toEqual([11, 11]);
      model.assertDone();
    },
  );
});

describe("a run that stops in the middle", () => {
  it.each(storages)(
    "by a spent budget goes on with a higher one, and repeats nothing (%s)",
    async (_, url) => {
      const storage = openStorage(url());
      onTestFinished(() => storage.close());
      const script = [plans(DIAMOND), ...DONE, answers("Raft is simpler [1].")];
      const { ended, model, queries, resumed } = await started(script, {
        checkpointer: storage.checkpointer,
        budget: { calls: 4 },
      });
      expect(ended).toMatchObject({
        status: "budget_exhausted",
        interrupts: [],
        spend: { calls: 4 },
        path: ["plan"],
      });
      for (const cap of [6, 8]) {
        const still = await resumed({ budget: { calls: cap } });
        expect(still).toMatchObject({ status: "budget_exhausted", spend: { calls: cap } });
        expect(model.requests).toHaveLength(cap);
      }
      const last = await resumed({ budget: { calls: 20 } });
      expect(last).toMatchObject({
        status: "done",
        spend: { calls: 9 },
        path: ["plan", "work", "synthesize"],
      });
      expect(queries.sort()).toEqual(["leader raft", "paxos quorum", "raft"]);
      expect(model.requests).toHaveLength(9);
      model.assertDone();
    },
  );

  it.each(storages)("by being cancelled goes on with what had not ended (%s)", async (_, url) => {
    const storage = openStorage(url());
    onTestFinished(() => storage.close());
    const stop = new AbortController();
    const slow = after(600_000, "Never said.");
    const script = [
      plans([...DIAMOND, subtask("e", ["a"])]),
      ...DONE.slice(0, 2),
      ...does("b", slow),
      ...does("e", "More on raft."),
      ...DONE.slice(2),
      answers("Answer [1]."),
    ];
    const { ended, model, queries, resumed } = await started(script, {
      checkpointer: storage.checkpointer,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "branch_ended" && event.who === "e") setTimeout(() => stop.abort(), 50);
      },
    });
    expect(ended).toMatchObject({ status: "cancelled", path: ["plan"] });
    const again = new AbortController();
    const last = await resumed({ signal: again.signal });
    expect(last).toMatchObject({ status: "done", output: { answer: "Answer [1]." } });
    expect(textsOf(Outcomes.parse(last.output?.["outcomes"]))).toEqual([
      "Raft has a leader [1].",
      "Paxos has none [1], but a quorum [2].",
      "Raft [1] leads [2], paxos [3] does not; all need a quorum [4], lost.",
      "So raft is simpler [1], paxos older [2].",
      "More on raft.",
    ]);
    expect(queries.sort()).toEqual(["leader raft", "paxos quorum", "raft"]);
    expect(model.requests.filter(isPart("e"))).toHaveLength(1);
    model.assertDone();
  });
});

describe("without run", () => {
  it("works by graph.invoke", async () => {
    const models = new ScriptedModel([plans(DIAMOND), ...DONE, answers("Raft is simpler [1].")]);
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const config = { context: { models, tools: [searchTool().search] }, configurable: { thread_id: "t" } };
    expect(await bare.invoke(TASK, config)).toMatchObject({
      answer: "Raft is simpler [1].",
      sources: [{ id: 1, title: "raft" }],
    });
    await expect(bare.invoke({ task: " " }, config)).rejects.toThrow(/task/);
  });
});

it("goes through an OpenAI endpoint, each subtask with the reports that it needs", async () => {
  const endpoint = await startEndpoint({ answer: writerAnswers() });
  onTestFinished(() => endpoint.close());
  const settings = { apiKey: "none", baseUrl: endpoint.url, models: ["m"], structured: "strict" } as const;
  const models = openaiModel("m", { ...settings, models: ["m"] }, null);
  const { checkpointer } = openStorage("memory:");
  const ended = await run(graph, TASK, { models, tools: [searchTool().search], checkpointer });
  expect(ended).toMatchObject({ status: "done", error: null, spend: { calls: 6 } });
  const outcomes = Outcomes.parse(ended.output?.["outcomes"]);
  expect(outcomes.map(({ who, status }) => [who, status])).toEqual([
    ["one", "ok"],
    ["two", "ok"],
    ["both", "ok"],
    ["last", "ok"],
  ]);
  const prompts = endpoint.requests.map(({ body }) => String(body.messages.at(-1)?.content));
  const both = prompts.find((prompt) => prompt.includes("Do part both.")) ?? "";
  expect(both.match(/<report from="Part \w+">/g)).toEqual([
    '<report from="Part one">',
    '<report from="Part two">',
  ]);
});

it("gives the best there is as the answer, also before there is one", () => {
  const report = {
    text: "Raft [1].",
    sources: [{ id: 1, ...passage("raft") }],
    evidence: [],
    ended: "answered" as const,
    by: "researcher",
  };
  const facts = {
    ms: 1,
    spend: { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0, ms: 0, estimated: false },
  };
  const ok = { ...facts, status: "ok" as const };
  expect(result({})).toBe("");
  expect(
    result({
      answer: "",
      outcomes: [
        { ...ok, who: "a", value: { ...report, title: "A" } },
        { ...ok, who: "b", value: { ...report, title: "B", sources: [{ id: 1, ...passage("paxos") }] } },
        { ...facts, who: "c", status: "failed", why: "down" },
      ],
    }),
  ).toBe(
    "## A\n\nRaft [1].\n\n## B\n\nRaft [2].\n\n## Sources\n\n- [1] raft (raft.md)\n- [2] paxos (paxos.md)\n\n" +
      "## Without a result\n\n- c: failed; down",
  );
});
