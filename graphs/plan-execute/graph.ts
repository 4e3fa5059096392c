/**
 * Plan a task as steps, do them one after the other, and have each reviewed; plan anew what is left where a step
 * fails or is rejected.
 *
 * Stops when every step is finished, when the planner gives up what is left, when a step comes to nothing after
 * `maxReplans` new plans, or when the budget is nearly spent; then it answers out of the accepted reports, and says
 * what is open. What is finished is never done again. Where a new plan has a step again just as it was rejected, or
 * as it failed twice, the run suspends as stalled.
 *
 *     START → plan → execute → review → execute | replan | synthesize
 *                            → replan → execute | synthesize
 *                            → synthesize → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, joined, type NodeConfig, nodesFor, section, withSources } from "../../src/nodes/index.ts";
import type { Spent } from "../../src/outcomes/spend.ts";
import { budgetLow, either, type Termination } from "../../src/outcomes/termination.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { answerAfter, execute, planIn, replanIn, review } from "./nodes.ts";
import { comesAgain, finished, givesUp, latestSetback, usedUp } from "./plans.ts";
import { openInWords } from "./prompts.ts";
import { Input, Output, type Plan, PlanExecuteState, type State } from "./state.ts";

const MAX_STEPS = 6;
const MAX_REPLANS = 2;

const { counted, resetting, stallable } = nodesFor(PlanExecuteState);

/** What may differ from one plan-execute to another. */
export interface PlanExecuteOptions {
  /** Steps that a plan may have, those that are finished included; at least 1. */
  maxSteps?: number;
  /** How often what is left may be planned anew; at least 1. */
  maxReplans?: number;
}

/** A plan-execute with bounds of one's own. */
export function definePlanExecute({
  maxSteps = MAX_STEPS,
  maxReplans = MAX_REPLANS,
}: PlanExecuteOptions = {}) {
  const most = bound("maxSteps", maxSteps);
  const over = either<State>(
    finished,
    givesUp,
    usedUp(bound("maxReplans", maxReplans)),
    budgetLow(({ spent }) => spent),
  );
  const { afterExecute, afterReview, afterReplan } = routersBy(over);
  const synthesize = async (state: State, config: NodeConfig) => {
    const ended = over(state);
    if (!ended) throw new RangeError("Nothing has ended the steps.");
    return answerAfter(ended, state, config);
  };

  const workflow = new StateGraph(PlanExecuteState, schemas(Input, Output))
    .addNode("plan", resetting(FRESH, counted(planIn(most))))
    .addNode("execute", counted(execute))
    .addNode("review", counted(review))
    .addNode("replan", stallable(counted(replanIn(most)), sameStep))
    .addNode("synthesize", counted(synthesize))
    .addEdge(START, "plan")
    .addEdge("plan", "execute")
    .addConditionalEdges("execute", afterExecute, ["review", "replan", "synthesize"])
    .addConditionalEdges("review", afterReview, ["execute", "replan", "synthesize"])
    .addConditionalEdges("replan", afterReplan, ["execute", "synthesize"])
    .addEdge("synthesize", END);

  return compiled({ name: "plan-execute", workflow, result });
}

const FRESH = {
  steps: [],
  attempt: null,
  verdict: null,
  reports: EMPTY,
  setbacks: EMPTY,
  spent: EMPTY,
  answer: "",
  sources: [],
  open: [],
  ended: null,
};

/** The routers, which all end by the same condition. */
function routersBy(over: Termination<State>) {
  const onwards = (state: State) => (latestSetback(state) ? "replan" : "execute");
  const afterExecute = (state: State) => {
    if (!latestSetback(state)) return "review";
    return over(state) ? "synthesize" : "replan";
  };
  const afterReview = (state: State) => (over(state) ? "synthesize" : onwards(state));
  const afterReplan = (state: State) => (over(state) ? "synthesize" : "execute");
  return { afterExecute, afterReview, afterReplan };
}

/** What stands still if the new plan is followed; one that the budget ends is not. */
function sameStep(state: State, { plans, spent = state.spent }: { plans: Plan[]; spent?: Spent }) {
  return spent.low ? undefined : comesAgain(state, plans.at(-1));
}

/** The answer with its sources and what is open, or the reports so far. */
export function result({ answer, reports = [], open = [] }: Partial<State>): string {
  const text = answer || joined(...reports.map(({ step, text }) => section(step.title, text)));
  const sources = reports.flatMap((report) => report.sources);
  return joined(withSources(text, sources), section("Open", openInWords(open)));
}

export const { workflow, graph } = definePlanExecute();
