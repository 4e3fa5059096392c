import { z } from "zod";
import { defineSupport } from "../../../graphs/support/graph.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import type { Outbox } from "../../crash/outbox.ts";
import {
  type Answer,
  askedOf,
  type EndpointRequest,
  promptOf,
  text,
  writerAnswers,
} from "../../endpoint/server.ts";
import type { Counted, Row } from "../row.ts";
import { TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: ({ deliver }) => defineSupport({ deliver }).graph,
  input: { inquiry: TASK },
  answers: writerAnswers({ Assessment: askThenEscalate }),
  human: forSupport,
  differs: ["before"],
  counted: [asking(3), asking(1), asking(5)],
};

/** The customer is asked once; what is still missing then is for a human agent. */
function askThenEscalate({ body }: EndpointRequest) {
  const asked = blocksOf(promptOf(body)).some(({ attributes }) => attributes["question"]);
  return {
    facts: [],
    missing: ["the version"],
    next: asked ? "escalate" : "ask",
    question: asked ? "" : "Which version is it?",
    reason: "The version decides it.",
  };
}

const Asked = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("question") }),
  z.object({ kind: z.literal("escalation") }),
  z.object({ kind: z.literal("effect"), idempotencyKey: z.string() }),
]);

/** The customer, the human agent, and whoever looks up what was sent. */
function forSupport(question: unknown, outbox: Outbox): unknown {
  const asked = Asked.parse(question);
  if (asked.kind === "question") return "I do not know.";
  if (asked.kind === "escalation") return { action: "instruct", instruction: "Answer for every version." };
  const result = outbox.receiptOf(asked.idempotencyKey);
  return result ? { did: true, result } : { did: false };
}

/** All the questions, then an answer that cites nothing, which a human agent sends back. */
function asking(maxQuestions: number): Counted {
  return {
    parameters: { maxQuestions },
    graph: () => defineSupport({ maxQuestions }).graph,
    answers: citingNothing(maxQuestions),
  };
}

function citingNothing(questions: number): Answer {
  const others = writerAnswers({
    Assessment: ({ body }) => {
      const asked = blocksOf(promptOf(body)).filter(({ attributes }) => attributes["question"]).length;
      const next = asked < questions ? "ask" : "resolve";
      return { facts: [], missing: [], next, question: `What is detail ${asked}?`, reason: "It is next." };
    },
  });
  return (request) => (askedOf(request.body) ? others(request) : text("The sources agree on nothing."));
}
