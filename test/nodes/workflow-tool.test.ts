import type { StructuredToolInterface } from "@langchain/core/tools";
import { type BaseCheckpointSaver, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import * as router from "../../graphs/router/graph.ts";
import { ModelError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { AgentReport, nodesFor, parallel, workflowTool } from "../../src/nodes/index.ts";
import { toolCall } from "../../src/nodes/tool-call.ts";
import { defineRole } from "../../src/roles/role.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { EMPTY, spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { Source } from "../../src/state/passage.ts";
import { openStorage } from "../../src/storage/open.ts";
import {
  after,
  always,
  calls,
  fails,
  type Line,
  ScriptedModel,
  type ScriptLines,
} from "../../src/testing/index.ts";
import { boundedTool } from "../../src/tools/bounded.ts";
import { inEnvironment } from "../resilience/against.ts";
import { temporaryFolder } from "../storage/databases.ts";

const Inner = new StateSchema({
  task: z.string(),
  human: z.boolean().default(false),
  notes: z.string(),
  said: z.string().default(""),
  text: z.string(),
  sources: z.array(Source),
  spent: spending(),
});
const { ask, askHuman, resetting } = nodesFor(Inner);

const passage = (id: number, file: string) => ({ id, title: file, file, heading: "", text: `Of ${file}.` });

/** A workflow of two model calls, and of a question to a person between them where it is asked for. */
const innerOf = (who: string) =>
  new StateGraph(Inner, {
    input: z.object({ task: z.string(), human: z.boolean().default(false) }),
    output: z.object({ text: z.string(), sources: z.array(Source) }),
    context: RunContext,
  })
    .addNode(
      "look",
      resetting(
        { said: "", spent: EMPTY, sources: [passage(1, `${who}.md`), passage(2, "shared.md")] },
        ask({ role: who, prompt: ({ task }) => `Look: ${task}`, into: "notes" }),
      ),
    )
    .addNode(
      "inquire",
      askHuman({
        question: ({ task }) => ({ kind: "which", who, task }),
        answer: z.string(),
        take: (said) => ({ said }),
      }),
    )
    .addNode(
      "write",
      ask({ role: who, prompt: ({ notes, said }) => `Write: ${notes} ${said}`, into: "text" }),
    )
    .addEdge(START, "look")
    .addConditionalEdges("look", ({ human }) => (human ? "inquire" : "write"), ["inquire", "write"])
    .addEdge("inquire", "write")
    .addEdge("write", END);

const toolOf = (name: string) =>
  workflowTool<typeof Args, { text: string }>({
    workflow: innerOf(name),
    name,
    description: `Asks ${name}.`,
    input: Args,
    result: ({ text }) => text,
  });

const Args = z.object({ task: z.string(), human: z.boolean().optional() });

const Outer = new StateSchema({ task: z.string(), report: AgentReport, spent: spending() });
const outer = nodesFor(Outer);

const boss = defineRole({ name: "boss", goal: "Answer.", tools: ["anna", "bert"] });

interface Options {
  saver?: () => BaseCheckpointSaver;
  tools?: StructuredToolInterface[];
}

/** An agent with two workflows as tools. */
function office(lines: ScriptLines, { saver, tools }: Options = {}) {
  const memory = openStorage("memory:").checkpointer;
  const graph = () =>
    new StateGraph(Outer, { input: z.object({ task: z.string() }), context: RunContext })
      .addNode(
        "work",
        outer.resetting(
          { spent: EMPTY },
          outer.agent({
            role: boss,
            prompt: ({ task }) => task,
            tools: tools ?? [toolOf("anna"), toolOf("bert")],
            into: "report",
          }),
        ),
      )
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ name: "office", checkpointer: saver?.() ?? memory });
  const models = new ScriptedModel(lines);
  const events: RunEvent[] = [];
  const options = { thread: "t", models, onEvent: (event: RunEvent) => void events.push(event) };
  const begun = (more: RunOptions = {}) => run(graph(), { task: "Do it." }, { ...options, ...more });
  const resumed = (resume: unknown, more: RunOptions = {}) =>
    run(graph(), null, { ...options, ...more, resume });
  return { graph, models, events, begun, resumed };
}

const both = (human = false) =>
  calls({ name: "anna", args: { task: "this", human } }, { name: "bert", args: { task: "that", human } });
const anna = ["Notes of A.", "A says so [1], and so [2]."];
const bert = ["Notes of B.", "B says so [2], not so [1], and [3]."];

const toldTo = ({ requests }: ScriptedModel, role: string) =>
  requests
    .findLast((request) => request.role === role)
    ?.messages.filter((message) => message.getType() === "tool")
    .map(({ text }) => text);
const asked = ({ requests }: ScriptedModel) => requests.map(({ role }) => role).sort();

const REPORTS = [
  '<report from="anna">\nA says so [1], and so [2].\n</report>',
  '<report from="bert">\nB says so [2], not so [3], and.\n</report>',
];

function opened(url: string): BaseCheckpointSaver {
  const storage = openStorage(url);
  onTestFinished(() => storage.close());
  return storage.checkpointer;
}

/** The same lines, by what is asked, whoever was asked before. */
const leftOf = (lines: Record<string, Line[]>) => [
  always(({ role = "", messages, text }) => {
    const isFirst =
      role === "boss" ? !messages.some((each) => each.getType() === "tool") : text.startsWith("Look");
    return lines[role]?.[isFirst ? 0 : 1] ?? "";
  }),
];

describe("two workflows side by side", () => {
  it("answer under the agent's own numbers, with their calls and events in the run", async () => {
    const { begun, models, events } = office({ boss: [both(), "Both [1][2][3]."], anna, bert });
    const ended = await begun();
    expect(ended).toMatchObject({ status: "done", spend: { calls: 6 }, path: ["work"] });
    expect(ended.output).toMatchObject({
      spent: { calls: 6 },
      report: {
        text: "Both [1][2][3].",
        sources: [{ file: "anna.md" }, { file: "shared.md" }, { file: "bert.md" }],
      },
    });
    expect(toldTo(models, "boss")).toEqual(REPORTS);
    const nodes = events.flatMap((event) => (event.type === "node_ended" ? [event.node] : []));
    expect(nodes.sort()).toEqual([
      "work",
      "work/anna/look",
      "work/anna/write",
      "work/bert/look",
      "work/bert/write",
    ]);
    models.assertDone();
  });

  it("ask each their own question, and each answer reaches its own", async () => {
    const { begun, resumed, models } = office({ boss: [both(true), "Both."], anna, bert });
    let result = await begun();
    const questions: string[] = [];
    while (result.status === "needs_human") {
      const answers = result.interrupts.map(({ id, value }) => {
        const { who } = z.object({ who: z.string() }).parse(value);
        questions.push(who);
        return [id, `Said to ${who}.`];
      });
      result = await resumed(Object.fromEntries(answers));
    }
    expect(questions.sort()).toEqual(["anna", "bert"]);
    expect(result).toMatchObject({ status: "done", spend: { calls: 6 }, output: { spent: { calls: 6 } } });
    expect(asked(models)).toEqual(["anna", "anna", "bert", "bert", "boss", "boss"]);
    const texts = models.requests.map(({ text }) => text);
    expect(texts).toContain("Write: Notes of A. Said to anna.");
    expect(texts).toContain("Write: Notes of B. Said to bert.");
    models.assertDone();
  });

  it.each([0, 1, 2, 3, 4, 5])("that are stopped at call %d go on where they stood", async (last) => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const stop = new AbortController();
    let made = 0;
    const stopping =
      (line: Line): Line =>
      async () => {
        if (made++ !== last) return line;
        stop.abort();
        return new Promise<never>(() => {});
      };
    const lines = { boss: [both(), "Both."], anna, bert };
    const { begun } = office(
      Object.fromEntries(Object.entries(lines).map(([role, all]) => [role, all.map(stopping)])),
      { saver: () => opened(url) },
    );
    expect((await begun({ signal: stop.signal })).status).toBe("cancelled");
    const later = office(leftOf(lines), { saver: () => opened(url) });
    const ended = await later.resumed(true);
    expect(ended).toMatchObject({ status: "done", output: { report: { text: "Both." } } });
    const inFlight = last === 0 || last === 5 ? 1 : 2;
    expect(made + later.models.requests.length).toBeLessThanOrEqual(6 + inFlight);
  });

  it.each([1, 2, 3, 4, 5])(
    "are suspended by a budget of %d, and go on without paying twice",
    async (most) => {
      const url = `file:${temporaryFolder()}/runs.db`;
      const saver = () => opened(url);
      const { begun, resumed, models } = office({ boss: [both(), "Both."], anna, bert }, { saver });
      const first = await begun({ budget: { calls: most } });
      expect(first).toMatchObject({
        status: "budget_exhausted",
        spend: { calls: most },
        error: { cap: "calls" },
      });
      for (let calls = most + 1; calls < 6; calls++) {
        const more = await resumed(true, { budget: { calls } });
        expect(more).toMatchObject({ status: "budget_exhausted", spend: { calls } });
      }
      const last = await resumed(true, { budget: { calls: 6 } });
      expect(last).toMatchObject({ status: "done", spend: { calls: 6 }, output: { spent: { calls: 6 } } });
      expect(asked(models)).toEqual(["anna", "anna", "bert", "bert", "boss", "boss"]);
      models.assertDone();
    },
  );
});

describe("a workflow that fails", () => {
  it("is a message that the agent can act on, and the other one goes on", async () => {
    const broken: Line = fails(new ModelError("unauthorized", "m", "The key is refused."));
    const again = calls({ name: "anna", args: { task: "this, again" } });
    const { begun, models } = office({
      boss: [both(), again, "Both."],
      anna: ["Notes.", broken, ...anna],
      bert,
    });
    const ended = await begun();
    expect(ended).toMatchObject({ status: "done", output: { report: { text: "Both." } } });
    expect(ended.output).toMatchObject({ spent: { calls: ended.spend.calls } });
    expect(toldTo(models, "boss")?.[0]).toMatch(
      /^The call failed\.\n\n<material from="anna">\nError: The key is refused/,
    );
    expect(toldTo(models, "boss")).toHaveLength(3);
    models.assertDone();
  });

  it("on its input is told why", async () => {
    const anna = workflowTool({
      workflow: innerOf("anna"),
      name: "anna",
      description: "Asks anna.",
      input: z.object({ task: z.number() }),
      result: () => "Never.",
    });
    const ask = calls({ name: "anna", args: { task: 1 } });
    const { begun, models } = office({ boss: [ask, "None."] }, { tools: [anna] });
    expect((await begun()).status).toBe("done");
    expect(toldTo(models, "boss")?.[0]).toMatch(/^The call failed\.[\s\S]*task/);
  });
});

describe("a workflow that is a tool", () => {
  it("is not cut off by the time-out of tools", async () => {
    inEnvironment({ GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS: "0.02" });
    const lines = {
      boss: [calls({ name: "anna", args: { task: "this" } }), "Done."],
      anna: ["N.", after(80, "A.")],
    };
    const { begun, models } = office(lines);
    expect((await begun()).status).toBe("done");
    expect(toldTo(models, "boss")).toEqual(['<report from="anna">\nA.\n</report>']);
  });

  it("leaves the numbers that its arguments cite, if the agent knows them", async () => {
    const edit = calls({ name: "bert", args: { task: "Edit: A says so [1], and [7]." } });
    const { begun, models } = office({
      boss: [calls({ name: "anna", args: { task: "this" } }), edit, "Done [1]."],
      anna: ["N.", "A says so [1]."],
      bert: ["N.", "Edited: so [2], and [7], and [1]."],
    });
    expect((await begun()).output).toMatchObject({
      report: { sources: [{ id: 1 }, { id: 2, file: "shared.md" }, { id: 3, file: "bert.md" }] },
    });
    expect(toldTo(models, "boss")?.[1]).toContain("Edited: so [2], and, and [3].");
  });

  it("is one of the catalogue as it stands, whose sources the agent numbers", async () => {
    const anna = workflowTool({
      ...router,
      name: "anna",
      description: "Routes a task.",
      input: z.object({ task: z.string() }),
    });
    const search = boundedTool(
      { name: "search_documents", description: "Searches.", schema: z.object({ query: z.string() }) },
      () => ({ content: "", artifact: [passage(1, "raft.md")] }),
    );
    const lines = {
      boss: [calls({ name: "anna", args: { task: "this" } }), "Done [1]."],
      classifier: [{ category: "research", confidence: 1, reason: "So." }],
      researcher: [calls({ name: "search_documents", args: { query: "raft" } }), "It is so [1]."],
    };
    const { begun, models } = office(lines, { tools: [anna] });
    const ended = await begun({ tools: [search] });
    expect(ended).toMatchObject({
      status: "done",
      output: { report: { sources: [{ id: 1, file: "raft.md" }] } },
    });
    expect(toldTo(models, "boss")?.[0]).toContain("It is so [1].");
    models.assertDone();
  });

  it("may give a cited text, whose sources are then those of the artifact", async () => {
    const anna = workflowTool<typeof Args, { text: string }>({
      workflow: innerOf("anna"),
      name: "anna",
      description: "Asks anna.",
      input: Args,
      give: ({ task }) => ({ task: `Please: ${task}` }),
      result: ({ text }) => ({ text, sources: [passage(9, "nine.md")] }),
    });
    const lines = {
      boss: [calls({ name: "anna", args: { task: "this" } }), "Done [1]."],
      anna: ["N.", "A [9]."],
    };
    const { begun, models } = office(lines, { tools: [anna] });
    expect((await begun()).output).toMatchObject({ report: { sources: [{ id: 1, file: "nine.md" }] } });
    expect(models.requests[1]?.text).toBe("Look: Please: this");
    expect(toldTo(models, "boss")).toEqual(['<report from="anna">\nA [1].\n</report>']);
  });

  it("ends where the branch around it runs out of time", async () => {
    const models = new ScriptedModel({ anna: ["N.", () => new Promise<never>(() => {})] });
    const work = () => toolCall(toolOf("anna"), { task: "this" });
    const Cut = new StateSchema({ came: z.array(z.string()) });
    const graph = new StateGraph(Cut, { context: RunContext })
      .addNode("work", async () => {
        const [one] = await parallel([{ who: "anna", work, timeoutMs: 150 }], "all");
        return { came: [one?.status ?? ""] };
      })
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ name: "cut", checkpointer: openStorage("memory:").checkpointer });
    const ended = await run(graph, { came: [] }, { models });
    expect(ended).toMatchObject({ status: "done", output: { came: ["timed_out"] }, spend: { calls: 2 } });
  });

  it("works by graph.invoke, without run", async () => {
    const { graph, models } = office({ boss: [both(), "Both."], anna, bert });
    const config = { configurable: { thread_id: "bare" }, context: { models } };
    const output = await graph().invoke({ task: "Do it." }, config);
    expect(output).toMatchObject({ report: { text: "Both." }, spent: { calls: 6 } });
    models.assertDone();
  });
});
