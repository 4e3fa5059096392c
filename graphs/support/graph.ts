/**
 * Answer a customer's inquiry: ask the customer for what is missing, and a human agent where one is needed.
 *
 * Stops when the resolution is delivered, or when the human agent closes the case. After `maxQuestions`
 * questions with something still missing, or before a question is asked again, a human agent decides; so it
 * is for an answer that rests on no document, unless one has decided before.
 *
 *     START → receive → assess → ask → assess
 *                              → resolve → deliver → END
 *                                        → escalate
 *                              → escalate → resolve | deliver | END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, nodesFor, withSources } from "../../src/nodes/index.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { type Deliver, sending } from "./delivery.ts";
import { assess, resolve } from "./nodes.ts";
import { escalation, question } from "./people.ts";
import { Input, Output, type State, SupportState } from "./state.ts";

const MAX_QUESTIONS = 3;
const MAX_ESCALATIONS = 1;

const { askHuman, resetting } = nodesFor(SupportState);

/** What may differ from one support workflow to another. */
export interface SupportOptions {
  /** Questions to the customer before a human agent decides; at least 1. */
  maxQuestions?: number;
  /** Sends a resolution to the customer: at most once, as `effect` promises. Without it the output is all. */
  deliver?: Deliver;
}

/** A support workflow with a bound of one's own. */
export function defineSupport({ maxQuestions = MAX_QUESTIONS, deliver }: SupportOptions = {}) {
  const limit = bound("maxQuestions", maxQuestions);
  const send = sending(deliver);
  const handOver = async (state: State) => ({
    receipt: await send(state.inquiries, result(state)),
    status: "resolved" as const,
  });
  const afterAssess = ({ assessments, exchanges }: State) => {
    const { next = "escalate", question = "" } = assessments.at(-1) ?? {};
    const asked = exchanges.map((exchange) => exchange.question);
    return next === "ask" && (asked.length >= limit || asked.includes(question)) ? "escalate" : next;
  };

  const workflow = new StateGraph(SupportState, schemas(Input, Output))
    .addNode("receive", resetting(FRESH, receive))
    .addNode("assess", assess)
    .addNode("ask", askHuman(question))
    .addNode("resolve", resolve)
    .addNode("escalate", askHuman(escalation))
    .addNode("deliver", handOver)
    .addEdge(START, "receive")
    .addEdge("receive", "assess")
    .addConditionalEdges("assess", afterAssess, ["ask", "resolve", "escalate"])
    .addEdge("ask", "assess")
    .addConditionalEdges("resolve", afterResolve, ["deliver", "escalate"])
    .addConditionalEdges("escalate", afterEscalate, ["resolve", "deliver", END])
    .addEdge("deliver", END);

  return compiled({ name: "support", workflow, result });
}

const FRESH = {
  assessments: EMPTY,
  exchanges: EMPTY,
  rulings: EMPTY,
  facts: [],
  questions: 0,
  resolution: "",
  status: null,
  by: null,
  sources: [],
  receipt: null,
};

const receive = async ({ inquiries }: State) => ({ inquiries: inquiries + 1 });

const afterResolve = ({ sources, rulings }: State) =>
  sources.length === 0 && rulings.length < MAX_ESCALATIONS ? "escalate" : "deliver";

function afterEscalate({ rulings }: State) {
  const action = rulings.at(-1)?.action;
  if (action === "instruct") return "resolve";
  return action === "take_over" ? "deliver" : END;
}

/** The resolution with its sources, as far as it has come. */
export function result({ resolution = "", sources = [] }: Partial<State>): string {
  return withSources(resolution, sources);
}

export const { workflow, graph } = defineSupport();
