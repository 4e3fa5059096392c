import type { CatalogueEntry } from "../src/cli/catalogue.ts";

/** Every workflow of this package; listing them loads none. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "review-loop",
    summary: "Researches, outlines and writes an article, then reviews and revises it until it is approved.",
    input: "topic",
    load: () => import("./review-loop/graph.ts"),
  },
];
