import { defineSingle, single } from "../../../graphs/index.ts";
import { writerAnswers } from "../../endpoint/server.ts";
import type { Row } from "../row.ts";
import { searching, searchingOn, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => single,
  input: { task: TASK },
  answers: searching(),
  counted: [1, 3, 6].map((maxTurns) => ({
    parameters: { maxTurns },
    graph: () => defineSingle({ maxTurns }).graph,
    answers: searchingOn(writerAnswers()),
  })),
};
