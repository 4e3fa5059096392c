import { writerAnswers } from "../endpoint/server.ts";
import type { Row } from "../workflows/row.ts";
import { rowOf as rowOfWorkflow, rows } from "../workflows/rows.ts";
import { TASK } from "../workflows/searching.ts";
import { panel } from "./panel.ts";

/** What no workflow of the catalogue has: see the graph. */
const PANEL: Row = {
  name: "panel",
  graph: () => panel,
  input: { topic: TASK },
  answers: writerAnswers(),
  atOnce: 2,
};

/** Every graph of the harness. */
export const everyRow = async (): Promise<Row[]> => [...(await rows()), PANEL];

/** The row of a graph, by its name. */
export const rowOf = async (name: string): Promise<Row> =>
  name === PANEL.name ? PANEL : rowOfWorkflow(name);
