/**
 * Look at a question from several perspectives at once, and answer out of what they say.
 *
 * Stops after one round: with a synthesis where enough perspectives gave an opinion by the policy, and
 * otherwise with what is missing and why. A perspective has `timeoutMs`, its retries included.
 *
 *     START → research → consult → synthesize → END
 *                                → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  compiled,
  findFor,
  joined,
  type NodeConfig,
  nodesFor,
  parallel,
  section,
  withSources,
} from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, type Policy, parted, policyFor } from "../../src/outcomes/outcome.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { gathered, opinionOf } from "./nodes.ts";
import { PERSPECTIVES, type Perspective, perspectivesIn } from "./perspectives.ts";
import * as prompts from "./prompts.ts";
import { FanOutState, Input, Output, type State } from "./state.ts";

const TIMEOUT_MS = 30_000;

const { compose, resetting } = nodesFor(FanOutState);

/** What may differ from one fan-out to another. */
export interface FanOutOptions {
  /** 1 to 100, with unique names. */
  perspectives?: readonly Perspective[];
  /** How long each perspective may take, its retries included, in milliseconds. */
  timeoutMs?: number;
  /** How many perspectives have to answer; half of them, rounded up, unless given. */
  policy?: Policy;
}

/** A fan-out with perspectives of one's own. */
export function defineFanOut(options: FanOutOptions = {}) {
  const perspectives = perspectivesIn(options.perspectives ?? PERSPECTIVES);
  const timeoutMs = bound("timeoutMs", options.timeoutMs ?? TIMEOUT_MS);
  const half = { quorum: Math.ceil(perspectives.length / 2) };
  const policy = policyFor(options.policy ?? half, perspectives.length);

  const research = async ({ question }: State, { context }: NodeConfig) => {
    const seekers = perspectives.map((each) => ({ who: each.name, query: prompts.query(question, each) }));
    return findFor(search, { question, seekers }, context);
  };
  const consult = async (state: State, { context }: NodeConfig) => {
    const branches = perspectives.map((perspective) => ({
      who: perspective.name,
      work: () => opinionOf(perspective, state, context),
      timeoutMs,
    }));
    return gathered(state, await parallel(branches, policy), policy);
  };

  const workflow = new StateGraph(FanOutState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, research))
    .addNode("consult", consult)
    .addNode("synthesize", synthesize)
    .addEdge(START, "research")
    .addEdge("research", "consult")
    .addConditionalEdges("consult", afterConsult, ["synthesize", END])
    .addEdge("synthesize", END);

  return compiled({ name: "fan-out", workflow, result });
}

const FRESH = { answer: "", status: null, opinions: [], gap: null, sources: [] };

const search = documentSearch();

const afterConsult = ({ status }: State) => (status === "sufficient" ? "synthesize" : END);

/** Puts the opinions together; the answer cites nothing that they do not. */
const synthesize = compose({
  role: "synthesizer",
  prompt: ({ question, opinions }: State) => prompts.synthesize({ question, ...parted(opinions) }),
  sources: ({ sources }: State) => sources,
  into: { text: "answer", sources: "sources" },
});

/** The answer with its sources and with who is missing; or the opinions so far, and what they lack. */
export function result(
  { answer, opinions = [], gap, sources = [] }: Partial<State>,
  finished: readonly Outcome<string>[] = [],
): string {
  const { given, missing } = parted(opinions.length > 0 ? opinions : finished);
  const text = joined(
    gap && `Too few perspectives gave an opinion: ${gap.given}, where ${gap.needed} are needed.`,
    ...(answer ? [answer] : given.map(({ who, value }) => section(who, value))),
    section("Missing perspectives", missingInWords(missing)),
  );
  return withSources(text, sources);
}

export const { workflow, graph } = defineFanOut();
