import type { BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { type Models, RunContext } from "../../src/state/context.ts";
import type { Passage } from "../../src/state/passage.ts";
import { always, calls, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { calls as endpointCalls, startEndpoint, text } from "../endpoint/server.ts";

const State = new StateSchema({ task: z.string(), report: AgentReport });
const { agent } = nodesFor(State);

const passage = (about: string): Passage => ({
  title: about,
  file: `${about}.md`,
  heading: "",
  text: `About ${about}.`,
});

/** A search that finds one passage for each word of the query, and remembers its queries. */
function searchTool() {
  const queries: string[] = [];
  const search = tool(
    ({ query }: { query: string }): [string, Passage[]] => {
      queries.push(query);
      return ["found", query.split(" ").map(passage)];
    },
    {
      name: "search",
      description: "Searches.",
      schema: z.object({ query: z.string().min(2, "a query has two letters or more") }),
      responseFormat: "content_and_artifact",
    },
  );
  return { search, queries };
}

const broken = tool(
  () => {
    throw new Error("the index is being rebuilt");
  },
  { name: "broken", description: "Throws.", schema: z.object({}) },
);

/** An agent as a graph, and what came of running it. */
async function reportOf(models: Models, options: Partial<Parameters<typeof agent>[0]> = {}) {
  const tools = [searchTool().search, broken];
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
    ended: "answered",
  });
  const [first, second] = shownIn(model, "tool").map(({ text }) => text);
  expect(first).toBe('<source id="1" title="raft">\nAbout raft.\n</source>');
  expect(second).toContain('<source id="2" title="paxos">');
  expect(second).toContain('<source id="1" title="raft">');
  model.assertDone();
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
    { text: "slow", name: "search" },
    { text: "quick", name: "quick" },
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
  const { search, queries } = searchTool();
  const model = scripted(calls(call), "I could not look it up.");
  expect(await reportOf(model, { tools: [search, broken] })).toMatchObject({
    text: "I could not look it up.",
    sources: [],
  });
  const [shown] = shownIn(model, "tool");
  expect(shown?.text).toMatch(/^Error: /);
  expect(shown?.text).toContain(reason);
  expect(queries).toEqual([]);
});

it("refuses the same call again, in the same turn and in a later one", async () => {
  const { search, queries } = searchTool();
  const model = scripted(calls(find("raft"), find("raft")), calls(find("raft")), "Answer [1].");
  await reportOf(model, { tools: [search, broken] });
  expect(queries).toEqual(["raft"]);
  const again = "Error: You called search with these arguments before; its answer stands above.";
  expect(shownIn(model, "tool").map(({ text }) => text)).toEqual([
    expect.stringContaining("About raft."),
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
      content: `The arguments of your call of search are not valid JSON: ${broken}\nCall it again.`,
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
  const { search, queries } = searchTool();
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role: "helper", prompt, tools: [searchTool().search], into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile();
  const models = new ScriptedModel({ helper: [calls(find("raft")), always("Answer.")] });
  await graph.invoke({ task: "Explain it." }, { context: { models, tools: [search] } });
  expect(queries).toEqual(["raft"]);
});
