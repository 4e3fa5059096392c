/**
 * Plan a task, delegate it to specialists one after the other, and answer out of their reports.
 *
 * Stops when the supervisor finishes, when it can name nobody who works next, after `maxDelegations` reports, or
 * when the budget is nearly spent; what qa rejects goes back to those whose it is. Where reports or delegations come
 * again just the same, or two of them in turn, the run suspends as stalled. A person is consulted never, on the
 * answer, or after every step.
 *
 *     START → plan → decide → code → research | decide | consult | synthesize
 *                  → consult
 *                    decide → research → code | decide | consult | synthesize
 *                           → qa → code | research | decide | consult | synthesize
 *                           → synthesize → consult | END
 *                    consult → code | research | decide | synthesize | END
 *
 * Each specialist is a subgraph of its own: START → work → verify → END, and qa START → work → verify → judge → END.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, joined, type NodeConfig, nodesFor, section, withSources } from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { budgetLow, either, rounds, type Termination } from "../../src/outcomes/termination.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { delegateTo, SPECIALISTS } from "./delegation.ts";
import { answerAfter, decideBy, finished, sameDecision, sameReport, sourcesOf } from "./nodes.ts";
import { consultation } from "./people.ts";
import * as prompts from "./prompts.ts";
import { Input, Output, type Specialist, type State, SupervisorState } from "./state.ts";

const MAX_DELEGATIONS = 6;

const { ask, askHuman, counted, resetting, stallable } = nodesFor(SupervisorState);

/** What may differ from one supervisor to another. */
export interface SupervisorOptions {
  /** Reports before the supervisor has to answer; at least 1. */
  maxDelegations?: number;
  /** Who works next: as the supervisor decides ("model"), or by a rule, from its instruction. */
  delegateBy?: Strategy;
}

/** A supervisor with a bound of one's own, or another way to delegate. */
export function defineSupervisor({
  maxDelegations = MAX_DELEGATIONS,
  delegateBy = "model",
}: SupervisorOptions = {}) {
  const limit = bound("maxDelegations", maxDelegations);
  const usedUp = rounds<State>(limit, ({ reports }) => reports.length);
  const over = either(
    usedUp,
    finished,
    budgetLow<State>(({ spent }) => spent),
  );
  const { afterReport, afterConsult } = routersBy({ usedUp, over });
  const working = (to: Specialist) => stallable(delegateTo(to, limit), sameReport);
  const finish = (state: State, config: NodeConfig) => answerAfter(over(state), state, config);

  const workflow = new StateGraph(SupervisorState, schemas(Input, Output))
    .addNode("plan", resetting(FRESH, ask({ role: "supervisor", prompt: prompts.plan, into: "steps" })))
    .addNode("decide", stallable(decideBy(delegateBy), sameDecision))
    .addNode("code", working("code"), { subgraphs: [SPECIALISTS.code] })
    .addNode("research", working("research"), { subgraphs: [SPECIALISTS.research] })
    .addNode("qa", working("qa"), { subgraphs: [SPECIALISTS.qa] })
    .addNode("consult", askHuman(consultation))
    .addNode("synthesize", counted(finish))
    .addEdge(START, "plan")
    .addConditionalEdges("plan", afterPlan, ["decide", "consult"])
    .addConditionalEdges("decide", afterDecide, ["code", "research", "qa", "synthesize"])
    .addConditionalEdges("code", afterReport, ["research", "decide", "consult", "synthesize"])
    .addConditionalEdges("research", afterReport, ["code", "decide", "consult", "synthesize"])
    .addConditionalEdges("qa", afterReport, ["code", "research", "decide", "consult", "synthesize"])
    .addConditionalEdges("consult", afterConsult, ["code", "research", "decide", "synthesize", END])
    .addConditionalEdges("synthesize", afterSynthesize, ["consult", END]);

  return compiled({ name: "supervisor", workflow, result });
}

const FRESH = {
  decisions: EMPTY,
  rework: [],
  reports: EMPTY,
  delegations: EMPTY,
  rulings: EMPTY,
  mail: EMPTY,
  spent: EMPTY,
  ended: null,
  answer: "",
};

const afterPlan = ({ human }: State) => (human === "always" ? "consult" : "decide");

function afterDecide({ decisions, reports, spent }: State) {
  const next = decisions.at(-1)?.next ?? "finish";
  return next === "finish" || (spent.low && reports.length > 0) ? "synthesize" : next;
}

const afterSynthesize = ({ human }: State) => (human === "never" ? END : "consult");

/** The routers that depend on when the delegations are over. */
function routersBy({ usedUp, over }: Record<"usedUp" | "over", Termination<State>>) {
  const onwards = (state: State) => (over(state) ? "synthesize" : (state.rework[0]?.to ?? "decide"));
  const afterReport = (state: State) => (state.human === "always" ? "consult" : onwards(state));
  const afterConsult = (state: State) => {
    const { action } = state.rulings.at(-1) ?? { action: "go_on" };
    if (action === "change") return usedUp(state) ? "synthesize" : "decide";
    if (state.answer) return END;
    return action === "finish" ? "synthesize" : onwards(state);
  };
  return { afterReport, afterConsult };
}

/** The answer with its sources, or what was reported so far. */
export function result({ answer, reports = [] }: Partial<State>): string {
  const reported = reports.map(({ from, text }) => section(`Report of ${from}`, text));
  return withSources(answer || joined(...reported), sourcesOf(reports));
}

export const { workflow, graph } = defineSupervisor();
