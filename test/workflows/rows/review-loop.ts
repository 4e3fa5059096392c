import { reviewLoop } from "../../../graphs/index.ts";
import { defineReviewLoop } from "../../../graphs/review-loop/graph.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { type Answer, type EndpointRequest, promptOf, text, writerAnswers } from "../../endpoint/server.ts";
import type { Counted, Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => reviewLoop,
  input: { topic: TASK },
  answers: searching(),
  counted: [rejecting(3), rejecting(1), rejecting(7)],
};

/** A reviewer who never approves, and a writer who goes on revising. */
function rejecting(maxReviews: number): Counted {
  return {
    parameters: { maxReviews },
    graph: () => defineReviewLoop({ maxReviews }).graph,
    answers: revising(),
  };
}

function revising(): Answer {
  const others = writerAnswers({ Verdict: rejected });
  return (request) => {
    const isRevision = blocksOf(promptOf(request.body)).some(({ name }) => name === "objections");
    return isRevision ? text(`${draftIn(request)}\n\nRevised once more.`) : others(request);
  };
}

const draftIn = ({ body }: EndpointRequest) =>
  blocksOf(promptOf(body)).find(({ name }) => name === "draft")?.text ?? "";

function rejected(request: EndpointRequest) {
  const problem = `The draft of ${draftIn(request).length} characters names no case.`;
  return { approved: false, objections: [{ aspect: "completeness", problem, change: "Name one." }] };
}
