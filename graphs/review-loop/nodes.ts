import { danglingCitations, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import { either, noProgress } from "../../src/outcomes/termination.ts";
import * as prompts from "./prompts.ts";
import { ReviewLoopState, type State } from "./state.ts";

const { judge } = nodesFor(ReviewLoopState);

const judged = judge({
  role: "reviewer",
  prompt: prompts.review,
  check: ({ draft, found }: State) => danglingCitations(draft, found),
  into: "verdicts",
});

/** Judges the draft, and keeps which one it was. */
export const review = async (state: State, config: NodeConfig) => ({
  ...(await judged(state, config)),
  reviewed: state.draft,
});

/** Ends where a review objects to the same as the one before, or where the revision has changed nothing. */
export const repeating = either<State>(
  noProgress("draft", ({ reviewed, draft }) => [reviewed, draft], { by: (text) => text }),
  noProgress("objections", ({ verdicts }) => verdicts, {
    by: ({ objections }) => objections.map(({ problem }) => problem).join("; "),
  }),
);
