import { defineFanOut } from "../../../graphs/fan-out/graph.ts";
import { fanOut } from "../../../graphs/index.ts";
import type { Counted, Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => fanOut,
  input: { question: TASK },
  answers: searching(),
  atOnce: 4,
  counted: [{ parameters: { perspectives: 4 }, graph: () => fanOut }, consulting(1), consulting(9)],
};

/** So many perspectives, all of which answer. */
function consulting(perspectives: number): Counted {
  const given = Array.from({ length: perspectives }, (_, at) => ({
    name: `view-${at}`,
    brief: `Side ${at}.`,
  }));
  return { parameters: { perspectives }, graph: () => defineFanOut({ perspectives: given }).graph };
}
