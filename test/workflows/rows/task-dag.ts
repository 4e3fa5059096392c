import { taskDag } from "../../../graphs/index.ts";
import { defineTaskDag } from "../../../graphs/task-dag/graph.ts";
import type { Counted, Row } from "../row.ts";
import { searching, searchingFor, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => taskDag,
  input: { task: TASK },
  answers: searching(),
  atOnce: 2,
  counted: [
    { parameters: { subtasks: 4, turns: 1, choices: 0 }, graph: () => taskDag, answers: searchingFor(1) },
    researching({ subtasks: 3, turns: 2, choices: 0 }),
    researching({ subtasks: 7, turns: 6, choices: 0 }),
    researching({ subtasks: 7, turns: 6, choices: 7 }),
  ],
};

/** A plan of so many subtasks, each for a researcher, which a model gives out where there are choices. */
function researching(parameters: Record<"subtasks" | "turns" | "choices", number>): Counted {
  const { subtasks, turns, choices } = parameters;
  const subtask = (_: unknown, at: number) => ({
    id: `part-${at}`,
    title: `Part ${at}`,
    description: `Do part ${at}.`,
    agent: "researcher",
    dependsOn: at > 1 ? [`part-${at - 2}`] : [],
    complexity: "low",
  });
  return {
    parameters,
    graph: () => defineTaskDag({ assignBy: choices > 0 ? "model" : "plan" }).graph,
    answers: searchingFor(turns, {
      Plan: () => ({ subtasks: Array.from({ length: subtasks }, subtask) }),
      Delegation: () => ({ to: "researcher", reason: "It is research." }),
    }),
  };
}
