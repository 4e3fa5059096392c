import { definePlanExecute } from "../../../graphs/plan-execute/graph.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { type EndpointRequest, promptOf } from "../../endpoint/server.ts";
import type { NamedAnswers } from "../../endpoint/writer-answers.ts";
import type { Counted, Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => definePlanExecute().graph,
  input: { task: TASK },
  answers: searching(rejectingFirst({ steps: 2, times: 1 })),
  counted: [counted(3, 2), counted(1, 1), counted(2, 3)],
};

/** The worst that can happen within the bounds: as many setbacks as there may be new plans, and then every step. */
function counted(maxSteps: number, maxReplans: number): Counted {
  return {
    parameters: { maxSteps, maxReplans, turns: 1 },
    graph: () => definePlanExecute({ maxSteps, maxReplans }).graph,
    answers: searching(rejectingFirst({ steps: maxSteps, times: maxReplans })),
  };
}

/** A plan of so many steps, whose first is rejected so many times. */
function rejectingFirst({ steps, times }: { steps: number; times: number }): NamedAnswers {
  const blocksIn = ({ body }: EndpointRequest, name: string) =>
    blocksOf(promptOf(body)).filter((block) => block.name === name);
  const stepOf = (at: number, attempt: number) => ({
    id: `part-${at}`,
    title: `Part ${at}`,
    instruction: `Do part ${at}, in way ${attempt}.`,
    doneWhen: "There is a report.",
  });
  const planned = (request: EndpointRequest) => {
    const tries = blocksIn(request, "objections").length;
    return {
      steps: Array.from({ length: steps }, (_, at) => stepOf(at + 1, at === 0 ? tries + 1 : 1)),
      givenUp: "",
    };
  };
  const verdict = (request: EndpointRequest) => {
    const [, part, way] = /part (\d+), in way (\d+)/.exec(blocksIn(request, "task")[0]?.text ?? "") ?? [];
    const approved = part !== "1" || Number(way) > times;
    const objection = { aspect: "accuracy", problem: "That is another matter.", change: "Keep to the step." };
    return { approved, objections: approved ? [] : [objection] };
  };
  return { Steps: planned, Verdict: verdict };
}
