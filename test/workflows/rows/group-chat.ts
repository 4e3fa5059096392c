import { defineGroupChat, groupChat } from "../../../graphs/index.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { type EndpointRequest, promptOf } from "../../endpoint/server.ts";
import type { Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

const THREE = ["ann", "bob", "cid"].map((name) => ({ name, goal: `Be ${name}.` }));

export const row: Omit<Row, "name"> = {
  graph: () => groupChat,
  input: { topic: TASK },
  answers: searching({ Remark: unsettled }),
  counted: [
    { parameters: { maxRounds: 10, choices: 0 }, graph: () => groupChat },
    {
      parameters: { maxRounds: 4, choices: 4 },
      graph: () => defineGroupChat({ speakers: THREE, next: "manager", maxRounds: 4 }).graph,
    },
  ],
};

/** A remark that settles nothing, by the number of what was said before it. */
function unsettled({ body }: EndpointRequest) {
  const before = blocksOf(promptOf(body)).filter(({ name }) => name === "report").length;
  return { text: `The sources agree on ${before} points [1].`, finished: false };
}
