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
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import {
  citationsOf,
  findSources,
  type NodeConfig,
  nodesFor,
  withoutDangling,
  withSources,
} from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import { EMPTY, log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { Source } from "../../src/state/passage.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { type Deliver, sending } from "./delivery.ts";
import { escalation, question } from "./people.ts";
import * as prompts from "./prompts.ts";
import { Assessment, Exchange, Fact, Ruling } from "./state.ts";

const MAX_QUESTIONS = 3;
const MAX_ESCALATIONS = 1;

const Input = z.strictObject({
  inquiry: z.string().trim().min(1).describe("What the customer wants, in the customer's words."),
});

const Output = z.object({
  resolution: z
    .string()
    .describe("What the customer is told, citing its sources as [1], or why it was closed."),
  status: z.enum(["resolved", "closed"]).describe("How the case ended."),
  by: z.enum(["agent", "human"]).describe("Whose words the resolution is."),
  facts: z.array(Fact).describe("What the customer told of the case."),
  questions: z.number().int().describe("How many questions the customer was asked."),
  sources: z.array(Source).describe("The sources that the resolution cites."),
  receipt: z.unknown().describe("What the channel to the customer says of the delivery; null without one."),
});

export const SupportState = new StateSchema({
  ...Input.shape,
  inquiries: z.number().int().default(0).describe("How many inquiries the thread has seen."),
  found: z.array(Source).describe("What the last search found."),
  assessments: log(Assessment, "Where the inquiry stood, oldest first."),
  exchanges: log(Exchange, "What the customer was asked, and answered."),
  rulings: log(Ruling, "What a human agent ruled."),
  ...Output.shape,
});

type State = typeof SupportState.State;

const { ask, askHuman, resetting, route } = nodesFor(SupportState);

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

  const workflow = new StateGraph(SupportState, {
    input: described(Input),
    output: described(Output),
    context: RunContext,
  })
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

  const graph = workflow
    .compile({ name: "support", checkpointer: defaultCheckpointer() })
    .withConfig(OWN_BOUNDS);
  registerAnswer(workflow, result);
  return { workflow, graph, result };
}

const FRESH = {
  assessments: EMPTY,
  exchanges: EMPTY,
  rulings: EMPTY,
  facts: [],
  questions: 0,
  resolution: "",
  sources: [],
  receipt: null,
};

const receive = async ({ inquiries }: State) => ({ inquiries: inquiries + 1 });

const search = documentSearch();

const assessed = route({
  role: "assessor",
  prompt: prompts.assess,
  name: "Assessment",
  schema: Assessment,
  otherwise: (fault, { facts }): Assessment => ({
    facts,
    missing: [],
    next: "escalate",
    question: "",
    reason: `No valid assessment: ${fault}`,
  }),
  into: "assessments",
});

async function assess(state: State, config: NodeConfig) {
  const found = await findSources(search, saidIn(state), config.context);
  const { assessments: assessment } = await assessed({ ...state, found }, config);
  return { found, facts: assessment.facts, assessments: assessment };
}

const saidIn = ({ inquiry, exchanges }: State) => [inquiry, ...exchanges.map(({ answer }) => answer)];

const written = ask({ role: "writer", prompt: prompts.resolve, into: "resolution" });

/** Answers out of the documents; what the answer cites without having been shown it is taken out. */
async function resolve(state: State, config: NodeConfig) {
  const found = await findSources(search, [...saidIn(state), ...instructedIn(state)], config.context);
  const resolution = withoutDangling((await written({ ...state, found }, config)).resolution, found);
  const cited = citationsOf(resolution);
  return { found, resolution, by: "agent" as const, sources: found.filter(({ id }) => cited.includes(id)) };
}

const instructedIn = ({ rulings }: State) =>
  rulings.flatMap((ruling) => (ruling.action === "instruct" ? [ruling.instruction] : []));

const afterResolve = ({ sources, rulings }: State) =>
  sources.length === 0 && rulings.length < MAX_ESCALATIONS ? "escalate" : "deliver";

function afterEscalate({ rulings }: State) {
  const action = rulings.at(-1)?.action;
  if (action === "instruct") return "resolve";
  return action === "take_over" ? "deliver" : END;
}

/** The resolution with its sources, as far as it has come. */
export const result = ({ resolution = "", sources = [] }: Partial<State>): string =>
  withSources(resolution, sources);

export const { workflow, graph } = defineSupport();
