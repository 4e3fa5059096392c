import { z } from "zod";
import { definePipeline, type Material, pipeline, type Stage } from "../../../graphs/index.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { citationsOf } from "../../../src/nodes/index.ts";
import { type Answer, type EndpointRequest, promptOf, textOf, writerAnswers } from "../../endpoint/server.ts";
import type { NamedAnswers } from "../../endpoint/writer-answers.ts";
import type { Row } from "../row.ts";
import { TASK } from "../searching.ts";

const blocksIn = ({ body }: EndpointRequest, name: string) =>
  blocksOf(promptOf(body)).filter((block) => block.name === name);

const notesIn = (request: EndpointRequest) => blocksIn(request, "notes")[0]?.text ?? "";

/** Stages as they should be: each source is quoted, each statement is a record, and each record is cited. */
const VALID: NamedAnswers = {
  Statements: (request) => ({
    statements: blocksIn(request, "source").map(({ attributes, text }) => ({
      claim: `Source ${attributes["id"]} states the main point.`,
      quote: text.split(".")[0],
      source: Number(attributes["id"]),
    })),
  }),
  Records: (request) => ({
    records: notesIn(request)
      .split("\n")
      .map((line, at) => ({
        topic: "The main point",
        claim: line,
        statements: [at + 1],
        sources: citationsOf(line),
      })),
    dropped: [],
  }),
  Digest: (request) => {
    const cited = citationsOf(notesIn(request)).map((id) => `[${id}]`);
    return { text: `The sources agree on the main point ${cited.join(", ")}.` };
  },
};

/** Answers that are valid only once their request has been corrected so often. */
function correctedOften(corrections: number): Answer {
  const late = Object.entries(VALID).map(([name, valid]) => [
    name,
    (request: EndpointRequest, asked: Parameters<typeof valid>[1]) =>
      correctionsIn(request) < corrections ? { invalid: true } : valid(request, asked),
  ]);
  return writerAnswers(Object.fromEntries(late));
}

const correctionsIn = ({ body }: EndpointRequest) =>
  body.messages.filter((message) => textOf(message).startsWith("That is no valid ")).length;

const Digest = z.object({ text: z.string() });

/** Ten stages that each cite what they were given. */
const rewrites = Array.from(
  { length: 10 },
  (_, at): Stage<Material | z.infer<typeof Digest>, typeof Digest> => ({
    name: `rewrite${at}`,
    role: "editor",
    gives: "Digest",
    schema: Digest,
    prompt: (given) => ("text" in given ? given.text : given.task),
  }),
);

export const row: Omit<Row, "name"> = {
  graph: () => pipeline,
  input: { task: TASK },
  answers: writerAnswers(VALID),
  counted: [
    {
      parameters: { stages: 3, corrections: 2 },
      graph: () => pipeline,
      answers: correctedOften(2),
    },
    {
      parameters: { stages: 10, corrections: 1 },
      graph: () => definePipeline({ stages: rewrites, maxCorrections: 1 }).graph,
      answers: correctedOften(1),
    },
    {
      parameters: { stages: 3, corrections: 0 },
      graph: () => definePipeline({ maxCorrections: 0 }).graph,
    },
  ],
};
