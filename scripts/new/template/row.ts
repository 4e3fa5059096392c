import { writerAnswers } from "../../../test/endpoint/server.ts";
import type { Row } from "../../../test/workflows/row.ts";
import { searching, TASK } from "../../../test/workflows/searching.ts";
import { defineMyFlow, graph } from "./graph.ts";

export const row: Omit<Row, "name"> = {
  graph: () => graph,
  input: { task: TASK },
  answers: searching(),
  counted: [1, 2, 3].map((maxReviews) => ({
    parameters: { maxReviews },
    graph: () => defineMyFlow({ maxReviews }).graph,
    answers: writerAnswers({ Verdict: () => REJECTED }),
  })),
};

/** The same from the first review to the last: the loop goes as far as it may. */
const REJECTED = {
  approved: false,
  objections: [{ aspect: "completeness", problem: "It names no case.", change: "Name one." }],
};
