import type { StructuredToolInterface } from "@langchain/core/tools";
import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { openaiModel } from "../../src/models/openai.ts";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { type Reply, startEndpoint, textOf } from "../endpoint/server.ts";

const State = new StateSchema({ task: z.string(), report: AgentReport });
const { agent } = nodesFor(State);

/** A run of one agent that may call the first of the tools alone, at an endpoint that answers so. */
export async function workedWith(tools: readonly StructuredToolInterface[], replies: readonly Reply[]) {
  const endpoint = await startEndpoint({ answer: replies });
  onTestFinished(() => endpoint.close());
  const [granted] = tools;
  const role = defineRole({ name: "clerk", goal: "Do the task.", tools: granted ? [granted.name] : [] });
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role, prompt: ({ task }) => task, tools, into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "working", checkpointer: new MemorySaver() });
  const at = {
    apiKey: "test-key",
    baseUrl: endpoint.url,
    models: ["gpt-test"],
    structured: "strict" as const,
  };
  const events: RunEvent[] = [];
  const result = await run(
    graph,
    { task: "Use your tool." },
    { models: openaiModel("gpt-test", at, null), onEvent: (event) => events.push(event) },
  );
  return {
    ...result,
    calls: events.filter((event) => event.type === "tool"),
    offered: endpoint.requests.map(({ body }) => (body.tools ?? []).map((tool) => tool.function)),
    /** What the last request shows of the calls' results, by their ids. */
    shown: Object.fromEntries(
      (endpoint.requests.at(-1)?.body.messages ?? [])
        .filter(({ role }) => role === "tool")
        .map((message) => [message.tool_call_id, textOf(message)]),
    ),
  };
}
