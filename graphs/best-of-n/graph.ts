/**
 * Make several attempts at a task at once, by different approaches, temperatures or models, and select the best.
 *
 * Stops after one round: with the attempt that has the highest score, over two comparisons that show the candidates
 * in opposite orders, in places drawn by lot from the task. With two candidates each place is had once by each. With
 * three or more, both orders cancel what the first and the last place gain; what the middle gains they do not, and the
 * lot only sees to it that not always the same variant has it. `selection` says how the attempt was chosen: by the
 * scores, as the only candidate, as the first one where no comparison can be had, or not at all where every attempt
 * failed. An attempt has `timeoutMs`, its retries included.
 *
 *     START → research → attempt → select → END
 *                                → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  citedIn,
  compiled,
  findSources,
  type NodeConfig,
  nodesFor,
  parallel,
} from "../../src/nodes/index.ts";
import { parted } from "../../src/outcomes/outcome.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { made } from "./attempting.ts";
import { CRITERIA, type Criterion, criteriaIn } from "./criteria.ts";
import { result } from "./result.ts";
import { chosenFrom, NONE } from "./selecting.ts";
import { BestOfNState, Input, Output, type State } from "./state.ts";
import { type Attempt, attemptsOf, VARIANTS, type Variant } from "./variants.ts";

const ATTEMPTS = 3;
const MAX_ATTEMPTS = 10;
const TIMEOUT_MS = 60_000;

const { resetting } = nodesFor(BestOfNState);

/** What may differ from one best-of-n to another. */
export interface BestOfNOptions {
  /** 2 to 10; as many as there are variants where those are two or more, and 3 otherwise. */
  attempts?: number;
  /** What sets the attempts apart; taken in turn where there are fewer than attempts. */
  variants?: readonly Variant[];
  /** How long each attempt may take, its retries included, in milliseconds. */
  timeoutMs?: number;
  /** What candidates are scored by: 1 to 10. */
  criteria?: readonly Criterion[];
}

/** A best-of-n with attempts of one's own. */
export function defineBestOfN(options: BestOfNOptions = {}) {
  const { variants } = options;
  const usual = variants && variants.length > 1 ? variants.length : ATTEMPTS;
  const count = bound("attempts", options.attempts ?? usual, { least: 2, most: MAX_ATTEMPTS });
  const attempts = attemptsOf(variants ?? VARIANTS.slice(0, count), count);
  const timeoutMs = bound("timeoutMs", options.timeoutMs ?? TIMEOUT_MS);
  const criteria = criteriaIn(options.criteria ?? CRITERIA);

  const attempt = async (state: State, { context }: NodeConfig) => {
    const work = (each: Attempt) => () => made(each, state, context);
    const branches = attempts.map((each) => ({ who: each.who, work: work(each), timeoutMs }));
    const ended = await parallel(branches, "best_effort");
    return { attempts: ended, selection: parted(ended).given.length > 0 ? null : NONE };
  };
  const select = async (state: State, { context }: NodeConfig) => {
    const candidates = parted(state.attempts).given;
    const choice = await chosenFrom(candidates, criteria, state, context);
    const answer = candidates.find(({ who }) => who === choice.selection.attempt)?.value ?? "";
    return { answer, ...choice, sources: citedIn(answer, state.found) };
  };
  const afterAttempt = ({ selection }: State) => (selection === null ? "select" : END);

  const workflow = new StateGraph(BestOfNState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, research))
    .addNode("attempt", attempt)
    .addNode("select", select)
    .addEdge(START, "research")
    .addEdge("research", "attempt")
    .addConditionalEdges("attempt", afterAttempt, ["select", END])
    .addEdge("select", END);

  return compiled({ name: "best-of-n", workflow, result });
}

const FRESH = { answer: "", selection: null, scores: [], attempts: [], sources: [] };

const search = documentSearch();

const research = async ({ task }: State, { context }: NodeConfig) => ({
  found: await findSources(search, [task], context),
});

export { result };
export const { workflow, graph } = defineBestOfN();
