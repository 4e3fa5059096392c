import { defineContentPipeline } from "../../../graphs/content-pipeline/graph.ts";
import { REVIEWS } from "../../../graphs/content-pipeline/reviews.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { type Answer, promptOf, text } from "../../endpoint/server.ts";
import type { Counted, Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => defineContentPipeline().graph,
  input: { topic: TASK },
  answers: searching(),
  atOnce: 3,
  counted: [counted(3, 1), counted(3, 3), counted(1, 2)],
};

/** The worst that can happen within the bounds: every revision is another text, and no review ever approves. */
function counted(reviews: number, maxRevisions: number): Counted {
  return {
    parameters: { reviews, maxRevisions },
    graph: () => defineContentPipeline({ maxRevisions, reviews: REVIEWS.slice(0, reviews) }).graph,
    answers: objecting(),
  };
}

/** Answers whose reviews never approve, and whose revisions are longer each time. */
function objecting(): Answer {
  const objection = { aspect: "clarity", problem: "It could be clearer.", change: "Say it again." };
  const others = searching({ Verdict: () => ({ approved: false, objections: [objection] }) });
  return (request) => {
    const blocks = blocksOf(promptOf(request.body));
    const draft = blocks.find(({ name }) => name === "draft")?.text;
    const isRevision = blocks.some(({ attributes }) => attributes["form"] === "revision");
    return isRevision ? text(`${draft}\n\nAgain, in other words.`) : others(request);
  };
}
