/**
 * Have an agent do a task by calling other agents as tools, several at once where its model asks for it.
 *
 * Stops when the orchestrator answers, or has called agents in `maxTurns` turns and has to answer with what it has;
 * `ended` says which. An agent that fails is a message that the orchestrator acts on. Where the same call comes again
 * and again, the run suspends as stalled.
 *
 *     START → orchestrate → verify → END
 *
 * Each agent is a graph of its own, START → work → verify → END, and runs inside the call of its tool: what it spends
 * is the run's, and what it asks suspends the run.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  compiled,
  joined,
  nodesFor,
  section,
  standingAlone,
  underOneNumbering,
  type WorkflowTool,
  withSources,
} from "../../src/nodes/index.ts";
import type { Reported } from "../../src/outcomes/answer.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { AGENTS, agentsIn } from "./agents.ts";
import * as prompts from "./prompts.ts";
import { orchestrator } from "./roles.ts";
import { AgentsAsToolsState, Input, Output, type State } from "./state.ts";

const MAX_TURNS = 6;

const { agent, resetting } = nodesFor(AgentsAsToolsState);

/** What may differ from one orchestrator to another. */
export interface AgentsAsToolsOptions {
  /** In how many turns the orchestrator may call agents, up to 16 at once; at least 1. */
  maxTurns?: number;
  /** The agents, which `workflowTool` makes of any workflow; at least one, each with a name of its own. */
  agents?: readonly WorkflowTool[];
}

/** An orchestrator with agents or a bound of one's own. */
export function defineAgentsAsTools({ maxTurns = MAX_TURNS, agents = AGENTS }: AgentsAsToolsOptions = {}) {
  const tools = agentsIn(agents);
  const orchestrate = agent({
    role: orchestrator(tools.map(({ name }) => name)),
    prompt: prompts.orchestrate,
    tools,
    maxTurns: bound("maxTurns", maxTurns),
    into: "report",
  });

  const workflow = new StateGraph(AgentsAsToolsState, schemas(Input, Output))
    .addNode("orchestrate", resetting(FRESH, orchestrate), { subgraphs: tools.map(({ graph }) => graph) })
    .addNode("verify", verify)
    .addEdge(START, "orchestrate")
    .addEdge("orchestrate", "verify")
    .addEdge("verify", END);

  return compiled({ name: "agents-as-tools", workflow, result });
}

const FRESH = { answer: "", sources: [], ended: null, spent: EMPTY };

/** The answer with the passages that it cites; it cites nothing that no agent has shown. */
function verify({ report }: State) {
  if (!report) return {};
  const { text: answer, sources } = standingAlone(report);
  return { answer, sources, ended: report.ended };
}

/** The answer with its sources, or what agents have reported so far. */
export function result(
  { answer, sources = [] }: Partial<State>,
  _: readonly unknown[] = [],
  reported: readonly Reported[] = [],
): string {
  if (answer) return withSources(answer, sources);
  const reports = underOneNumbering(reported);
  return withSources(
    joined(...reports.map(({ from, text }) => section(`Report of ${from}`, text))),
    reports.flatMap((each) => each.sources),
  );
}

export const { workflow, graph } = defineAgentsAsTools();
