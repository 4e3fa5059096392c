/**
 * Research, outline and write an article; then review and revise it.
 *
 * Stops when the reviewer approves; or with the last draft and its open objections after `maxReviews`
 * reviews, or when the budget is nearly spent. Where a review objects to just the same as the one before, or to
 * a draft that the revision did not change, the run suspends as stalled.
 *
 *     START → research → outline → write → review → finalize → END
 *                                          ↑    ↓
 *                                          revise
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { citedIn, compiled, joined, nodesFor, section, withSources } from "../../src/nodes/index.ts";
import type { Spent } from "../../src/outcomes/spend.ts";
import { agreement, budgetLow, type Ending, either, rounds } from "../../src/outcomes/termination.ts";
import { objectionsInWords, type Verdict } from "../../src/outcomes/verdict.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { repeating, review } from "./nodes.ts";
import * as prompts from "./prompts.ts";
import { Input, Output, ReviewLoopState, type State } from "./state.ts";

const MAX_REVIEWS = 3;

const { ask, research, resetting, stallable } = nodesFor(ReviewLoopState);

/** What may differ from one review loop to another. */
export interface ReviewLoopOptions {
  /** Reviews before the loop ends unapproved; at least 1. */
  maxReviews?: number;
}

/** A review loop with bounds of one's own. */
export function defineReviewLoop({ maxReviews = MAX_REVIEWS }: ReviewLoopOptions = {}) {
  const limit = bound("maxReviews", maxReviews);
  const over = either<State>(
    agreement(({ verdicts }) => verdicts.at(-1)?.approved ?? false, "the reviewer approves"),
    rounds(limit, ({ verdicts }) => verdicts.length),
    budgetLow(({ spent }) => spent),
  );
  const afterReview = (state: State) => (over(state) ? "finalize" : "revise");
  const noProgressIn = (state: State, update: { verdicts: Verdict; spent?: Spent }) => {
    const { verdicts, spent = state.spent } = update;
    const next = { ...state, verdicts: [...state.verdicts, verdicts], spent };
    return over(next) ? undefined : repeating(next)?.text;
  };

  const workflow = new StateGraph(ReviewLoopState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, read))
    .addNode("outline", ask({ role: "writer", prompt: prompts.outline, into: "plan" }))
    .addNode("write", ask({ role: "writer", prompt: prompts.write, into: "draft" }))
    .addNode("review", stallable(review, noProgressIn))
    .addNode("revise", ask({ role: "writer", prompt: prompts.revise, into: "draft" }))
    .addNode("finalize", (state) => finalize(state, over(state)))
    .addEdge(START, "research")
    .addEdge("research", "outline")
    .addEdge("outline", "write")
    .addEdge("write", "review")
    .addConditionalEdges("review", afterReview, ["revise", "finalize"])
    .addEdge("revise", "review")
    .addEdge("finalize", END);

  return compiled({ name: "review-loop", workflow, result });
}

const FRESH = {
  verdicts: EMPTY,
  spent: EMPTY,
  ended: null,
  reviewed: "",
  plan: "",
  draft: "",
  article: "",
  approved: false,
  objections: [],
  sources: [],
};

const read = research({
  role: "researcher",
  query: ({ topic }: State) => topic,
  prompt: prompts.takeNotes,
  search: documentSearch(),
  into: { notes: "notes", sources: "found" },
});

function finalize({ draft, verdicts, found }: State, ended: Ending | undefined) {
  const verdict = verdicts.at(-1);
  return {
    article: draft,
    approved: verdict?.approved ?? false,
    objections: verdict?.objections ?? [],
    sources: citedIn(draft, found),
    ended: ended ?? null,
  };
}

/** The article with its sources and open objections, or the best draft so far. */
export function result({ article, draft, found = [], verdicts = [] }: Partial<State>): string {
  const text = article || draft;
  if (!text) return "";
  const open = verdicts.at(-1)?.objections ?? [];
  return joined(withSources(text, found), section("Open objections", objectionsInWords(open)));
}

export const { workflow, graph } = defineReviewLoop();
