/**
 * Have several speakers talk about a topic, and conclude out of what they said.
 *
 * Stops as soon as every speaker's last turn says that the matter is settled, after `maxRounds` rounds, by a condition
 * of one's own, when fewer than two speakers are left, or when the budget is nearly spent. A round is one turn of one
 * speaker, the choice of the speaker included. Where a speaker says the same words again, the run suspends as stalled.
 * A person is asked to take part never, at the end, or at every turn; what the person says is searched for as well.
 *
 *     START → research → choose → speak → choose | consult | conclude
 *                                         consult → choose | conclude
 *                                                            conclude → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import type { z } from "zod";
import { compiled, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { Outcome } from "../../src/outcomes/outcome.ts";
import { agreement, budgetLow, either, rounds, type Termination } from "../../src/outcomes/termination.ts";
import { tooFewLeft } from "../../src/outcomes/turn.ts";
import type { Role } from "../../src/roles/role.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { choiceOf, type Next, nextIn } from "./choosing.ts";
import { conclusionOf } from "./concluding.ts";
import { findForAll } from "./material.ts";
import { consultationAt } from "./people.ts";
import { resultOf } from "./result.ts";
import { SPEAKERS, speakersIn } from "./speakers.ts";
import { GroupChatState, Input, Output, type State } from "./state.ts";
import { nextRemark, roundsMade, sameWords, unsettledIn } from "./talking.ts";

const MAX_ROUNDS = 10;

const { askHuman, counted, resetting, stallable } = nodesFor(GroupChatState);

/** What may differ from one group chat to another. */
export interface GroupChatOptions {
  /** 2 to 10 roles, with names of their own. */
  speakers?: readonly z.input<typeof Role>[];
  /** Who speaks next: in turn, as a manager's model says, or as a function of the state does. */
  next?: Next;
  /** Rounds, each a turn of one speaker, before the chat is concluded; at least 1. */
  maxRounds?: number;
  /** Ends the chat besides. */
  until?: Termination<State>;
  /** Whether who spoke last may be chosen again at once. */
  allowRepeats?: boolean;
}

/** A group chat with speakers, an order and an end of one's own. */
export function defineGroupChat(options: GroupChatOptions = {}) {
  const speakers = speakersIn(options.speakers ?? SPEAKERS);
  const names = speakers.map(({ name }) => name);
  const limit = bound("maxRounds", options.maxRounds ?? MAX_ROUNDS);
  const next = nextIn(options.next ?? "round_robin");
  const { allowRepeats = false, until = () => undefined } = options;
  const over = either<State>(
    tooFewLeft(names, ({ turns }) => turns),
    agreement(({ turns }) => unsettledIn(names, turns).length === 0, "all think that the matter is settled"),
    until,
    rounds(limit, ({ turns }) => roundsMade(turns)),
    budgetLow(({ spent }) => spent),
  );
  const research = (state: State, config: NodeConfig) => findForAll(speakers, state, config);
  const choose = async (state: State, config: NodeConfig) => ({
    choices: await choiceOf({ speakers, next, allowRepeats }, state, config),
  });
  const speak = (state: State, config: NodeConfig) => nextRemark(speakers, state, config);
  const conclude = (state: State, config: NodeConfig) => conclusionOf(names, over(state), state, config);
  const { afterSpeak, afterConsult } = routersBy(over);

  const workflow = new StateGraph(GroupChatState, schemas(Input, Output))
    .addNode("research", resetting(FRESH, research))
    .addNode("choose", counted(choose))
    .addNode("speak", stallable(counted(speak), sameWords(over)))
    .addNode("consult", askHuman(consultationAt(over)))
    .addNode("conclude", counted(conclude))
    .addEdge(START, "research")
    .addEdge("research", "choose")
    .addEdge("choose", "speak")
    .addConditionalEdges("speak", afterSpeak, ["choose", "consult", "conclude"])
    .addConditionalEdges("consult", afterConsult, ["choose", "conclude"])
    .addEdge("conclude", END);

  const result = (state: Partial<State>, finished?: readonly Outcome<unknown>[]) =>
    resultOf(names, state, finished);
  return compiled({ name: "group-chat", workflow, result });
}

const FRESH = {
  turns: EMPTY,
  choices: EMPTY,
  rulings: EMPTY,
  spent: EMPTY,
  conclusion: "",
  sources: [],
  ended: null,
};

/** The routers that depend on when the chat is over. */
function routersBy(over: Termination<State>) {
  const onwards = (state: State) => (over(state) ? "conclude" : "choose");
  const afterSpeak = (state: State) => {
    const asks = state.human === "always" || (state.human === "end" && over(state));
    return asks ? "consult" : onwards(state);
  };
  const afterConsult = (state: State) =>
    state.rulings.at(-1)?.action === "finish" ? "conclude" : onwards(state);
  return { afterSpeak, afterConsult };
}

export const { workflow, graph, result } = defineGroupChat();
