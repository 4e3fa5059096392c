import { END, START, StateGraph } from "@langchain/langgraph";
import { grounded, nodesFor, standingAlone } from "../../src/nodes/index.ts";
import type { Role } from "../../src/roles/role.ts";
import { RunContext } from "../../src/state/context.ts";
import { defaultCache } from "../../src/storage/cache.ts";
import { standardTools } from "../../src/tools/standard.ts";
import * as prompts from "./prompts.ts";
import { Assignment, WorkerState } from "./state.ts";

const { agent } = nodesFor(WorkerState);

/** A worker as a graph of its own: it works with its tools, and its report cites what it was shown and nothing else. */
export const workerGraph = (role: Role, maxTurns: number) =>
  new StateGraph(WorkerState, { input: Assignment, context: RunContext })
    .addNode("work", agent({ role, prompt: prompts.work, tools: standardTools, maxTurns, into: "found" }))
    .addNode("verify", verifiedBy(role))
    .addEdge(START, "work")
    .addEdge("work", "verify")
    .addEdge("verify", END)
    .compile({ name: role.name, cache: defaultCache() });

const verifiedBy =
  ({ name: by }: Role) =>
  ({ part, found: { text, sources, ended } }: typeof WorkerState.State) => ({
    report: standingAlone({
      title: part.title,
      by,
      text: grounded("report", text, sources),
      sources,
      ended,
    }),
  });
