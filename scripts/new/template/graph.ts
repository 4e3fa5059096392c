/**
 * Answer a task from the documents; then review and revise the answer.
 *
 * Stops when the reviewer approves; or with the last answer and its open objections after `maxReviews` reviews,
 * or when the budget is nearly spent.
 *
 *     START → research → write → review → finish → END
 *                                ↑    ↓
 *                                revise
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  citedIn,
  compiled,
  danglingCitations,
  joined,
  nodesFor,
  section,
  withSources,
} from "../../../src/nodes/index.ts";
import { agreement, budgetLow, type Ending, either, rounds } from "../../../src/outcomes/termination.ts";
import { objectionsInWords } from "../../../src/outcomes/verdict.ts";
import { EMPTY } from "../../../src/state/channels.ts";
import { schemas } from "../../../src/state/described.ts";
import { bound } from "../../../src/state/limits.ts";
import { documentSearch } from "../../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { Input, MyFlowState, Output, type State } from "./state.ts";

const MAX_REVIEWS = 3;

const { ask, judge, research, resetting } = nodesFor(MyFlowState);

/** What may differ from one such workflow to another. */
export interface MyFlowOptions {
  /** Reviews before the loop ends unapproved; at least 1. */
  maxReviews?: number;
}

/** The workflow with bounds of one's own. */
export function defineMyFlow({ maxReviews = MAX_REVIEWS }: MyFlowOptions = {}) {
  const limit = bound("maxReviews", maxReviews);
  const over = either<State>(
    agreement(({ verdicts }) => verdicts.at(-1)?.approved ?? false, "the reviewer approves"),
    rounds(limit, ({ verdicts }) => verdicts.length),
    budgetLow(({ spent }) => spent),
  );
  const afterReview = (state: State) => (over(state) ? "finish" : "revise");

  const workflow = new StateGraph(MyFlowState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, research(reading)))
    .addNode("write", ask({ role: "writer", prompt: prompts.write, into: "answer" }))
    .addNode("review", judge({ role: "reviewer", prompt: prompts.review, check: cited, into: "verdicts" }))
    .addNode("revise", ask({ role: "writer", prompt: prompts.revise, into: "answer" }))
    .addNode("finish", (state) => finish(state, over(state)))
    .addEdge(START, "research")
    .addEdge("research", "write")
    .addEdge("write", "review")
    .addConditionalEdges("review", afterReview, ["revise", "finish"])
    .addEdge("revise", "review")
    .addEdge("finish", END);

  return compiled({ name: "my-flow", workflow, result });
}

/** What an earlier run leaves on the thread, and this one begins without. */
const FRESH = { verdicts: EMPTY, spent: EMPTY, answer: "", approved: false, objections: [], sources: [] };

const reading = {
  role: "researcher",
  query: ({ task }: State) => task,
  prompt: prompts.takeNotes,
  search: documentSearch(),
  into: { notes: "notes", sources: "found" },
} as const;

const cited = ({ answer, found }: State) => danglingCitations(answer, found);

function finish({ answer, verdicts, found }: State, ended: Ending | undefined) {
  return {
    approved: verdicts.at(-1)?.approved ?? false,
    objections: verdicts.at(-1)?.objections ?? [],
    sources: citedIn(answer, found),
    ...(ended && { ended }),
  };
}

/** The answer with its sources and open objections, as far as it has come. */
export function result({ answer = "", found = [], verdicts = [] }: Partial<State>): string {
  if (!answer) return "";
  const open = verdicts.at(-1)?.objections ?? [];
  return joined(withSources(answer, found), section("Open objections", objectionsInWords(open)));
}

export const { workflow, graph } = defineMyFlow();
