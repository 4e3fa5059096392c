import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BaseCheckpointSaver, MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineSupervisor, graph, result, workflow } from "../../graphs/supervisor/graph.ts";
import type { Check, Decision, Report, Ruling } from "../../graphs/supervisor/state.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import type { Budget, Spend } from "../../src/outcomes/spend.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { EMPTY } from "../../src/state/channels.ts";
import type { Mailbox } from "../../src/state/mailboxes.ts";
import type { AgentMessage } from "../../src/state/messages.ts";
import { openStorage } from "../../src/storage/open.ts";
import {
  always,
  calls,
  fails,
  type Line,
  ScriptedModel,
  type ScriptLines,
  when,
} from "../../src/testing/index.ts";
import { counted } from "../runtime/counted.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

const find = (query: string) => calls({ name: "search_documents", args: { query } });
const PLAN = "1. research: find it. 2. qa: check it.";
const to = (next: Decision["next"], instruction = `Do the part of ${next}.`): Decision => ({
  next,
  instruction: next === "finish" ? "" : instruction,
  reason: `It is the turn of ${next}.`,
});

/** A run of a supervisor that plans, decides as it is told, and answers. */
async function supervised(
  lines: ScriptLines,
  input: { task: string; human?: "never" | "end" | "always" } = { task: "Explain raft." },
  supervisor = graph,
  budget: Budget = {},
) {
  const model = new ScriptedModel(lines);
  const { checkpointer } = openStorage("memory:");
  const { search, queries } = searchTool();
  const options = { models: model, tools: [search], checkpointer, thread: "t" };
  const ended = await run(supervisor, input, { ...options, budget });
  return { ended, ...(await stateOf(options)), model, queries, options };
}

const stateOf = ({ checkpointer }: { checkpointer: BaseCheckpointSaver }) =>
  workflow.compile({ checkpointer }).getState({ configurable: { thread_id: "t" } });

const verdict = (...objections: Check["objections"]): Check => ({
  approved: objections.length === 0,
  objections,
});
/** The verdict on every report, unless the script has others. */
const APPROVED = when(({ schema }) => schema === "Check", always(verdict()));

const supervisor = (...decisions: (Decision | Line)[]): Line[] => [PLAN, ...decisions];
const FINISHED = { reason: "finished", text: "the supervisor has what it needs" };

describe("a supervisor", () => {
  it("plans, lets one specialist after the other work, and answers out of their reports", async () => {
    const { ended, values, model } = await supervised({
      supervisor: supervisor(to("research"), to("qa"), to("finish"), "Raft elects a leader [1]."),
      researcher: [find("raft"), "Raft has a leader [1]."],
      tester: ["The claim holds [1].", APPROVED],
    });
    expect(ended).toMatchObject({ status: "done", error: null });
    expect(ended.path).toEqual(["plan", "decide", "research", "decide", "qa", "decide", "synthesize"]);
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["answer", "ended", "reports"]);
    expect(ended.output?.ended).toEqual(FINISHED);
    expect(ended.output?.answer).toBe("Raft elects a leader [1].");
    expect(
      ended.output?.reports.map(({ from, instruction, text }: Report) => [from, instruction, text]),
    ).toEqual([
      ["research", "Do the part of research.", "Raft has a leader [1]."],
      ["qa", "Do the part of qa.", "The claim holds [1]."],
    ]);
    expect(values).toMatchObject({ steps: PLAN, decisions: [to("research"), to("qa"), to("finish")] });
    expect(model.requests.map(({ role }) => role)).toEqual([
      "supervisor",
      "supervisor",
      "researcher",
      "researcher",
      "supervisor",
      "tester",
      "tester",
      "supervisor",
      "supervisor",
    ]);
    model.assertDone();
  });

  it("shows each specialist its instruction and the reports before it, and the decisions every report", async () => {
    const { model } = await supervised({
      supervisor: supervisor(
        to("code", "Write the loop."),
        to("qa", "Check the loop."),
        to("finish"),
        "Done.",
      ),
      coder: ["while (true);"],
      tester: ["It never ends.", APPROVED],
    });
    const textOf = (role: string, nth: number) =>
      model.requests.filter((each) => each.role === role)[nth]?.text;
    expect(textOf("coder", 0)).toContain("<task>\nWrite the loop.\n</task>");
    expect(textOf("coder", 0)).not.toContain("<report");
    expect(textOf("tester", 0)).toContain('<report from="code">\nwhile (true);\n</report>');
    expect(textOf("supervisor", 3)).toContain(
      '<report from="qa">\nIt never ends.\n\nVerdict: approved.\n</report>',
    );
    expect(textOf("supervisor", 4)).toContain('<report from="code">\nwhile (true);\n</report>');
  });

  it("finishes at once where no one is needed, says that no one reported, and pays no synthesis", async () => {
    const { ended, model } = await supervised({ supervisor: supervisor(to("finish")) });
    expect(ended).toMatchObject({ status: "done", path: ["plan", "decide", "synthesize"] });
    expect(ended.output).toEqual({
      answer: "No specialist reported. It is the turn of finish.",
      reports: [],
      ended: FINISHED,
    });
    expect(model.requests).toHaveLength(2);
  });

  it("gives the whole task to a specialist that was given no instruction", async () => {
    const { ended } = await supervised({
      supervisor: supervisor({ ...to("code"), instruction: "" }, to("finish"), "Done."),
      coder: ["Written."],
    });
    expect(ended.output?.reports).toMatchObject([{ from: "code", instruction: "Explain raft." }]);
  });
});

describe("the bound", () => {
  it("of two delegations leads straight to the answer, without another decision", async () => {
    const { ended, model } = await supervised(
      {
        supervisor: supervisor(to("code"), to("qa"), "The answer."),
        coder: ["Written."],
        tester: ["Checked.", APPROVED],
      },
      undefined,
      defineSupervisor({ maxDelegations: 2 }).graph,
    );
    expect(ended).toMatchObject({ status: "done", output: { answer: "The answer." } });
    expect(ended.path).toEqual(["plan", "decide", "code", "decide", "qa", "synthesize"]);
    model.assertDone();
  });

  it("is six delegations if nothing else is said", async () => {
    const { ended, model } = await supervised({
      supervisor: supervisor(...Array.from({ length: 6 }, () => to("code")), "The answer."),
      coder: Array.from({ length: 6 }, (_, i) => `Attempt ${i + 1}.`),
    });
    expect(ended.output?.reports).toHaveLength(6);
    expect(ended.output?.ended).toEqual({ reason: "rounds", text: "6 of 6 rounds are made" });
    expect(ended.path.slice(-3)).toEqual(["decide", "code", "synthesize"]);
    model.assertDone();
  });
});

describe("a decision for a specialist that does not exist", () => {
  const unknown = { ...to("code"), next: "designer" };

  it("is asked again with the reason, and then taken", async () => {
    const { ended, model } = await supervised({
      supervisor: supervisor(unknown, to("code"), to("finish"), "Done."),
      coder: ["Written."],
    });
    expect(ended.path).toEqual(["plan", "decide", "code", "decide", "synthesize"]);
    expect(model.requests[2]?.text).toMatch(
      /^That is no valid Decision: .*"code"\|"research"\|"qa"\|"finish"/,
    );
  });

  it("finishes with the fault in the decision where there is no valid one after all the asking", async () => {
    const { ended, values, model } = await supervised({ supervisor: supervisor(unknown, unknown, unknown) });
    expect(ended).toMatchObject({ status: "done", path: ["plan", "decide", "synthesize"] });
    expect(values["decisions"]).toEqual([
      {
        next: "finish",
        instruction: "",
        reason: expect.stringMatching(/^No valid decision: .*next/),
        obstacle: "the supervisor gave no valid decision",
      },
    ]);
    expect(ended.output?.answer).toMatch(/^No specialist reported\. No valid decision: /);
    expect(ended.output?.ended).toEqual({
      reason: "given_up",
      text: "the supervisor gave no valid decision",
    });
    model.assertDone();
  });

  it("tells the answer why nobody else reported, as an end of its own choice does not", async () => {
    const { model } = await supervised({
      supervisor: supervisor(to("code"), unknown, unknown, unknown, "Done."),
      coder: ["Written."],
    });
    const why = "There are no more reports because of this: the supervisor gave no valid decision.";
    expect(model.requests.at(-1)?.text).toContain(why);
    const chosen = await supervised({
      supervisor: supervisor(to("code"), to("finish"), "Done."),
      coder: ["Written."],
    });
    expect(chosen.model.requests.at(-1)?.text).not.toContain("There are no more reports");
  });
});

describe("sources", () => {
  const reports = {
    supervisor: supervisor(to("research"), to("code"), to("qa"), to("finish"), "All in all [1, 2, 3, 4]."),
    researcher: [find("raft paxos"), "Raft [1] and Paxos [2]."],
    coder: [find("gossip raft"), "Gossip [3] unlike Raft [1]."],
    tester: [find("paxos quorum"), "Paxos [2] needs a quorum [4]; gossip [3] does not.", APPROVED],
  };

  it("of all specialists come under one numbering, and each citation points at its passage", async () => {
    const { ended, model } = await supervised(reports);
    const found: Report[] = ended.output?.reports ?? [];
    expect(found.map(({ sources }) => sources.map(({ id, title }) => [id, title]))).toEqual([
      [
        [1, "raft"],
        [2, "paxos"],
      ],
      [
        [3, "gossip"],
        [1, "raft"],
      ],
      [
        [2, "paxos"],
        [4, "quorum"],
      ],
    ]);
    const shown = model.requests
      .findLast(({ role, schema }) => role === "tester" && !schema)
      ?.messages.at(-1)?.text;
    expect(shown).toContain('<source id="2" title="paxos" file="paxos.md">');
    expect(shown).toContain('<source id="4" title="quorum" file="quorum.md">');
    const answer = result(ended.output ?? {});
    expect(answer.split("## Sources")[1]?.trim().split("\n")).toEqual([
      "- [1] raft (raft.md)",
      "- [2] paxos (paxos.md)",
      "- [3] gossip (gossip.md)",
      "- [4] quorum (quorum.md)",
    ]);
  });

  it("that a report or the answer cites but was never shown are taken out", async () => {
    const { ended } = await supervised({
      supervisor: supervisor(to("research"), to("code"), to("finish"), "Lost [7], found [2]."),
      researcher: [find("raft"), "Raft [1], and more [2]."],
      coder: [find("paxos"), "Paxos [2]."],
    });
    const reports: Report[] = ended.output?.reports ?? [];
    const sources = reports.flatMap(({ sources }) => sources);
    expect(sources.map(({ id, title }) => [id, title])).toEqual([
      [1, "raft"],
      [2, "paxos"],
    ]);
    expect(reports.map(({ text }) => text)).toEqual(["Raft [1], and more.", "Paxos [2]."]);
    expect(ended.output?.answer).toBe("Lost, found [2].");
  });

  it("come from the run's own search tool, in the subgraphs too", async () => {
    const { queries } = await supervised(reports);
    expect(queries).toEqual(["raft paxos", "gossip raft", "paxos quorum"]);
  });
});

describe("the supervisor's state", () => {
  it("holds reports, and nothing of the conversations that led to them", async () => {
    const { values, options } = await supervised({
      supervisor: supervisor(to("research"), to("finish"), "Done."),
      researcher: [find("raft"), "Raft [1]."],
    });
    expect(Object.keys(values).sort()).toEqual([
      "answer",
      "decisions",
      "delegations",
      "ended",
      "human",
      "mail",
      "reports",
      "rework",
      "rulings",
      "spent",
      "steps",
      "task",
    ]);
    for await (const { checkpoint, config } of options.checkpointer.list({
      configurable: { thread_id: "t" },
    })) {
      if (config.configurable?.["checkpoint_ns"]) continue;
      const kept = JSON.stringify(checkpoint.channel_values);
      for (const trace of [
        "tool_call",
        "search_documents",
        "AIMessage",
        "HumanMessage",
        "A software engineer who trusts",
      ]) {
        expect(kept).not.toContain(trace);
      }
    }
  });

  it("starts anew on a thread that was used before", async () => {
    const { values, options, ended } = await supervised({
      supervisor: supervisor(to("code"), to("finish"), "First."),
      coder: ["Written."],
    });
    expect([values["reports"], ended.output?.answer]).toMatchObject([[{ from: "code" }], "First."]);
    const models = new ScriptedModel({
      supervisor: ["Another plan.", to("qa"), "Second."],
      tester: ["Checked.", APPROVED],
    });
    const once = defineSupervisor({ maxDelegations: 1 }).graph;
    const second = await run(once, { task: "Check it." }, { ...options, models });
    expect(second.path).toEqual(["plan", "decide", "qa", "synthesize"]);
    expect(second.output).toMatchObject({ answer: "Second.", reports: [{ from: "qa", text: "Checked." }] });
    expect(second.output?.reports).toHaveLength(1);
    expect(models.requests[1]?.text).not.toContain("<report");
    models.assertDone();
  });

  it("gives the best there is as the answer, also before there is one", () => {
    const sources = [{ id: 1, ...passage("raft") }];
    const report = {
      from: "research" as const,
      instruction: "",
      text: "Raft [1].",
      sources,
      evidence: [],
      check: null,
      ended: "answered" as const,
    };
    expect(result({})).toBe("");
    expect(result({ task: "t", answer: "", reports: [] })).toBe("");
    expect(result({ reports: [report, { ...report, from: "qa", text: "Right.", sources: [] }] })).toBe(
      "## Report of research\n\nRaft [1].\n\n## Report of qa\n\nRight.\n\n## Sources\n\n- [1] raft (raft.md)",
    );
    expect(result({ answer: "So [1].", reports: [report] })).toBe(
      "So [1].\n\n## Sources\n\n- [1] raft (raft.md)",
    );
  });
});

describe("after a failure in a specialist", () => {
  function storageIn(url: "memory:" | "file") {
    if (url === "memory:") return openStorage(url);
    const folder = mkdtempSync(join(tmpdir(), "graphwright-supervisor-"));
    const storage = openStorage(`file:${join(folder, "runs.db")}`);
    onTestFinished(async () => {
      await storage.close();
      rmSync(folder, { recursive: true });
    });
    return storage;
  }

  it.each(["memory:", "file"] as const)("a run goes on and pays only what is left (%s)", async (url) => {
    const { checkpointer } = storageIn(url);
    const { search, queries } = searchTool();
    const models = new ScriptedModel({
      supervisor: supervisor(to("research"), to("finish"), "The answer [1]."),
      researcher: [find("raft"), fails(new Error("The model is down.")), "Raft [1]."],
    });
    const options = { models, tools: [search], checkpointer, thread: "t" };
    const failed = await run(graph, { task: "Explain raft." }, options);
    expect(failed).toMatchObject({
      status: "failed",
      output: null,
      error: { code: "UNEXPECTED", message: "The model is down." },
      path: ["plan", "decide"],
    });
    const ended = await run(graph, null, { ...options, resume: true });
    expect(ended).toMatchObject({ status: "done", output: { answer: "The answer [1]." } });
    expect(ended.path).toEqual(["plan", "decide", "research", "decide", "synthesize"]);
    expect(queries).toEqual(["raft"]);
    expect(models.requests).toHaveLength(7);
    expect(ended.spend.calls).toBe(7);
    models.assertDone();
  });
});

/** A saver that loses the first report: its specialist has ended, and the node around it is not checkpointed. */
function losingAReport() {
  let lost = 0;
  const lose = () => {
    lost += 1;
    throw new Error("The power failed.");
  };
  class Failing extends MemorySaver {
    override async putWrites(...given: Parameters<MemorySaver["putWrites"]>) {
      const [, writes] = given;
      const isReport = writes.some(([channel, value]) => channel === "reports" && value !== EMPTY);
      return lost === 0 && isReport ? lose() : super.putWrites(...given);
    }
    override async put(...given: Parameters<MemorySaver["put"]>) {
      return lost === 1 ? lose() : super.put(...given);
    }
  }
  return new Failing();
}

describe("a supervisor that stands still", () => {
  const resumed = (models: ScriptedModel, { options }: Awaited<ReturnType<typeof supervised>>) =>
    run(graph, null, { ...options, models, resume: true });

  const sameReport = () =>
    supervised({
      supervisor: supervisor(to("code", "Write it."), to("code", "Write it.")),
      coder: ["while (true);", " while\n(true); "],
    });

  const inTurn = () =>
    supervised({
      supervisor: supervisor(to("code"), to("qa"), to("code"), to("qa")),
      coder: ["First.", "Second."],
      tester: ["Not yet.", APPROVED],
    });

  it("in a report that comes again suspends, and says what came, with the reports before it", async () => {
    const { ended, values, model } = await sameReport();
    expect(ended).toMatchObject({
      status: "stalled",
      output: null,
      partial: "## Report of code\n\nwhile (true);",
      interrupts: [],
      error: {
        code: "STALLED",
        message: expect.stringContaining("the same report came 2 times in a row: code: while (true);"),
      },
      path: ["plan", "decide", "code", "decide"],
    });
    expect(values["reports"]).toHaveLength(1);
    model.assertDone();
  });

  it("there has the specialist work anew, and goes on with its report", async () => {
    const stalled = await sameReport();
    const models = new ScriptedModel({
      supervisor: [to("finish"), "Done."],
      coder: [find("raft"), "for (;;); [1]"],
    });
    const ended = await resumed(models, stalled);
    expect(ended).toMatchObject({
      status: "done",
      path: ["plan", "decide", "code", "decide", "code", "decide", "synthesize"],
      spend: { calls: 5 + 4 },
    });
    expect(ended.output?.reports.map(({ text }: Report) => text)).toEqual(["while (true);", "for (;;); [1]"]);
    models.assertDone();
  });

  it("there goes on also with the same report once more", async () => {
    const stalled = await sameReport();
    const models = new ScriptedModel({ supervisor: [to("finish"), "Done."], coder: ["while (true);"] });
    const ended = await resumed(models, stalled);
    expect(ended).toMatchObject({ status: "done", output: { answer: "Done." } });
    expect(ended.output?.reports).toHaveLength(2);
    models.assertDone();
  });

  it("in two delegations in turn, twice, suspends before the last is given", async () => {
    const { ended, values, model } = await inTurn();
    expect(ended).toMatchObject({
      status: "stalled",
      error: {
        code: "STALLED",
        message: expect.stringMatching(
          /the same 2 in turn.*code: Do the part of code\..*qa: Do the part of qa\./,
        ),
      },
      path: ["plan", "decide", "code", "decide", "qa", "decide", "code"],
    });
    expect(values["decisions"]).toHaveLength(3);
    model.assertDone();
  });

  it("there decides anew, and goes on with that", async () => {
    const stalled = await inTurn();
    const models = new ScriptedModel({ supervisor: [to("finish"), "Done."] });
    expect(await resumed(models, stalled)).toMatchObject({
      status: "done",
      output: { answer: "Done.", ended: FINISHED },
      path: ["plan", "decide", "code", "decide", "qa", "decide", "code", "decide", "synthesize"],
    });
    models.assertDone();
  });

  it("there goes on also with the same decision once more", async () => {
    const stalled = await inTurn();
    const models = new ScriptedModel({
      supervisor: [to("qa"), to("finish"), "Done."],
      tester: ["Now it is right.", APPROVED],
    });
    expect(await resumed(models, stalled)).toMatchObject({ status: "done", output: { answer: "Done." } });
    models.assertDone();
  });

  it("takes no new task on its thread", async () => {
    const { options } = await inTurn();
    const second = run(graph, { task: "Another." }, options);
    await expect(second).rejects.toMatchObject({ name: "ThreadError", problem: "unfinished" });
  });

  it.each<[string, Decision[], string[], string[]]>([
    ["the same delegation again with another report", [to("code"), to("code")], ["First.", "Second."], []],
    ["the same words of two specialists", [to("code"), to("qa")], ["Right."], ["Right."]],
    [
      "two in turn with other instructions",
      [to("code"), to("qa"), to("code", "Mend it."), to("qa")],
      ["First.", "Second."],
      ["Wrong.", "Right."],
    ],
    ["two in turn, once and a half", [to("code"), to("qa"), to("code")], ["First.", "Second."], ["Wrong."]],
  ])("is not seen in %s", async (_, decisions, coder, tester) => {
    const { ended, model } = await supervised({
      supervisor: supervisor(...decisions, to("finish"), "Done."),
      coder,
      tester: [...tester, APPROVED],
    });
    expect(ended).toMatchObject({ status: "done", output: { answer: "Done." } });
    model.assertDone();
  });
});

describe("a budget that is nearly spent", () => {
  const LOW = { reason: "budget", text: "the run's budget is nearly spent" };
  const lines = () => ({
    supervisor: supervisor(to("research"), "The answer [1]."),
    researcher: [find("raft"), find("paxos"), "Raft [1]."],
  });

  it("leads from a report straight to the answer, without another decision", async () => {
    const { ended, model } = await supervised(lines(), undefined, undefined, { calls: 6 });
    expect(ended).toMatchObject({
      status: "done",
      output: { answer: "The answer [1].", ended: LOW },
      path: ["plan", "decide", "research", "synthesize"],
      spend: { calls: 6 },
    });
    model.assertDone();
  });

  const START = ["plan", "decide", "research"];

  it.each<[string, Budget, Line[], RunResult["status"], string[]]>([
    ["earlier by a lower share", { calls: 100, soft: 0.05 }, ["The answer."], "done", ["synthesize"]],
    ["not at all by the whole", { calls: 6, soft: 1 }, [to("qa")], "budget_exhausted", ["decide"]],
    ["not where nothing is left", { calls: 5 }, [], "budget_exhausted", []],
  ])("is so %s", async (_, budget, next, status, path) => {
    const script = { ...lines(), supervisor: supervisor(to("research"), ...next) };
    const { ended, model } = await supervised(script, undefined, undefined, budget);
    expect(ended).toMatchObject({ status, path: [...START, ...path] });
    expect(ended.partial).toMatch(
      status === "done" ? /^The answer\./ : /^## Report of research\n\nRaft \[1\]/,
    );
    model.assertDone();
  });

  it("leads from a decision to the answer too, for a specialist would take what the answer needs", async () => {
    const script = { supervisor: supervisor(to("code"), to("qa"), "The answer."), coder: ["Written."] };
    const { ended, model } = await supervised(script, undefined, undefined, { calls: 5 });
    expect(ended).toMatchObject({
      status: "done",
      output: { answer: "The answer.", ended: LOW },
      path: ["plan", "decide", "code", "decide", "synthesize"],
      spend: { calls: 5 },
    });
    model.assertDone();
  });

  it("is so for the run that is resumed after a crash, however high its cap is then", async () => {
    const models = new ScriptedModel(lines());
    const options = { models, tools: [searchTool().search], checkpointer: losingAReport(), thread: "t" };
    const broken = await run(graph, { task: "Explain raft." }, { ...options, budget: { calls: 6 } });
    expect(broken).toMatchObject({ status: "failed", spend: { calls: 5 } });
    const ended = await run(graph, null, { ...options, resume: true, budget: { calls: 100 } });
    expect(ended).toMatchObject({ status: "done", output: { ended: LOW }, spend: { calls: 6 } });
    models.assertDone();
  });
});

describe("the spend in the state", () => {
  const spentIn = ({ values }: Pick<Awaited<ReturnType<typeof supervised>>, "values">) =>
    counted(values["spent"] as Spend);

  const lines = () => ({
    supervisor: supervisor(to("research"), to("qa"), to("finish"), "Done."),
    researcher: [find("raft"), "Raft [1]."],
    tester: [find("paxos"), "Right [1].", APPROVED],
  });

  it("is that of the run, its specialists included", async () => {
    const told = await supervised(lines());
    expect(told.ended.spend.calls).toBe(10);
    expect(spentIn(told)).toEqual(counted(told.ended.spend));
  });

  it("is that of the run on a thread that was used before", async () => {
    const { options } = await supervised(lines());
    const models = new ScriptedModel({
      supervisor: supervisor(to("code"), to("finish"), "Done."),
      coder: ["Yes."],
    });
    const { spend } = await run(graph, { task: "Again." }, { ...options, models });
    expect(spend.calls).toBe(5);
    expect(spentIn(await stateOf(options))).toEqual(counted(spend));
  });

  it.each<[string, number]>([
    ["first", 1],
    ["last", 4],
    ["later", 6],
  ])("is that of the run, however often its budget was spent in between: %s call", async (_, calls) => {
    const { ended, options } = await supervised(lines(), undefined, undefined, { calls, soft: 1 });
    expect(ended.status).toBe("budget_exhausted");
    const { spend } = await run(graph, null, { ...options, resume: true, budget: { calls: 100 } });
    expect(spend.calls).toBe(10);
    expect(spentIn(await stateOf(options))).toEqual(counted(spend));
  });

  it("is that of the run, where a specialist had ended and its report was lost", async () => {
    const models = new ScriptedModel(lines());
    const options = { models, tools: [searchTool().search], checkpointer: losingAReport(), thread: "t" };
    expect((await run(graph, { task: "Explain raft." }, options)).status).toBe("failed");
    const { spend } = await run(graph, null, { ...options, resume: true });
    expect(spend.calls).toBe(10);
    expect(spentIn(await stateOf(options))).toEqual(counted(spend));
  });

  it("is that of the run after a stall, the work that was done anew included", async () => {
    const { ended, options } = await supervised({
      supervisor: supervisor(to("code"), to("code")),
      coder: ["Same.", "Same."],
    });
    expect(ended.status).toBe("stalled");
    const models = new ScriptedModel({ supervisor: [to("finish"), "Done."], coder: ["Another."] });
    const { spend } = await run(graph, null, { ...options, models, resume: true });
    expect(spend.calls).toBe(8);
    expect(spentIn(await stateOf(options))).toEqual(counted(spend));
  });
});

it("counts the calls of its specialists in what a run has spent", async () => {
  const { ended, model } = await supervised({
    supervisor: supervisor(to("research"), to("finish"), "Done."),
    researcher: [find("raft"), "Raft [1]."],
  });
  expect(ended.spend.calls).toBe(model.requests.length);
  const words = model.requests.flatMap(({ messages }) =>
    messages.map(({ text }) => text.split(/\s+/).filter(Boolean)),
  );
  expect(ended.spend).toMatchObject({ inputTokens: words.flat().length, estimated: false });
});

describe("without run", () => {
  const lines = () => ({
    supervisor: supervisor(to("research"), to("finish"), "The answer [1]."),
    researcher: [find("raft"), "Raft [1]."],
  });
  const configFor = (models: ScriptedModel, search: ReturnType<typeof searchTool>["search"]) => ({
    context: { models, tools: [search] },
    configurable: { thread_id: "t" },
  });
  const bare = () => workflow.compile({ checkpointer: openStorage("memory:").checkpointer });

  it("works by graph.invoke", async () => {
    const { search, queries } = searchTool();
    const models = new ScriptedModel(lines());
    const output = await bare().invoke({ task: "Explain raft." }, configFor(models, search));
    expect(output).toMatchObject({
      answer: "The answer [1].",
      reports: [{ from: "research", text: "Raft [1]." }],
    });
    expect(queries).toEqual(["raft"]);
    models.assertDone();
  });

  it("works by graph.stream, and shows the specialists' nodes", async () => {
    const { search } = searchTool();
    const models = new ScriptedModel(lines());
    const config = { ...configFor(models, search), subgraphs: true as const, streamMode: "updates" as const };
    const nodes: string[] = [];
    for await (const [namespace, update] of await bare().stream({ task: "Explain raft." }, config)) {
      const within = namespace.map((part) => `${part.split(":")[0]}/`).join("");
      nodes.push(...Object.keys(update).map((node) => within + node));
    }
    expect(nodes.filter((node) => !node.endsWith(" call") && node !== "message")).toEqual([
      "plan",
      "decide",
      "research/work",
      "research/verify",
      "research",
      "decide",
      "synthesize",
    ]);
    models.assertDone();
  });

  it("rejects an input that is none, with the field's name", async () => {
    const { search } = searchTool();
    const config = configFor(new ScriptedModel({}), search);
    await expect(bare().invoke({ task: " " }, config)).rejects.toThrow(/task/);
  });
});

describe("defineSupervisor", () => {
  it.each([0, -1, 1.5, Number.NaN])("refuses maxDelegations %d", (value) => {
    expect(() => defineSupervisor({ maxDelegations: value })).toThrow("maxDelegations has to be");
  });
});

describe("qa's verdict", () => {
  const wrong = { to: "code" as const, problem: "It never ends.", change: "Add a bound." };
  const rejecting = () => ({
    supervisor: supervisor(to("code", "Write the loop."), to("qa"), to("finish"), "Done."),
    coder: ["while (true);", "for (let i = 0; i < 3; i++);"],
    tester: ["It does not end.", verdict(wrong)],
  });

  it("sends rejected work back to who did it, with the objections, and then asks the supervisor", async () => {
    const { ended, model } = await supervised(rejecting());
    expect(ended.path).toEqual(["plan", "decide", "code", "decide", "qa", "code", "decide", "synthesize"]);
    expect(ended.output?.reports.map(({ instruction }: Report) => instruction)).toEqual([
      "Write the loop.",
      "Do the part of qa.",
      "Write the loop.\nYour report on it was rejected. Mend this, and report the whole again:\n- It never ends. Add a bound.",
    ]);
    expect(ended.output?.reports[1]?.check).toEqual(verdict(wrong));
    model.assertDone();
  });

  it("names the objections once, however often the same work is rejected", async () => {
    const { ended } = await supervised({
      supervisor: supervisor(
        to("code", "Write the loop."),
        to("qa"),
        to("qa", "Again."),
        to("finish"),
        "Done.",
      ),
      coder: ["One.", "Two.", "Three."],
      tester: ["No.", verdict(wrong), "Still no.", verdict({ ...wrong, problem: "It is slow." })],
    });
    const last: Report | undefined = ended.output?.reports.findLast(({ from }: Report) => from === "code");
    expect(last?.instruction.match(/was rejected/g)).toHaveLength(1);
    expect(last?.instruction).toContain("It is slow.");
    expect(last?.instruction).not.toContain("It never ends.");
  });

  const lacking = { to: "research" as const, problem: "It names no source.", change: "Name one." };
  const twoRejected = (...objections: Check["objections"]) => ({
    supervisor: supervisor(to("code", "Write it."), to("research", "Find it."), to("qa"), to("finish"), "A."),
    coder: ["One.", "Two."],
    researcher: ["Found.", "Found in a book."],
    tester: ["No.", verdict(...objections)],
  });
  const START = ["plan", "decide", "code", "decide", "research", "decide", "qa"];

  it.each([
    ["code first", [wrong, lacking, { ...wrong, problem: "It is slow." }], ["code", "research"]],
    ["research first", [lacking, wrong], ["research", "code"]],
  ])(
    "sends work back to everyone whom it objects to, one after the other: %s",
    async (_, objections, order) => {
      const { ended, values, model } = await supervised(twoRejected(...objections));
      expect(ended.path).toEqual([...START, ...order, "decide", "synthesize"]);
      const mended: Report[] = ended.output?.reports.slice(3) ?? [];
      expect(mended.map(({ from }) => from)).toEqual(order);
      for (const { from, instruction } of mended) {
        const own = objections.filter((each) => each.to === from);
        const lines = own.map(({ problem, change }) => `- ${problem} ${change}`);
        expect(instruction.split("\n").slice(2)).toEqual(lines);
      }
      expect(values["rework"]).toEqual([]);
      model.assertDone();
    },
  );

  it("sends back no more than the delegations allow", async () => {
    const { ended } = await supervised(
      {
        ...twoRejected(wrong, lacking),
        supervisor: supervisor(to("code"), to("research"), to("qa"), "Done."),
      },
      undefined,
      defineSupervisor({ maxDelegations: 4 }).graph,
    );
    expect(ended.path).toEqual([...START, "code", "synthesize"]);
    expect(ended).toMatchObject({ status: "done", output: { ended: { reason: "rounds" } } });
  });

  it("starts nobody who has not reported, and shows the supervisor the objection", async () => {
    const { ended, model } = await supervised({
      supervisor: supervisor(to("code", "Write it."), to("qa"), to("finish"), "Done."),
      coder: ["One.", "Two."],
      tester: ["No.", verdict(lacking, wrong)],
    });
    expect(ended.path).toEqual(["plan", "decide", "code", "decide", "qa", "code", "decide", "synthesize"]);
    expect(model.requests.at(-2)?.text).toContain("- research: It names no source. Name one.");
    model.assertDone();
  });

  it("stalls the run where it sends the same work back for the same reasons again", async () => {
    const { ended, values } = await supervised({
      supervisor: supervisor(to("code", "Write it."), to("qa"), to("qa")),
      coder: ["One.", "Two."],
      tester: ["No.", verdict(wrong), "Still no.", verdict(wrong)],
    });
    expect(ended).toMatchObject({
      status: "stalled",
      error: { message: expect.stringMatching(/the same 2 in turn.*qa: .*code: Write it\./) },
      path: ["plan", "decide", "code", "decide", "qa", "code", "decide"],
    });
    expect(values["reports"]).toHaveLength(3);
  });

  it("of rejection leads to the answer where the delegations are used up", async () => {
    const { ended } = await supervised(
      { ...rejecting(), supervisor: supervisor(to("code"), to("qa"), "Done.") },
      undefined,
      defineSupervisor({ maxDelegations: 2 }).graph,
    );
    expect(ended).toMatchObject({ status: "done", output: { ended: { reason: "rounds" } } });
    expect(ended.path.slice(-2)).toEqual(["qa", "synthesize"]);
  });

  it("that cannot be read approves nothing, and leaves it to the supervisor what to do", async () => {
    const { ended } = await supervised({
      supervisor: supervisor(to("code"), to("qa"), to("finish"), "Done."),
      coder: ["Written."],
      tester: ["Fine.", ...Array<Line>(3).fill({ approved: "yes" })],
    });
    expect(ended.output?.reports[1]?.check).toEqual({ approved: false, objections: [] });
    expect(ended.path.slice(-3)).toEqual(["qa", "decide", "synthesize"]);
  });

  it("shows its objections to the supervisor and the answer", async () => {
    const { model } = await supervised(rejecting());
    expect(model.requests.at(-1)?.text).toContain("Verdict: rejected.\n- code: It never ends. Add a bound.");
  });
});

describe("a person", () => {
  const rule = (thread: Awaited<ReturnType<typeof supervised>>["options"], resume: Ruling) =>
    run(graph, null, { ...thread, resume });
  const go_on: Ruling = { action: "go_on" };
  const asked = (result: RunResult) => result.interrupts.map(({ value }) => value);

  it("is never asked unless the input says so", async () => {
    const { ended } = await supervised({
      supervisor: supervisor(to("code"), to("finish"), "A."),
      coder: ["x"],
    });
    expect(ended.path).not.toContain("consult");
  });

  it("is asked on the answer, may have it changed, and has the last word", async () => {
    const { ended, options, model } = await supervised(
      {
        supervisor: supervisor(to("code"), to("finish"), "First.", to("research"), to("finish"), "Second."),
        coder: ["Written."],
        researcher: ["Found."],
      },
      { task: "Explain raft.", human: "end" },
    );
    expect(asked(ended)).toMatchObject([{ kind: "consultation", answer: "First." }]);
    const second = await rule(options, { action: "change", instruction: "Name sources." });
    expect(asked(second)).toMatchObject([{ answer: "Second." }]);
    expect(model.requests.filter(({ text }) => text.includes("Name sources."))).toHaveLength(3);
    const last = await rule(options, go_on);
    expect(last).toMatchObject({ status: "done", output: { answer: "Second." } });
    model.assertDone();
  });

  it("is asked after every step: on the plan, on each report, on the answer", async () => {
    const { ended, options } = await supervised(
      { supervisor: supervisor(to("code"), to("finish"), "Done."), coder: ["Written."] },
      { task: "Explain raft.", human: "always" },
    );
    const results: RunResult[] = [ended];
    while (results.at(-1)?.status === "needs_human") results.push(await rule(options, go_on));
    expect(results.slice(0, -1).flatMap(asked)).toMatchObject([
      { plan: PLAN },
      { report: "code: Written." },
      { answer: "Done." },
    ]);
    expect(results.at(-1)?.path).toEqual([
      "plan",
      "consult",
      "decide",
      "code",
      "consult",
      "decide",
      "synthesize",
      "consult",
    ]);
  });

  it("may have it finished with what there is", async () => {
    const { options } = await supervised(
      { supervisor: supervisor(to("code"), "Short."), coder: ["Written."] },
      { task: "Explain raft.", human: "always" },
    );
    await rule(options, go_on);
    await rule(options, { action: "finish" });
    const ended = await rule(options, go_on);
    expect(ended.output).toMatchObject({
      answer: "Short.",
      ended: { reason: "stopped", text: "the person wants the answer" },
    });
  });

  it("sees rejected work before it goes back", async () => {
    const wrong = { to: "code" as const, problem: "It never ends.", change: "Add a bound." };
    const { options } = await supervised(
      {
        supervisor: supervisor(to("code"), to("qa"), to("finish"), "Done."),
        coder: ["One.", "Two."],
        tester: ["No.", verdict(wrong)],
      },
      { task: "Explain raft.", human: "always" },
    );
    for (let step = 0; step < 2; step++) await rule(options, go_on);
    const { path } = await rule(options, go_on);
    expect(path.slice(-3)).toEqual(["qa", "consult", "code"]);
  });

  it("has something else done than what qa sent back, in the supervisor's words", async () => {
    const { model, options } = await supervised(
      {
        supervisor: supervisor(
          to("code", "Write it."),
          to("qa"),
          to("code", "Write it in TypeScript."),
          to("finish"),
          "Done.",
        ),
        coder: ["One.", "Two."],
        tester: ["No.", verdict({ to: "code", problem: "It never ends.", change: "Add a bound." })],
      },
      { task: "Explain raft.", human: "always" },
    );
    for (let step = 0; step < 2; step++) await rule(options, go_on);
    const changed = await rule(options, { action: "change", instruction: "Use TypeScript." });
    expect(changed.path.slice(-4)).toEqual(["qa", "consult", "decide", "code"]);
    const asked = model.requests.filter(({ role }) => role === "coder").at(-1)?.text;
    expect(asked).toContain("<task>\nWrite it in TypeScript.\n</task>");
    const { values } = await stateOf(options);
    const { letters }: Mailbox = values["mail"];
    const request = letters.findLast(({ message }) => message.type === "request")?.message;
    expect(request).toMatchObject({ from: "supervisor", to: "code", content: "Write it in TypeScript." });
    const next = await rule(options, go_on);
    expect(next.path.slice(-3)).toEqual(["consult", "decide", "synthesize"]);
  });

  it("is asked no more in the next run of the thread, unless its input says so", async () => {
    const { options } = await supervised(
      { supervisor: supervisor(to("finish")) },
      { task: "Explain raft.", human: "end" },
    );
    await rule(options, go_on);
    const models = new ScriptedModel({ supervisor: supervisor(to("finish")) });
    const next = await run(graph, { task: "Again." }, { ...options, models });
    expect(next).toMatchObject({ status: "done", path: ["plan", "decide", "synthesize"] });
  });
});

describe("code", () => {
  const CODE = "```js\nexport const one = 1;\n```";

  it("that was never run is sent back, and is no report that can be approved after that", async () => {
    const { ended, model } = await supervised({
      supervisor: supervisor(to("code"), to("qa"), to("finish"), "Done."),
      coder: [CODE, CODE, CODE, "Mended."],
      tester: ["Fine.", APPROVED],
    });
    expect(model.requests.filter(({ role }) => role === "coder")[1]?.text).toContain(
      "code that you have not run",
    );
    expect(ended.output?.reports[0]).toMatchObject({ ended: "misfit" });
    expect(ended.output?.reports[1]?.check).toMatchObject({
      approved: false,
      objections: [{ to: "code", problem: "It holds code that was never run, or whose tests did not pass." }],
    });
    expect(ended.path.slice(4, 6)).toEqual(["qa", "code"]);
  });

  const files = [{ path: "one.js", text: "export const one = 2;" }];
  const text = 'import { one } from "./one.js"; test("is one", () => expect(one).toBe(1));';
  const failing = calls({ name: "run_tests", args: { files, tests: [{ path: "one.test.js", text }] } });

  it.each([
    ["was never run", find("first")],
    ["failed its tests last", failing],
  ])("that %s cannot be approved either where its agent has used all its turns", async (_, first) => {
    const others = Array.from({ length: 7 }, (_, turn) => find(`raft ${turn}`));
    const { ended } = await supervised({
      supervisor: supervisor(to("code"), to("qa"), to("finish"), "Done."),
      coder: [first, ...others, CODE, "Mended."],
      tester: ["Fine.", APPROVED],
    });
    expect(ended.output?.reports).toMatchObject([
      { from: "code", ended: "out_of_turns" },
      { from: "qa", check: { approved: false, objections: [{ to: "code" }] } },
      { from: "code", text: "Mended." },
    ]);
  });

  it("whose tests passed can be approved, also where its agent has used all its turns", async () => {
    const mended = [{ path: "one.js", text: "export const one = 1;" }];
    const passing = calls({
      name: "run_tests",
      args: { files: mended, tests: [{ path: "one.test.js", text }] },
    });
    const others = Array.from({ length: 6 }, (_, turn) => find(`raft ${turn}`));
    const { ended } = await supervised({
      supervisor: supervisor(to("code"), to("qa"), to("finish"), "Done."),
      coder: [failing, passing, ...others, CODE],
      tester: ["Fine.", APPROVED],
    });
    expect(ended.output?.reports).toMatchObject([
      { from: "code", ended: "out_of_turns" },
      { from: "qa", check: { approved: true, objections: [] } },
    ]);
  });
});

describe("the messages of a supervisor's run", () => {
  it("are a request, its answer and a status for each delegation, read, in the state and in the events", async () => {
    const wrong = { to: "code" as const, problem: "It never ends.", change: "Add a bound." };
    const model = new ScriptedModel({
      supervisor: supervisor(to("code", "Write it."), to("qa", "Check it."), to("finish"), "Done."),
      coder: ["One.", "Two."],
      tester: ["No.", verdict(wrong)],
    });
    const { checkpointer } = openStorage("memory:");
    const told: AgentMessage[] = [];
    await run(
      graph,
      { task: "t" },
      {
        models: model,
        checkpointer,
        thread: "t",
        onEvent: (event) => event.type === "message" && told.push(event.message),
      },
    );
    const { values } = await stateOf({ checkpointer });
    const { letters }: Mailbox = values["mail"];
    expect(letters.map(({ message: { from, to, type } }) => [type, from, to])).toEqual([
      ["request", "supervisor", "code"],
      ["response", "code", "supervisor"],
      ["status", "code", "supervisor"],
      ["request", "supervisor", "qa"],
      ["response", "qa", "supervisor"],
      ["status", "qa", "supervisor"],
      ["request", "qa", "code"],
      ["response", "code", "qa"],
      ["status", "code", "supervisor"],
    ]);
    expect(letters.flatMap(({ unreadBy }) => unreadBy)).toEqual([]);
    expect(told).toEqual(letters.map(({ message }) => message));
    expect(letters[7]?.message).toMatchObject({ content: "Two.", inReplyTo: letters[6]?.message.id });
    expect(letters[8]?.message).toMatchObject({
      content: "code has reported.",
      metadata: { progress: 3 / 6, step: "code has reported" },
    });
  });

  it("are cut where a task or a decision is longer than a message may be, and the specialist is asked the whole", async () => {
    const task = "x".repeat(100_001);
    const instruction = "y".repeat(100_001);
    const { ended, values, model } = await supervised(
      {
        supervisor: supervisor(
          { ...to("code"), instruction: "" },
          to("code", instruction),
          to("finish"),
          "A.",
        ),
        coder: ["One.", "Two."],
      },
      { task },
    );
    expect(ended).toMatchObject({ status: "done", error: null });
    const { letters }: Mailbox = values["mail"];
    const requests = letters.filter(({ message }) => message.type === "request");
    for (const { message } of requests)
      expect(message.content).toMatch(/cut after 2000 of 100001 characters/);
    const asked = model.requests.filter(({ role }) => role === "coder").map((request) => request.text);
    expect(asked[0]).toContain(`<task>\n${task}\n</task>`);
    expect(asked[1]).toContain(`<task>\n${instruction}\n</task>`);
  });
});

describe("delegation by a rule", () => {
  it.each([
    ["expertise" as const, "Implement the algorithm in JavaScript.", "code"],
    ["round_robin" as const, "Anything.", "code"],
    ["least_loaded" as const, "Anything.", "code"],
  ])("by %s takes the place of the supervisor's choice", async (delegateBy, instruction, first) => {
    const { ended, values } = await supervised(
      { supervisor: supervisor(to("research", instruction), to("finish"), "Done."), coder: ["Written."] },
      undefined,
      defineSupervisor({ delegateBy }).graph,
    );
    expect(ended.output?.reports).toMatchObject([{ from: first, instruction }]);
    expect(values["delegations"]).toMatchObject([{ status: "delegated", by: delegateBy }]);
  });

  it("goes round where it is round robin", async () => {
    const { ended } = await supervised(
      {
        supervisor: supervisor(to("code", "A."), to("code", "B."), to("code", "C."), to("finish"), "Done."),
        coder: ["Written."],
        researcher: ["Found."],
        tester: ["Checked.", APPROVED],
      },
      undefined,
      defineSupervisor({ delegateBy: "round_robin" }).graph,
    );
    expect(ended.output?.reports.map(({ from }: Report) => from)).toEqual(["code", "research", "qa"]);
  });

  it("to nobody, where no one fits, ends the delegations and says so", async () => {
    const { ended } = await supervised(
      { supervisor: supervisor(to("code", "Zubereitung von Pfannkuchen.")) },
      undefined,
      defineSupervisor({ delegateBy: "expertise" }).graph,
    );
    expect(ended).toMatchObject({ status: "done", output: { reports: [] } });
    expect(ended.output?.answer).toMatch(/^No specialist reported\. ./);
    expect(ended.output?.ended).toEqual({
      reason: "given_up",
      text: "no specialist fits what is to be done next",
    });
  });

  it("chooses by the run's own roles, where they take the place of the specialists' roles", async () => {
    const model = new ScriptedModel({
      supervisor: supervisor(to("code", "Zubereitung von Pfannkuchen."), to("finish"), "Done."),
      researcher: ["Mehl, Milch, Eier."],
    });
    const cook = defineRole({ name: "researcher", goal: "Find recipes.", expertise: ["pfannkuchen"] });
    const { checkpointer } = openStorage("memory:");
    const ended = await run(
      defineSupervisor({ delegateBy: "expertise" }).graph,
      { task: "t" },
      { models: model, checkpointer, thread: "t", roles: [cook] },
    );
    expect(ended.output?.reports).toMatchObject([{ from: "research", text: "Mehl, Milch, Eier." }]);
  });

  it("by least_loaded counts nobody who has reported", async () => {
    const { ended, values } = await supervised(
      {
        supervisor: supervisor(to("code", "A."), to("code", "B."), to("finish"), "Done."),
        coder: ["1", "2"],
      },
      undefined,
      defineSupervisor({ delegateBy: "least_loaded" }).graph,
    );
    expect(ended.output?.reports.map(({ from }: Report) => from)).toEqual(["code", "code"]);
    const reason = "It has the least in flight: 0.";
    expect(values["delegations"]).toMatchObject([{ reason }, { reason }]);
  });
});
