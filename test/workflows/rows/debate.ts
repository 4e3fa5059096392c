import { debate, defineDebate } from "../../../graphs/index.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { type EndpointRequest, promptOf } from "../../endpoint/server.ts";
import type { Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

const FIVE = ["red", "orange", "green", "blue", "violet"].map((name) => ({ name, stance: `It is ${name}.` }));

export const row: Omit<Row, "name"> = {
  graph: () => debate,
  input: { question: TASK },
  answers: searching({ Speech: stubborn, Judgement: () => SPLIT }),
  counted: [
    { parameters: { positions: 2, maxRounds: 2 }, graph: () => debate },
    {
      parameters: { positions: 5, maxRounds: 3 },
      graph: () => defineDebate({ positions: FIVE, maxRounds: 3 }).graph,
    },
  ],
};

/** A speech for the position that the prompt tells, by the number of what was said before it. */
function stubborn({ body }: EndpointRequest) {
  const blocks = blocksOf(promptOf(body));
  const holds = blocks.find(({ attributes }) => "perspective" in attributes)?.attributes["perspective"];
  const before = blocks.filter(({ name }) => name === "report").length;
  return { argument: `The sources agree on ${before} points [1].`, holds };
}

/** A judge for whom neither side has the better of it. */
const SPLIT = { winner: null, reasons: ["Both cite the same [1]."], dissent: [], confidence: 0.5 };
