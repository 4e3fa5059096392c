import type { BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { parallel } from "../../src/nodes/branch.ts";
import { AgentReport, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { type Models, RunContext } from "../../src/state/context.ts";
import type { Passage } from "../../src/state/passage.ts";
import { always, calls, fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { calls as endpointCalls, startEndpoint, text } from "../endpoint/server.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

const State = new StateSchema({ task: z.string(), report: AgentReport });
const { agent } = nodesFor(State);

const wordSearch = () =>
  searchTool({ name: "search", query: z.string().min(2, "a query has two letters or more") });

const broken = tool(
  () => {
    throw new Error("the index is being rebuilt");
  },
  { name: "broken", description: "Throws.", schema: z.object({}) },
);

/** An agent as a graph, and what came of running it. */
async function reportOf(models: Models, options: Partial<Parameters<typeof agent>[0]> = {}) {
  const tools = [wordSearch().search, broken];
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role: "helper", prompt, tools, into: "report", ...options }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile();
  const { report } = await graph.invoke({ task: "Explain it." }, { context: { models } });
  return report;
}

const prompt = ({ task }: { task: string }) => task;
const scripted = (...helper: Line[]) => new ScriptedModel({ helper });
const find = (query: string) => ({ name: "search", args: { query } });
/** What the model was shown last, by type. */
const shownIn = (model: ScriptedModel, type: string): BaseMessage[] =>
  model.requests.at(-1)?.messages.filter((message) => message.getType() === type) ?? [];

it("works with its tools until it answers, and is shown each passage under its number", async () => {
  const model = scripted(calls(find("raft")), calls(find("paxos raft")), "Both agree [1, 2].");
  expect(await reportOf(model)).toEqual({
    text: "Both agree [1, 2].",
    sources: [
      { id: 1, ...passage("raft") },
      { id: 2, ...passage("paxos") },
    ],
    evidence: [],
    ended: "answered",
  });
  const [first, second] = shownIn(model, "tool").map(({ text }) => text);
  expect(first).toBe(
    '<source id="1" title="raft" file="raft.md">\nWhat the documents say of raft.\n</source>',
  );
  expect(second).toContain('<source id="2" title="paxos" file="paxos.md">');
  expect(second).toContain('<source id="1" title="raft" file="raft.md">');
  model.assertDone();
});

const prompted = (lead: string) =>
  `${lead}\n\n<source id="1" title="raft" file="raft.md">\nWhat the documents say of raft.\n</source>`;

it("is shown what a tool says before its first passage, and then the passages under its own numbers", async () => {
  const read = tool((): [string, Passage[]] => [prompted("Part 2 of 7."), [passage("raft")]], {
    name: "read",
    description: "Reads.",
    schema: z.object({}),
    responseFormat: "content_and_artifact",
  });
  const model = scripted(calls({ name: "read", args: {} }), "As it says [1].");
  await reportOf(model, { tools: [read] });
  expect(shownIn(model, "tool").map(({ text }) => text)).toEqual([
    prompted('<material from="read">\nPart 2 of 7.\n</material>'),
  ]);
});

it("calls several tools at once, and gives their results in the order of the calls", async () => {
  let bothCalled = () => {};
  const both = new Promise<void>((resolve) => {
    bothCalled = resolve;
  });
  const slow = tool(async () => both.then(() => "slow"), {
    name: "search",
    description: "Waits until the other one was called.",
    schema: z.object({ query: z.string() }),
  });
  const quick = tool(
    () => {
      bothCalled();
      return "quick";
    },
    { name: "quick", description: "Quick.", schema: z.object({}) },
  );
  const model = scripted(calls(find("x"), { name: "quick", args: {} }), "Done.");
  await reportOf(model, { tools: [slow, quick] });
  expect(shownIn(model, "tool")).toMatchObject([
    { text: '<material from="search">\nslow\n</material>', name: "search" },
    { text: '<material from="quick">\nquick\n</material>', name: "quick" },
  ]);
  const asked = shownIn(model, "ai")[0];
  expect(shownIn(model, "tool").map((message) => "tool_call_id" in message && message.tool_call_id)).toEqual(
    asked && "tool_calls" in asked && (asked.tool_calls as { id: string }[]).map(({ id }) => id),
  );
});

it.each([
  [
    "a tool that does not exist",
    { name: "google", args: {} },
    'There is no tool "google"; there are: search, broken.',
  ],
  ["arguments that do not fit", find("x"), "a query has two letters or more"],
  ["a tool that throws", { name: "broken", args: {} }, "the index is being rebuilt"],
])("tells the model of %s, and goes on", async (_, call, reason) => {
  const { search, queries } = wordSearch();
  const model = scripted(calls(call), "I could not look it up.");
  expect(await reportOf(model, { tools: [search, broken] })).toMatchObject({
    text: "I could not look it up.",
    sources: [],
  });
  const [shown] = shownIn(model, "tool");
  expect(shown?.text).toContain("Error: ");
  expect(shown?.text).toContain(reason);
  expect(queries).toEqual([]);
});

it("refuses the same call again, in the same turn and in a later one", async () => {
  const { search, queries } = wordSearch();
  const model = scripted(calls(find("raft"), find("raft")), calls(find("raft")), "Answer [1].");
  await reportOf(model, { tools: [search, broken] });
  expect(queries).toEqual(["raft"]);
  const again = "Error: You called search with these arguments before; its answer stands above.";
  expect(shownIn(model, "tool").map(({ text }) => text)).toEqual([
    expect.stringContaining("What the documents say of raft."),
    again,
    again,
  ]);
});

it("answers without tools once its turns are used up", async () => {
  const model = scripted(calls(find("raft")), calls(find("paxos")), "What I have: [1] and [2].");
  const report = await reportOf(model, { maxTurns: 2 });
  expect(report).toMatchObject({ text: "What I have: [1] and [2].", ended: "out_of_turns" });
  expect(report.sources).toHaveLength(2);
  expect(model.requests.map(({ tools }) => tools)).toEqual([["search", "broken"], ["search", "broken"], []]);
  expect(model.requests[2]?.text).toBe("You have used all your turns. Answer now with what you have.");
});

it("turns to its tools six times if nothing else is said", async () => {
  const turns = Array.from({ length: 6 }, (_, i) => calls(find(`topic${i}`)));
  const model = scripted(...turns, "What I have.");
  expect(await reportOf(model)).toMatchObject({ text: "What I have.", ended: "out_of_turns" });
  expect(model.requests).toHaveLength(7);
});

it.each(['{"query": raft}', '{"query": "ra'])(
  "asks again where the arguments of a call are not valid JSON: %s",
  async (broken) => {
    const endpoint = await startEndpoint({
      answer: [
        endpointCalls({ name: "search", args: broken }),
        endpointCalls(find("raft")),
        text("Answer [1]."),
      ],
    });
    onTestFinished(() => endpoint.close());
    const model = new ChatOpenAI({
      model: "m",
      apiKey: "none",
      configuration: { baseURL: endpoint.url },
      maxRetries: 0,
    });
    expect(await reportOf(model)).toMatchObject({ text: "Answer [1].", sources: [{ id: 1, title: "raft" }] });
    const messages = endpoint.requests[1]?.body.messages ?? [];
    expect(messages.at(-1)).toMatchObject({
      role: "user",
      content: `The arguments of your call of search are not valid JSON:\n<material from="you">\n${broken}\n</material>\nCall it again.`,
    });
    expect(messages.filter(({ tool_calls }) => tool_calls)).toEqual([]);
  },
);

it("numbers what it finds after the sources of the texts that it was shown", async () => {
  const report = { text: "Raft has a leader [1]; and lost [2].", sources: [{ id: 1, ...passage("raft") }] };
  const model = scripted(calls(find("paxos raft")), "As [1] says; but [3].");
  expect(await reportOf(model, { cited: () => [report] })).toMatchObject({
    sources: [
      { id: 3, title: "paxos" },
      { id: 1, title: "raft" },
    ],
  });
});

it("takes the run's tool in place of its own of the same name", async () => {
  const { search, queries } = wordSearch();
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role: "helper", prompt, tools: [wordSearch().search], into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile();
  const models = new ScriptedModel({ helper: [calls(find("raft")), always("Answer.")] });
  await graph.invoke({ task: "Explain it." }, { context: { models, tools: [search] } });
  expect(queries).toEqual(["raft"]);
});

const saved = () => ({ name: "agents", checkpointer: new MemorySaver() });

/** An agent as a graph that can be resumed. */
const working = (options: Partial<Parameters<typeof agent>[0]> = {}) =>
  new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role: "helper", prompt, tools: [], into: "report", ...options }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile(saved());

/** Runs a graph on a thread of its own, or resumes it, and tells where it stood still. */
async function going(graph: AnyGraph, models: ScriptedModel, options: RunOptions = {}) {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => events.push(event);
  const input = options.resume ? null : { task: "Explain it." };
  const result = await run(graph, input, { models, thread: "t", onEvent, ...options });
  return { ...result, stalls: events.filter(({ type }) => type === "stalled") };
}

describe("an agent that stands still", () => {
  const CALL = '["search",{"query":"raft"}]';

  it("by the same call in three turns suspends the run, and says which call", async () => {
    const { search, queries } = wordSearch();
    const model = scripted(calls(find("raft")), calls(find("raft")), calls(find("paxos"), find("raft")));
    const { stalls, ...stalled } = await going(working({ tools: [search] }), model);
    expect(stalled).toMatchObject({
      status: "stalled",
      error: {
        code: "STALLED",
        message: expect.stringContaining(`the same call of search came in 3 turns: ${CALL}`),
      },
      interrupts: [],
      path: [],
      spend: { calls: 3 },
    });
    expect(stalls).toMatchObject([{ node: "work" }]);
    expect(queries).toEqual(["raft", "paxos"]);
    model.assertDone();
  });

  it("answers on resume without tools, out of all that it was shown, and nothing is done again", async () => {
    const { search, queries } = wordSearch();
    const graph = working({ tools: [search] });
    await going(graph, scripted(...Array.from({ length: 3 }, () => calls(find("raft")))));
    const model = scripted("As far as I know [1].");
    const resumed = await going(graph, model, { resume: true });
    expect(resumed).toMatchObject({
      status: "done",
      output: { report: { text: "As far as I know [1].", sources: [{ id: 1 }], ended: "stalled" } },
      spend: { calls: 4 },
    });
    expect(queries).toEqual(["raft"]);
    expect(model.requests).toMatchObject([
      {
        tools: [],
        text: "You have called search with the same arguments again and again. Answer now with what you have.",
      },
    ]);
    expect(shownIn(model, "tool")).toHaveLength(3);
  });

  it.each<[string, Line[]]>([
    ["a call that comes three times in one turn", [calls(find("raft"), find("raft"), find("raft"))]],
    ["a call that comes in two turns", [calls(find("raft")), calls(find("raft"))]],
    ["three calls with other arguments", ["a1", "a2", "a3"].map((query) => calls(find(query)))],
  ])("is not seen in %s", async (_, turns) => {
    const model = scripted(...turns, "Answer.");
    const { status } = await going(working({ tools: [wordSearch().search] }), model);
    expect(status).toBe("done");
    model.assertDone();
  });

  it("is seen in calls of a tool that does not exist, too", async () => {
    const model = scripted(...Array.from({ length: 3 }, () => calls({ name: "google", args: {} })));
    const { status, error } = await going(working(), model);
    expect([status, error?.message]).toEqual(["stalled", expect.stringContaining("the same call of google")]);
  });

  it("in a parallel branch answers at once without tools, so that nobody waits for a resume", async () => {
    const { search, queries } = wordSearch();
    const Team = new StateSchema({ task: z.string(), reports: z.array(AgentReport) });
    const work = async ({ task }: typeof Team.State, config: NodeConfig) => {
      const branches = ["stuck", "quick"].map((who) => {
        const working = agent({ role: who, prompt, tools: [search], into: "report" });
        return { who, work: async () => (await working({ task } as typeof State.State, config)).report };
      });
      const outcomes = await parallel(branches, "all");
      return { reports: outcomes.flatMap((each) => (each.status === "ok" ? [each.value] : [])) };
    };
    const graph = new StateGraph(Team, { context: RunContext })
      .addNode("work", work)
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile(saved());
    const stuck = Array.from({ length: 3 }, () => calls(find("raft")));
    const model = new ScriptedModel({ stuck: [...stuck, "At last [1]."], quick: ["At once."] });
    const { status, output, stalls } = await going(graph, model);
    expect({ status, stalls, queries }).toEqual({ status: "done", stalls: [], queries: ["raft"] });
    expect(output).toMatchObject({
      reports: [
        { text: "At last [1].", ended: "stalled" },
        { text: "At once.", ended: "answered" },
      ],
    });
    expect(model.requests.at(-1)?.tools).toEqual([]);
    model.assertDone();
  });

  it("without run is an interrupt like any other", async () => {
    const graph = working({ tools: [wordSearch().search] });
    const models = scripted(...Array.from({ length: 3 }, () => calls(find("raft"))), "As far as I know [1].");
    const config = { context: { models }, configurable: { thread_id: "t" } };
    const stalled = await graph.invoke({ task: "Explain it." }, config);
    expect(stalled).toMatchObject({ __interrupt__: [{ value: { kind: "stall" } }] });
    const { report } = await graph.invoke(new Command({ resume: true }), config);
    expect(report).toMatchObject({ text: "As far as I know [1].", ended: "stalled" });
  });
});

describe("an agent whose run has nearly spent its budget", () => {
  const turns = () => [calls(find("raft")), calls(find("paxos"))];
  const budget = { calls: 5, soft: 0.4 };

  it("answers without tools, and makes no call of them any more", async () => {
    const { search, queries } = wordSearch();
    const model = scripted(...turns(), "So far [1].");
    const { output, spend } = await going(working({ tools: [search] }), model, { budget });
    expect(output).toMatchObject({
      report: { text: "So far [1].", sources: [{ id: 1 }], ended: "budget_low" },
    });
    expect([queries, spend.calls]).toEqual([["raft"], 3]);
    expect(model.requests[2]).toMatchObject({
      tools: [],
      text: "The budget is nearly used up. Answer now with what you have.",
    });
  });

  it("has answered, if that is what its last call did", async () => {
    const model = scripted(calls(find("raft")), "All is said [1].");
    const { output } = await going(working({ tools: [wordSearch().search] }), model, { budget });
    expect(output).toMatchObject({ report: { text: "All is said [1].", ended: "answered" } });
  });

  it("answers without tools also when it is resumed with a higher cap", async () => {
    const { search, queries } = wordSearch();
    const graph = working({ tools: [search] });
    await going(graph, scripted(...turns(), fails(new Error("It is down."))), { budget });
    const model = scripted("So far [1].");
    const { output } = await going(graph, model, { resume: true, budget: { calls: 100 } });
    expect(output).toMatchObject({ report: { text: "So far [1].", ended: "budget_low" } });
    expect(queries).toEqual(["raft"]);
  });
});
