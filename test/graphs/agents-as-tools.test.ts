import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgentsAsTools, graph, result, workflow } from "../../graphs/agents-as-tools/graph.ts";
import { defineRouter } from "../../graphs/router/graph.ts";
import { ModelError } from "../../src/errors.ts";
import { workflowTool } from "../../src/nodes/index.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { calls, fails, type Line, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { searchFor } from "../runtime/articles.ts";
import { counted } from "../runtime/counted.ts";
import { passage, searchTool } from "../tools/search-tool.ts";
import { sendTool } from "../tools/send-tool.ts";
import { onThread } from "./on-thread.ts";

const research = (...tasks: string[]) =>
  calls(...tasks.map((task) => ({ name: "researcher", args: { task } })));
const write = (material: string) => calls({ name: "writer", args: { task: "Write it.", material } });
const edit = (material: string) => calls({ name: "editor", args: { task: "Edit it.", material } });
const find = calls({ name: "search_documents", args: { query: "raft" } });

/** A run of an orchestrator on a thread of its own. */
const office = (lines: ScriptLines, orchestrated = graph, tools = [searchTool().search]) =>
  onThread(orchestrated, { task: "Explain raft." }, { lines, tools });

/** What a role was told by its tools when it was asked last. */
const toldTo = (role: string, { requests }: ScriptedModel) =>
  requests
    .findLast((request) => request.role === role)
    ?.messages.filter((message) => message.getType() === "tool")
    .map(({ text }) => text);
const rolesOf = ({ requests }: ScriptedModel) => requests.map(({ role }) => role);

const MATERIAL = "Raft elects a leader [1].";

describe("an orchestrator", () => {
  it("has others research, write and edit, and its answer cites what they were shown", async () => {
    const { begun, models, events } = office({
      orchestrator: [
        research("leaders"),
        write(MATERIAL),
        edit("A leader [1]."),
        "A leader is elected [1][7].",
      ],
      researcher: [find, MATERIAL],
      writer: ["A leader [1]. More [2]."],
      editor: ["A leader [1]."],
    });
    const ended = await begun();
    expect(ended).toMatchObject({
      status: "done",
      path: ["orchestrate", "verify"],
      output: {
        answer: "A leader is elected [1].",
        sources: [{ id: 1, ...passage("raft") }],
        ended: "answered",
      },
      spend: { calls: 8 },
    });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(["answer", "ended", "sources"]);
    expect(toldTo("orchestrator", models)).toEqual([
      '<report from="researcher">\nRaft elects a leader [1].\n</report>',
      '<report from="writer">\nA leader [1]. More.\n</report>',
      '<report from="editor">\nA leader [1].\n</report>',
    ]);
    expect(models.requests.find(({ role }) => role === "writer")?.text).toContain(
      `<report from="others">\n${MATERIAL}\n</report>`,
    );
    const nodes = events.flatMap((event) => (event.type === "node_ended" ? [event.node] : []));
    expect(nodes).toEqual([
      ...["researcher", "writer", "editor"].flatMap((each) => [
        `orchestrate/${each}/work`,
        `orchestrate/${each}/verify`,
      ]),
      "orchestrate",
      "verify",
    ]);
    models.assertDone();
  });

  it("asks several at once where its model does, and numbers what they found together", async () => {
    const { begun, models } = office(
      {
        orchestrator: [research("leaders", "logs"), "Both [1][2]."],
        researcher: [
          ({ messages }) => (messages.some((each) => each.getType() === "tool") ? "So [2]." : find),
          ({ messages }) => (messages.some((each) => each.getType() === "tool") ? "So [2]." : find),
          "So [2].",
          "So it is [2].",
        ],
      },
      graph,
      [searchFor([passage("a"), passage("b")])],
    );
    const ended = await begun();
    expect(ended.output).toMatchObject({ answer: "Both [1].", sources: [{ id: 1, file: "b.md" }] });
    expect(toldTo("orchestrator", models)).toHaveLength(2);
    expect(rolesOf(models)).toEqual(["orchestrator", ...Array(4).fill("researcher"), "orchestrator"]);
  });

  it("may cite in an agent's instruction what it was shown, and the agent's own numbers come after", async () => {
    const { begun, models } = office({
      orchestrator: [
        research("leaders"),
        calls({ name: "researcher", args: { task: "Check whether a leader is elected [1]." } }),
        calls({ name: "writer", args: { task: "Write that a leader is elected [1]." } }),
        "Both [1][2].",
      ],
      researcher: [find, MATERIAL, calls({ name: "search_documents", args: { query: "log" } }), "So [1][2]."],
      writer: ["A leader [1]. More [3]."],
    });
    const ended = await begun();
    expect(toldTo("orchestrator", models)).toEqual([
      `<report from="researcher">\n${MATERIAL}\n</report>`,
      '<report from="researcher">\nSo [1][2].\n</report>',
      '<report from="writer">\nA leader [1]. More.\n</report>',
    ]);
    expect(ended.output).toMatchObject({
      answer: "Both [1][2].",
      sources: [
        { id: 1, file: "raft.md" },
        { id: 2, file: "log.md" },
      ],
    });
  });

  it("has each agent call its own tools and no others", async () => {
    const { begun, models } = office({
      orchestrator: [research("leaders"), write(""), edit("Text."), "Done."],
      researcher: ["R."],
      writer: ["W."],
      editor: ["E."],
    });
    await begun();
    const offered = Object.fromEntries(models.requests.map(({ role = "", tools }) => [role, tools]));
    expect(offered).toEqual({
      orchestrator: ["researcher", "writer", "editor"],
      researcher: ["search_documents", "read_document", "calculate"],
      writer: [],
      editor: ["check_text"],
    });
  });

  it("may have agents of one's own, which are whole workflows", async () => {
    const desk = workflowTool({
      ...defineRouter(),
      name: "desk",
      description: "Does a task.",
      input: z.object({ task: z.string() }),
    });
    const own = defineAgentsAsTools({ agents: [desk] }).graph;
    const lines = {
      orchestrator: [calls({ name: "desk", args: { task: "Find it." } }), "It is so [1]."],
      classifier: [{ category: "research", confidence: 1, reason: "So." }],
      researcher: [find, "So [1]."],
    };
    const { begun, models } = office(lines, own);
    expect(await begun()).toMatchObject({
      status: "done",
      output: { answer: "It is so [1].", sources: [{ file: "raft.md" }] },
      spend: { calls: 5 },
    });
    models.assertDone();
  });
});

describe("the end", () => {
  it("comes after maxTurns turns, with what there is, and says so", async () => {
    const lines = {
      orchestrator: [research("a"), research("b"), "As far as it is known."],
      researcher: ["A.", "B."],
    };
    const { begun, models } = office(lines, defineAgentsAsTools({ maxTurns: 2 }).graph);
    expect((await begun()).output).toMatchObject({ answer: "As far as it is known.", ended: "out_of_turns" });
    expect(models.requests.at(-1)?.tools).toEqual([]);
    models.assertDone();
  });

  it("is a stall where the same call comes again and again, and a resume has it answer", async () => {
    const { begun, resumed, models } = office({
      orchestrator: [research("a"), research("a"), research("a"), "Enough."],
      researcher: ["A."],
    });
    expect(await begun()).toMatchObject({ status: "stalled", error: { code: "STALLED" } });
    expect(await resumed(true)).toMatchObject({
      status: "done",
      output: { answer: "Enough.", ended: "stalled" },
    });
    expect(rolesOf(models).filter((role) => role === "researcher")).toHaveLength(1);
  });

  it("comes at once where the budget is nearly used up", async () => {
    const { begun } = office({ orchestrator: [research("a"), "Brief."], researcher: ["A."] });
    const ended = await begun({ budget: { calls: 4, soft: 0.2 } });
    expect(ended.output).toMatchObject({ answer: "Brief.", ended: "budget_low" });
  });
});

describe("an agent that fails", () => {
  const refused = fails(new ModelError("unauthorized", "m", "The endpoint refused the key."));

  it("is a message to the orchestrator, and the others' reports stay", async () => {
    const { begun, models } = office({
      orchestrator: [
        calls({ name: "researcher", args: { task: "a" } }, { name: "writer", args: { task: "b" } }),
        "W.",
      ],
      researcher: [refused],
      writer: ["W."],
    });
    expect(await begun()).toMatchObject({ status: "done", output: { answer: "W." } });
    expect(toldTo("orchestrator", models)).toEqual([
      'The call failed.\n\n<material from="researcher">\nError: The endpoint refused the key.\n</material>',
      '<report from="writer">\nW.\n</report>',
    ]);
  });

  it("fails the run where it is the orchestrator, which a resume mends without asking the others again", async () => {
    const { begun, resumed, models } = office({
      orchestrator: [research("a"), refused, "Answer."],
      researcher: ["A."],
    });
    const failed = await begun();
    expect(failed).toMatchObject({
      status: "failed",
      error: { code: "MODEL_UNAUTHORIZED" },
      partial: "## Report of researcher\n\nA.",
    });
    expect(await resumed(true)).toMatchObject({ status: "done", output: { answer: "Answer." } });
    expect(rolesOf(models).filter((role) => role === "researcher")).toHaveLength(1);
  });
});

describe("a run that is suspended inside an agent", () => {
  it("by its budget says what agents have reported, and goes on there", async () => {
    const { begun, resumed, models } = office({
      orchestrator: [research("leaders"), write(MATERIAL), "Done [1]."],
      researcher: [find, MATERIAL],
      writer: ["A leader [1]."],
    });
    const first = await begun({ budget: { calls: 4 } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      partial: "## Report of researcher\n\nRaft elects a leader [1].\n\n## Sources\n\n- [1] raft (raft.md)",
    });
    const ended = await resumed(true, { budget: { calls: 9 } });
    expect(ended).toMatchObject({ status: "done", output: { answer: "Done [1]." }, spend: { calls: 6 } });
    models.assertDone();
  });

  it("by an approval asks for it, and goes on there", async () => {
    const { send, sent } = sendTool();
    const researcher = defineRole({
      name: "researcher",
      goal: "Send it.",
      tools: [{ tool: "send", approval: true }],
    });
    const { begun, resumed, models } = office({
      orchestrator: [research("a"), "Sent."],
      researcher: [calls({ name: "send", args: { to: "them" } }), "I sent it."],
    });
    const more = { tools: [send], roles: [researcher] };
    const asked = await begun(more);
    expect(asked).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { kind: "approval", role: "researcher", tool: "send", args: { to: "them" } } }],
    });
    expect(sent).toEqual([]);
    const ended = await resumed({ decision: "approve" }, more);
    expect(ended).toMatchObject({ status: "done", output: { answer: "Sent." }, spend: { calls: 4 } });
    expect(sent).toEqual(["them"]);
    models.assertDone();
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the task before", async () => {
    const first: Record<string, Line[]> = {
      orchestrator: [research("a"), "First [1]."],
      researcher: [find, MATERIAL],
    };
    const { begun, options } = office(first);
    await begun();
    const models = new ScriptedModel({ orchestrator: [fails(new Error("It is down.")), "Second."] });
    const failed = await run(graph, { task: "Again." }, { ...options, models });
    expect(failed).toMatchObject({ status: "failed", partial: null, output: null });
    const ended = await run(graph, null, { ...options, models, resume: true });
    expect(ended).toMatchObject({ output: { answer: "Second.", sources: [] } });
    const { values } = await workflow
      .compile({ checkpointer: options.checkpointer })
      .getState({ configurable: { thread_id: "t" } });
    expect(values).toMatchObject({ spent: { calls: 1 }, report: { text: "Second." } });
  });

  it("works by graph.invoke, without run, and its state knows what all agents spent", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const lines = { orchestrator: [research("a"), "Done [1]."], researcher: [find, MATERIAL] };
    const models = new ScriptedModel(lines);
    const config = { context: { models, tools: [searchTool().search] }, configurable: { thread_id: "t" } };
    expect(await bare.invoke({ task: "Explain raft." }, config)).toMatchObject({ answer: "Done [1]." });
    const { values } = await bare.getState(config);
    expect(counted(values["spent"])).toMatchObject({ calls: 4 });
    models.assertDone();
  });
});

it("gives the answer with its sources, the reports before there is one, and else nothing", () => {
  const sources = [{ id: 1, ...passage("raft") }];
  expect(result({ answer: "A leader [1].", sources })).toBe(
    "A leader [1].\n\n## Sources\n\n- [1] raft (raft.md)",
  );
  const other = [{ id: 1, ...passage("log") }];
  const reported = [
    { from: "a", text: "A [1].", sources },
    { from: "b", text: "B [1].", sources: other },
  ];
  expect(result({}, [], reported)).toBe(
    "## Report of a\n\nA [1].\n\n## Report of b\n\nB [2].\n\n## Sources\n\n- [1] raft (raft.md)\n- [2] log (log.md)",
  );
  expect(result({ answer: "", sources: [] })).toBe("");
  expect(result({})).toBe("");
});

describe("defineAgentsAsTools", () => {
  it.each([0, 1.5, Number.NaN])("refuses maxTurns %d", (maxTurns) => {
    expect(() => defineAgentsAsTools({ maxTurns })).toThrow("maxTurns has to be");
  });

  it("refuses no agents, and two of one name", () => {
    const one = workflowTool({
      ...defineRouter(),
      name: "one",
      description: "One.",
      input: z.object({ task: z.string() }),
    });
    expect(() => defineAgentsAsTools({ agents: [] })).toThrow("agents has to hold tools");
    expect(() => defineAgentsAsTools({ agents: [one, one] })).toThrow('two are called "one"');
  });
});
