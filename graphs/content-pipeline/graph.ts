/**
 * Research a topic from two sides at once, write an article, have it reviewed in quality, style and facts at once,
 * and optimise it by what they object to.
 *
 * Stops when every review is given and approves; or with the last draft and its open objections after
 * `maxRevisions` revisions, each reviewed again, when a revision changes nothing, when a review is not given and the
 * others leave nothing to mend, or when the budget is nearly spent. A review that fails, runs out of its time,
 * cannot be read or has a plain check without a result does not approve. Without anything to write from, nothing is written.
 *
 *     START → research → write → review → finalize → END
 *                      → finalize  ↓  ↑
 *                               optimise → finalize
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, nodesFor } from "../../src/nodes/index.ts";
import {
  agreement,
  budgetLow,
  condition,
  either,
  noProgress,
  rounds,
} from "../../src/outcomes/termination.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { finalize, isApproved, optimise, reviewBy, write } from "./nodes.ts";
import { hasNotes, NOTHING_FOUND, researchIn } from "./researches.ts";
import { result } from "./result.ts";
import { REVIEWS, type Review, reviewsIn } from "./reviews.ts";
import { ContentPipelineState, Input, Output, type State } from "./state.ts";

const MAX_REVISIONS = 1;
const TIMEOUT_MS = 60_000;

const { counted, resetting } = nodesFor(ContentPipelineState);

/** What may differ from one content pipeline to another. */
export interface ContentPipelineOptions {
  /** How often the draft is revised by the reviews; at least 1. */
  maxRevisions?: number;
  /** How long each research, plain check and review may take, its retries included, in milliseconds. */
  timeoutMs?: number;
  /** The reviews, with unique names. */
  reviews?: readonly Review[];
}

/** A content pipeline with bounds or reviews of one's own. */
export function defineContentPipeline({
  maxRevisions = MAX_REVISIONS,
  timeoutMs = TIMEOUT_MS,
  reviews = REVIEWS,
}: ContentPipelineOptions = {}) {
  const limit = bound("timeoutMs", timeoutMs);
  const over = either<State>(
    condition((state) => !hasNotes(state), NOTHING_FOUND),
    unchanged,
    agreement(isApproved, "every review approves"),
    condition(({ objections }) => objections.length === 0, NOTHING_TO_MEND),
    rounds(bound("maxRevisions", maxRevisions), ({ revisions }) => revisions),
    budgetLow(({ spent }) => spent),
  );
  const afterReview = (state: State) => (over(state) ? "finalize" : "optimise");

  const workflow = new StateGraph(ContentPipelineState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, counted(researchIn(limit))))
    .addNode("write", write)
    .addNode("review", counted(reviewBy(reviewsIn(reviews), limit)))
    .addNode("optimise", optimise)
    .addNode("finalize", (state) => finalize(state, over(state)))
    .addEdge(START, "research")
    .addConditionalEdges("research", afterResearch, ["write", "finalize"])
    .addEdge("write", "review")
    .addConditionalEdges("review", afterReview, ["optimise", "finalize"])
    .addConditionalEdges("optimise", afterOptimise, ["review", "finalize"])
    .addEdge("finalize", END);

  return compiled({ name: "content-pipeline", workflow, result });
}

const FRESH = {
  draft: "",
  previous: "",
  revisions: 0,
  reviews: [],
  objections: [],
  article: "",
  approved: false,
  ended: null,
  sources: [],
  spent: EMPTY,
};

const NOTHING_TO_MEND = "a review was not given, and the others leave nothing to mend";

const unchanged = noProgress<State, string>("draft", ({ previous, draft }) => [previous, draft], {
  by: (text) => text,
});

const afterResearch = (state: State) => (hasNotes(state) ? "write" : "finalize");

const afterOptimise = (state: State) => (unchanged(state) ? "finalize" : "review");

export { result };
export const { workflow, graph } = defineContentPipeline();
