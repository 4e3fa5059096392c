/**
 * Debate a question from opposing positions, and have a judge decide it.
 *
 * Stops as soon as all speakers hold the same position, after `maxRounds` rounds, when a round says only what the one
 * before has said, when fewer than two speakers are left, or when the budget is nearly spent; then the judge decides.
 * In a round every position speaks once, shown what each of the others said last, and each round begins with another
 * one. A speaker whose model fails, or whose speech cannot be read, is out.
 *
 *     START → research → speak → speak | judge
 *                                judge → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import type { z } from "zod";
import { compiled, findFor, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import { agreement, budgetLow, either, noProgress, rounds } from "../../src/outcomes/termination.ts";
import { tooFewLeft } from "../../src/outcomes/turn.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { decisionOf } from "./judge.ts";
import { commonGround, roundsInWords, roundsMade } from "./order.ts";
import { POSITIONS, type Position, positionsIn } from "./positions.ts";
import * as prompts from "./prompts.ts";
import { result } from "./result.ts";
import { nextSpeech } from "./speech.ts";
import { DebateState, Input, Output, type State } from "./state.ts";

const MAX_ROUNDS = 2;
const MAX_PASSAGES = 8;

const { counted, resetting } = nodesFor(DebateState);

/** What may differ from one debate to another. */
export interface DebateOptions {
  /** 2 to 5, with names of their own; for and against unless given. */
  positions?: readonly z.input<typeof Position>[];
  /** Rounds before the judge decides; at least 1. */
  maxRounds?: number;
}

/** A debate with positions and a bound of one's own. */
export function defineDebate({ positions: given = POSITIONS, maxRounds = MAX_ROUNDS }: DebateOptions = {}) {
  const positions = positionsIn(given);
  const names = positions.map(({ name }) => name);
  const limit = bound("maxRounds", maxRounds);
  const over = either<State>(
    tooFewLeft(names, ({ speeches }) => speeches),
    agreement(({ speeches }) => commonGround(names, speeches) !== undefined, "all hold the same position"),
    rounds(limit, ({ speeches }) => roundsMade(names, speeches)),
    noProgress("round", ({ speeches }) => roundsInWords(names, speeches)),
    budgetLow(({ spent }) => spent),
  );
  const research = async ({ question }: State, { context }: NodeConfig) => {
    const seekers = positions.map((each) => ({ who: each.name, query: prompts.query(question, each) }));
    return findFor(search, { question, seekers }, context);
  };
  const speak = async (state: State, config: NodeConfig) => ({
    speeches: await nextSpeech(positions, limit, state, config),
  });
  const judge = (state: State, config: NodeConfig) => decisionOf(positions, over, state, config);
  const afterSpeak = (state: State) => (over(state) ? "judge" : "speak");

  const workflow = new StateGraph(DebateState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, research))
    .addNode("speak", counted(speak))
    .addNode("judge", counted(judge))
    .addEdge(START, "research")
    .addEdge("research", "speak")
    .addConditionalEdges("speak", afterSpeak, ["speak", "judge"])
    .addEdge("judge", END);

  return compiled({ name: "debate", workflow, result });
}

const FRESH = { speeches: EMPTY, spent: EMPTY, decision: null, sources: [], ended: null };

const search = documentSearch({ limit: MAX_PASSAGES });

export { result };
export const { workflow, graph } = defineDebate();
