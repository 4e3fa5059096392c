import type { CatalogueEntry } from "../src/cli/catalogue.ts";

/** Every workflow of this package; listing them loads none. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "review-loop",
    summary: "Researches, outlines and writes an article, then reviews and revises it until it is approved.",
    input: "topic",
    load: () => import("./review-loop/graph.ts"),
  },
  {
    name: "supervisor",
    summary:
      "Plans a task, delegates it to specialists for code, research and QA, and answers out of their reports.",
    input: "task",
    load: () => import("./supervisor/graph.ts"),
  },
  {
    name: "router",
    summary:
      "Classifies a task, and gives it to the one branch that fits: research, writing or a generalist.",
    input: "task",
    load: () => import("./router/graph.ts"),
  },
  {
    name: "fan-out",
    summary:
      "Looks at a question from several perspectives at once, and answers out of those that came in time.",
    input: "question",
    load: () => import("./fan-out/graph.ts"),
  },
  {
    name: "task-dag",
    summary:
      "Divides a task into subtasks, does each as soon as what it depends on is there, and answers out of them.",
    input: "task",
    load: () => import("./task-dag/graph.ts"),
  },
  {
    name: "support",
    summary:
      "Answers a customer's inquiry out of the documents, asks for what is missing, and escalates to a human agent.",
    input: "inquiry",
    load: () => import("./support/graph.ts"),
  },
];
