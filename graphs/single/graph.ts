/**
 * Let one agent do a task with its tools, and answer with its sources.
 *
 * Stops when the agent answers; after `maxTurns` rounds of tool calls, or when the budget is nearly spent, it has to,
 * with what it has. `report.ended` says which. The same call in three rounds suspends the run as stalled.
 *
 *     START → answer → END
 *
 * The simplest workflow there is: what others do in more steps is measured against it.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, type NodeConfig, nodesFor, verified, withSources } from "../../src/nodes/index.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { calculator } from "../../src/tools/calculator.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { generalist } from "./roles.ts";
import { Input, Output, SingleState, type State } from "./state.ts";

const MAX_TURNS = 6;

const { agent, resetting } = nodesFor(SingleState);

/** What may differ from one agent to another. */
export interface SingleOptions {
  /** Rounds of tool calls before the agent has to answer; at least 1. */
  maxTurns?: number;
}

/** An agent with a bound of one's own. */
export function defineSingle({ maxTurns = MAX_TURNS }: SingleOptions = {}) {
  const work = agent({
    role: generalist,
    prompt: prompts.answer,
    tools: [documentSearch(), calculator],
    maxTurns: bound("maxTurns", maxTurns),
    into: "report",
  });
  const answer = async (state: State, config: NodeConfig) => cited(await work(state, config));

  const workflow = new StateGraph(SingleState, schemas(Input, Output))
    .addNode("answer", resetting(FRESH, answer))
    .addEdge(START, "answer")
    .addEdge("answer", END);

  return compiled({ name: "single", workflow, result });
}

const FRESH = { report: null };

const cited = ({ report }: Pick<State, "report">) => ({ report: report && verified(report) });

/** The answer with its sources. */
export function result({ report }: Partial<State>): string {
  return report ? withSources(report.text, report.sources) : "";
}

export const { workflow, graph } = defineSingle();
