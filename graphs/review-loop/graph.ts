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
import {
  citationsOf,
  danglingCitations,
  type NodeConfig,
  nodesFor,
  withSources,
} from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import type { Spent } from "../../src/outcomes/spend.ts";
import {
  agreement,
  budgetLow,
  type Ending,
  either,
  noProgress,
  rounds,
} from "../../src/outcomes/termination.ts";
import type { Verdict } from "../../src/outcomes/verdict.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { Input, Output, ReviewLoopState } from "./state.ts";

const MAX_REVIEWS = 3;

type State = typeof ReviewLoopState.State;

const { ask, judge, research, resetting, stallable } = nodesFor(ReviewLoopState);

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

  const workflow = new StateGraph(ReviewLoopState, {
    input: described(Input),
    output: described(Output),
    context: RunContext,
  })
    .addNode("research", resetting(FRESH, research(reading)))
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

  const graph = workflow
    .compile({ name: "review-loop", checkpointer: defaultCheckpointer() })
    .withConfig(OWN_BOUNDS);
  registerAnswer(workflow, result);
  return { workflow, graph, result };
}

const FRESH = {
  verdicts: EMPTY,
  spent: EMPTY,
  reviewed: "",
  plan: "",
  draft: "",
  article: "",
  approved: false,
  objections: [],
  sources: [],
};

const reading = {
  role: "researcher",
  query: ({ topic }: State) => topic,
  prompt: prompts.takeNotes,
  search: documentSearch(),
  into: { notes: "notes", sources: "found" },
} as const;

const reviewing = {
  role: "reviewer",
  prompt: prompts.review,
  check: ({ draft, found }: State) => danglingCitations(draft, found),
  into: "verdicts",
} as const;

const judged = judge(reviewing);

const review = async (state: State, config: NodeConfig) => ({
  ...(await judged(state, config)),
  reviewed: state.draft,
});

const repeating = either<State>(
  noProgress("draft", ({ reviewed, draft }) => [reviewed, draft], { by: (text) => text }),
  noProgress("objections", ({ verdicts }) => verdicts, {
    by: ({ objections }) => objections.map(({ problem }) => problem).join("; "),
  }),
);

function finalize({ draft, verdicts, found }: State, ended: Ending | undefined) {
  const verdict = verdicts.at(-1);
  const cited = citationsOf(draft);
  return {
    article: draft,
    approved: verdict?.approved ?? false,
    objections: verdict?.objections ?? [],
    sources: found.filter(({ id }) => cited.includes(id)),
    ...(ended && { ended }),
  };
}

/** The article with its sources and open objections, or the best draft so far. */
export function result(state: Partial<State>): string {
  const article = state.article || state.draft || "";
  if (!article) return "";
  const open = state.verdicts?.at(-1)?.objections ?? [];
  const cited = withSources(article, state.found ?? []);
  if (open.length === 0) return cited;
  return `${cited}\n\n## Open objections\n\n${open.map(({ problem, change }) => `- ${problem} ${change}`).join("\n")}`;
}

export const { workflow, graph } = defineReviewLoop();
