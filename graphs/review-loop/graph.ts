/**
 * Research, outline and write an article; then review and revise it.
 *
 * Stops when the reviewer approves, or after `maxReviews` reviews with the last draft and its open
 * objections.
 *
 *     START → research → outline → write → review → finalize → END
 *                                          ↑    ↓
 *                                          revise
 *
 * @module
 */
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { citationsOf, danglingCitations, nodesFor, withSources } from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import { Objection, Verdict } from "../../src/outcomes/verdict.ts";
import { EMPTY, log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { Note, Source } from "../../src/state/passage.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";

const MAX_REVIEWS = 3;

const Input = z.strictObject({
  topic: z.string().trim().min(1).describe("What to write about: a question or a subject."),
});

const Output = z.object({
  article: z.string().describe("The article in Markdown, citing its sources as [1]."),
  approved: z.boolean().describe("Whether the reviewer approved the article as it stands."),
  objections: z.array(Objection).describe("What the last review left open."),
  sources: z.array(Source).describe("The sources that the article cites."),
});

export const ReviewLoopState = new StateSchema({
  ...Input.shape,
  notes: z.array(Note).describe("What the sources say on the topic."),
  found: z.array(Source).describe("Everything that research read."),
  plan: z.string().describe("The outline."),
  draft: z.string().describe("The article as written, or as last revised."),
  verdicts: log(Verdict, "What each review came to, oldest first."),
  ...Output.shape,
});

type State = typeof ReviewLoopState.State;

const { ask, judge, research, resetting } = nodesFor(ReviewLoopState);

/** What may differ from one review loop to another. */
export interface ReviewLoopOptions {
  /** Reviews before the loop ends unapproved; at least 1. */
  maxReviews?: number;
}

/** A review loop with bounds of one's own. */
export function defineReviewLoop({ maxReviews = MAX_REVIEWS }: ReviewLoopOptions = {}) {
  const limit = bound("maxReviews", maxReviews);
  const afterReview = ({ verdicts }: State) =>
    verdicts.at(-1)?.approved || verdicts.length >= limit ? "finalize" : "revise";

  const workflow = new StateGraph(ReviewLoopState, {
    input: described(Input),
    output: described(Output),
    context: RunContext,
  })
    .addNode("research", resetting(FRESH, research(reading)))
    .addNode("outline", ask({ role: "writer", prompt: prompts.outline, into: "plan" }))
    .addNode("write", ask({ role: "writer", prompt: prompts.write, into: "draft" }))
    .addNode("review", judge({ role: "reviewer", prompt: prompts.review, check: dangling, into: "verdicts" }))
    .addNode("revise", ask({ role: "writer", prompt: prompts.revise, into: "draft" }))
    .addNode("finalize", finalize)
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

const dangling = ({ draft, found }: State) => danglingCitations(draft, found);

function finalize({ draft, verdicts, found }: State) {
  const verdict = verdicts.at(-1);
  const cited = citationsOf(draft);
  return {
    article: draft,
    approved: verdict?.approved ?? false,
    objections: verdict?.objections ?? [],
    sources: found.filter(({ id }) => cited.includes(id)),
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
