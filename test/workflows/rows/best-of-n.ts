import { bestOfN, defineBestOfN } from "../../../graphs/index.ts";
import { writerAnswers } from "../../endpoint/server.ts";
import type { NamedAnswers } from "../../endpoint/writer-answers.ts";
import type { Row } from "../row.ts";
import { TASK } from "../searching.ts";

/** Every candidate once, with scores that fall from the first to the last. */
const Scores: NamedAnswers[string] = (_, { schema }) => {
  const { candidate, scores } = schema?.properties?.["candidates"]?.items?.properties ?? {};
  return {
    candidates: (candidate?.enum ?? []).map((label, at) => ({
      candidate: label,
      scores: Object.fromEntries(Object.keys(scores?.properties ?? {}).map((name) => [name, 9 - at / 2])),
      reason: `Candidate ${label} says what the sources say.`,
    })),
  };
};

const counted = (attempts: number) => ({
  parameters: { attempts },
  graph: () => defineBestOfN({ attempts }).graph,
});

export const row: Omit<Row, "name"> = {
  graph: () => bestOfN,
  input: { task: TASK },
  answers: writerAnswers({ Scores }),
  atOnce: 3,
  counted: [counted(2), counted(3), counted(10)],
};
