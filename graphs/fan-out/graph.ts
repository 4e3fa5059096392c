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
import { HumanMessage } from "@langchain/core/messages";
import { END, START, StateGraph } from "@langchain/langgraph";
import { modelCall } from "../../src/models/call.ts";
import {
  citationsOf,
  type NodeConfig,
  nodesFor,
  parallel,
  withoutDangling,
  withSources,
} from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import {
  decided,
  missingInWords,
  type Outcome,
  type Policy,
  parted,
  policyFor,
} from "../../src/outcomes/outcome.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import { findFor, shownTo } from "./material.ts";
import { PERSPECTIVES, type Perspective, perspectivesIn } from "./perspectives.ts";
import * as prompts from "./prompts.ts";
import { FanOutState, Input, Output, type State } from "./state.ts";

const TIMEOUT_MS = 30_000;

const { ask, resetting } = nodesFor(FanOutState);

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

  const research = async ({ question }: State, { context }: NodeConfig) =>
    findFor(question, perspectives, context);
  const consult = async (state: State, { context }: NodeConfig) => {
    const branches = perspectives.map((perspective) => ({
      who: perspective.name,
      work: () => opinionOf(perspective, state, context),
      timeoutMs,
    }));
    return concluded(state, await parallel(branches, policy), policy);
  };
  const afterConsult = ({ status }: State) => (status === "sufficient" ? "synthesize" : END);

  const workflow = new StateGraph(FanOutState, {
    input: described(Input),
    output: described(Output),
    context: RunContext,
  })
    .addNode("research", resetting(FRESH, research))
    .addNode("consult", consult)
    .addNode("synthesize", synthesize)
    .addEdge(START, "research")
    .addEdge("research", "consult")
    .addConditionalEdges("consult", afterConsult, ["synthesize", END])
    .addEdge("synthesize", END);

  const graph = workflow
    .compile({ name: "fan-out", checkpointer: defaultCheckpointer() })
    .withConfig(OWN_BOUNDS);
  registerAnswer(workflow, result);
  return { workflow, graph, result };
}

const FRESH = { answer: "", status: null, opinions: [], gap: null, sources: [] };

/** One perspective's opinion; it cites nothing that it was not shown. */
async function opinionOf(perspective: Perspective, state: State, context: NodeConfig["context"]) {
  const shown = shownTo(perspective, state);
  const asked = new HumanMessage(prompts.consider(state.question, perspective, shown));
  const { message } = await modelCall({ role: perspective.name, messages: [asked] }, context);
  return withoutDangling(message.text, shown);
}

function concluded({ found }: State, opinions: State["opinions"], policy: Policy) {
  const { status, ...gap } = decided(opinions, policy);
  const said = parted(opinions).given.flatMap(({ value }) => citationsOf(value));
  const sources = found.filter(({ id }) => said.includes(id));
  return { opinions, sources, status, gap: "needed" in gap ? gap : null };
}

const written = ask({
  role: "synthesizer",
  prompt: ({ question, opinions }) => prompts.synthesize({ question, ...parted(opinions) }),
  into: "answer",
});

/** Puts the opinions together; the answer cites nothing that they do not. */
async function synthesize(state: State, config: NodeConfig) {
  const answer = withoutDangling((await written(state, config)).answer, state.sources);
  const cited = citationsOf(answer);
  return { answer, sources: state.sources.filter(({ id }) => cited.includes(id)) };
}

/** The answer with its sources and with who is missing; or the opinions so far, and what they lack. */
export function result(
  { answer, opinions = [], gap, sources = [] }: Partial<State>,
  finished: readonly Outcome<string>[] = [],
): string {
  const { given, missing } = parted(opinions.length > 0 ? opinions : finished);
  const parts = [
    gap && `Too few perspectives gave an opinion: ${gap.given}, where ${gap.needed} are needed.`,
    answer || given.map(({ who, value }) => `## ${who}\n\n${value.trim()}`).join("\n\n"),
    missing.length > 0 && `## Missing perspectives\n\n${missingInWords(missing)}`,
  ];
  return withSources(parts.filter((part) => part).join("\n\n"), sources);
}

export const { workflow, graph } = defineFanOut();
