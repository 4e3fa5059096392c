import { citedIn, type NodeConfig, nodesFor, parallel, structuredOrThrow } from "../../src/nodes/index.ts";
import { type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import * as prompts from "./prompts.ts";
import { materialOf } from "./researches.ts";
import type { Checked, Review } from "./reviews.ts";
import { ContentPipelineState, type Raised, type State } from "./state.ts";

const { ask } = nodesFor(ContentPipelineState);

/** Writes the first draft. */
export const write = ask({
  role: "writer",
  prompt: (state) => prompts.write(materialOf(state)),
  into: "draft",
});

/** A node in which all reviews are given at once. */
export const reviewBy =
  (reviews: readonly Review[], timeoutMs: number) =>
  async (state: State, { context }: NodeConfig) => {
    const checks = await checksBy(reviews, state, timeoutMs);
    const branches = checks.map(({ review, checked, failure }) => ({
      who: review.name,
      wait: async () => failure,
      work: () => verdictOf(review, checked, state, context),
      timeoutMs,
    }));
    const given = await parallel(branches, "all");
    return { reviews: given, objections: raisedIn(given, checks) };
  };

/** What the plain check of a review came to; where there is none, it finds nothing. */
interface Check {
  review: Review;
  checked: Checked;
  /** Why a check has no result, for which its review is not given. */
  failure?: string;
}

const NOTHING: Checked = { objections: [], shown: "" };

/** The plain checks of all reviews at once, each within its time. */
async function checksBy(reviews: readonly Review[], { draft, found }: State, timeoutMs: number) {
  const branches = reviews.flatMap(({ name, check }) =>
    check ? [{ who: checkOf(name), work: async () => check(draft, found), timeoutMs }] : [],
  );
  const outcomes = await parallel(branches, "all");
  return reviews.map((review): Check => {
    const outcome = outcomes.find(({ who }) => who === checkOf(review.name));
    if (!outcome) return { review, checked: NOTHING };
    if (outcome.status === "ok") return { review, checked: outcome.value };
    const failure = `its plain check ${outcome.status.replace("_", " ")}: ${outcome.why}`;
    return { review, checked: NOTHING, failure };
  });
}

const checkOf = (review: string) => `${review}: check`;

/** A reviewer's verdict, which does not approve what the plain checks object to; one that cannot be read is none. */
async function verdictOf(review: Review, checked: Checked, state: State, context: NodeConfig["context"]) {
  const { draft } = state;
  const prompt = prompts.judge({ ...materialOf(state), draft, review, checked: checked.shown });
  const question = { role: review.name, prompt, name: "Verdict", schema: Verdict };
  const { approved, objections } = await structuredOrThrow(question, context);
  return {
    approved: approved && checked.objections.length === 0,
    objections: [...checked.objections, ...objections],
  };
}

/** What is to be mended: by the verdicts, and by the plain checks of the reviews that were not given. */
function raisedIn(given: readonly Outcome<Verdict>[], checks: readonly Check[]): Raised[] {
  return checks.flatMap(({ review, checked }, at) => {
    const outcome = given[at];
    const raised = outcome?.status === "ok" ? outcome.value.objections : checked.objections;
    return raised.map((objection) => ({ ...objection, by: review.name }));
  });
}

/** Whether every review was given and approves. */
export const isApproved = ({ reviews }: Pick<State, "reviews">) => {
  const { given, missing } = parted(reviews);
  return given.length > 0 && missing.length === 0 && given.every(({ value }) => value.approved);
};

const revised = ask({
  role: "editor",
  prompt: (state) =>
    prompts.optimise({ ...materialOf(state), draft: state.draft, objections: state.objections }),
  into: "draft",
});

/** Revises the draft once by the objections to it. */
export async function optimise(state: State, config: NodeConfig) {
  const { draft, ...spent } = await revised(state, config);
  return { ...spent, draft, previous: state.draft, revisions: state.revisions + 1 };
}

/** What comes out: the last draft with the sources that it cites, and why it was not revised further. */
export function finalize(state: State, ended: Ending | undefined) {
  const { draft, found } = state;
  const sources = citedIn(draft, found);
  return { article: draft, approved: isApproved(state), sources, ended: ended ?? null };
}
