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
];
