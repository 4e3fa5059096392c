import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { entryOf } from "../../src/cli/catalogue.ts";
import {
  AgentReport,
  agent,
  type NodeConfig,
  type WorkflowToolOptions,
  workflowTool,
} from "../../src/nodes/index.ts";
import { answerOf } from "../../src/outcomes/answer.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { comparable } from "../crash/remains.ts";
import { type Answer, calls, text, textOf } from "../endpoint/server.ts";
import { edgesDrawnIn, edgesOf } from "../graphs/drawings.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";
import { TASK } from "./searching.ts";
import { Session } from "./session.ts";

/** At most so many caps are tried of those below what a run takes. */
const MOST_CAPS = 4;

/** Caps spread over those with which a run of that many calls cannot end. */
const capsBelow = (calls: number): number[] => [
  ...new Set(
    Array.from({ length: MOST_CAPS }, (_, n) => 1 + Math.floor((n * (calls - 2)) / (MOST_CAPS - 1))),
  ),
];

/** What a state has whichever run it was: without times, spend, and what the row says that differs. */
const plain = ({ differs = [] }: Row, values: unknown) =>
  comparable(values, ["ms", "spend", "spent", ...differs]);

const wholeRuns = new Map<Row, Promise<RunResult<unknown>>>();

/** What a row comes to on a thread of its own, without a stop; run once for all tests. */
function wholeRun(row: Row): Promise<RunResult<unknown>> {
  const begun =
    wholeRuns.get(row) ?? Session.of(row).then(async (session) => (await session.toItsEnd()).result);
  wholeRuns.set(row, begun);
  return begun;
}

/** The row's input with another task. */
const another = ({ input }: Row) =>
  Object.fromEntries(Object.entries(input).map(([key, value]) => [key, value === TASK ? OTHER_TASK : value]));
const OTHER_TASK = "How a new leader is elected after a crash";

/** Channels that say how a run ended. */
const ENDINGS = ["ended", "status", "by", "approved", "insufficient", "gap", "receipt"];

/** What a graph was compiled from, which compiles again without a saver of its own. */
function builderOf(graph: AnyGraph) {
  if (!("builder" in graph)) throw new Error(`${graph.name} has no builder.`);
  return z.custom<WorkflowToolOptions<z.ZodObject, object>["workflow"]>().parse(graph.builder);
}

/** The same graph without a saver of its own. */
const inner = (graph: AnyGraph): AnyGraph =>
  z.custom<{ compile: () => AnyGraph }>().parse(builderOf(graph)).compile();

const Around = new StateSchema({ given: z.record(z.string(), z.unknown()), got: z.unknown() });

/** A graph of one node, which is another graph. */
const around = (graph: AnyGraph) =>
  new StateGraph(Around, { context: RunContext })
    .addNode("work", async ({ given }, config: NodeConfig) => ({ got: await graph.invoke(given, config) }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "around" });

const toolOf = ({ name }: Row) => name.replaceAll("-", "_");

const Calling = new StateSchema({ task: z.string(), report: AgentReport });

/** A graph of one agent, whose only tool is another graph. */
function callerOf(row: Row, graph: AnyGraph) {
  const kinds = Object.entries(row.input).map(([key, value]) => [
    key,
    typeof value === "boolean" ? z.boolean() : z.string(),
  ]);
  const tool = workflowTool({
    workflow: builderOf(graph),
    name: toolOf(row),
    description: "Does the whole task.",
    input: z.object(Object.fromEntries(kinds)),
    result: (output) => answerOf(graph)?.({ ...output }) ?? "",
  });
  return new StateGraph(Calling, { context: RunContext })
    .addNode("work", agent({ role: "caller", tools: [tool], prompt: () => "Have it done.", into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "calling" });
}

/** The row's answers, but for who has the row as a tool: it is called once, and its answer given on. */
const callingOnce =
  (row: Row): Answer =>
  (request) => {
    const { tools = [], messages } = request.body;
    if (!tools.some((tool) => tool.function?.name === toolOf(row))) return row.answers(request);
    const answered = messages.find(({ role }) => role === "tool");
    return answered ? text(textOf(answered)) : calls({ name: toolOf(row), args: row.input });
  };

/** The edges that LangGraph draws of any graph. */
function edgesIn(graph: AnyGraph) {
  if (!("getGraphAsync" in graph)) throw new Error("The graph cannot be drawn.");
  return edgesOf(graph as AnyGraph & Parameters<typeof edgesOf>[0]);
}

describe.each(await rows())("$name", (row) => {
  it("is drawn as its opening comment says", async () => {
    const file = new URL(`../../graphs/${row.name}/graph.ts`, import.meta.url);
    const { graph: published } = await entryOf(row.name, catalogue).load();
    const { graph } = await Session.of(row);
    for (const each of [published, graph]) expect(await edgesIn(each)).toEqual(edgesDrawnIn(file));
  });

  it("comes to its end over HTTP, and a used thread keeps nothing of the run before", async () => {
    const session = await Session.of(row);
    const { result: first } = await session.toItsEnd({ input: another(row) });
    expect(first).toMatchObject({ status: "done", spend: { calls: session.endpoint.requests.length } });
    expect(first.partial).toContain("The sources agree");
    const { result: second } = await session.toItsEnd();
    expect(second.status).toBe("done");
    expect(second.spend.calls).toBe(session.endpoint.requests.length - first.spend.calls);
    expect(plain(row, second.output)).toEqual(plain(row, (await wholeRun(row)).output));
  });

  it("stops where its budget is spent, and then goes on without paying anything twice", async () => {
    const whole = await wholeRun(row);
    for (const calls of capsBelow(whole.spend.calls)) {
      const session = await Session.of(row);
      const { result, stops } = await session.toItsEnd({ budget: { calls } });
      const spent = stops.filter(({ status }) => status === "budget_exhausted");
      expect({ calls, status: result.status }).toEqual({ calls, status: "done" });
      for (const stop of spent) expect(stop.spend.calls).toBeLessThanOrEqual(calls);
      if (calls === 1) expect(spent.length).toBeGreaterThan(0);
      expect(session.endpoint.requests.length).toBe(result.spend.calls);
      expect(result.spend.calls).toBeLessThanOrEqual(whole.spend.calls);
    }
  });

  it("begins anew on a used thread: nothing says how it ended, before it has", async () => {
    const session = await Session.of(row);
    await session.toItsEnd();
    const { checkpointer, thread } = session.options;
    let result = await run(session.graph, row.input, { ...session.options, budget: { calls: 1 } });
    for (let calls = 2; result.path.length === 0; calls += 1) {
      result = await run(session.graph, null, { ...session.options, resume: true, budget: { calls } });
    }
    const kept = await checkpointer.getTuple({ configurable: { thread_id: thread, checkpoint_ns: "" } });
    const values = kept?.checkpoint.channel_values ?? {};
    expect(values).toMatchObject(row.input);
    const isOver = result.status === "done";
    expect(ENDINGS.filter((channel) => values[channel] && !isOver)).toEqual([]);
  });

  it("is a node of another graph", async () => {
    const result = await wholeRun(row);
    const session = await Session.of(row);
    const outer = await session.toItsEnd({
      graph: around(inner(session.graph)),
      input: { given: row.input },
    });
    expect(outer.result).toMatchObject({ status: "done", spend: { calls: result.spend.calls } });
    const { got } = z.object({ got: z.record(z.string(), z.unknown()) }).parse(outer.result.output);
    expect(plain(row, got)).toMatchObject(Object(plain(row, result.output)));
  });

  it("is a tool of an agent", async () => {
    const { spend } = await wholeRun(row);
    const session = await Session.of(row, callingOnce(row));
    const { result } = await session.toItsEnd({
      graph: callerOf(row, session.graph),
      input: { task: "It." },
    });
    expect(result).toMatchObject({ status: "done", spend: { calls: spend.calls + 2 } });
    expect(session.endpoint.requests.length).toBe(spend.calls + 2);
    const { report } = z.object({ report: AgentReport }).parse(result.output);
    expect(report).toMatchObject({ ended: "answered", text: expect.stringContaining("The sources agree") });
  });
});
