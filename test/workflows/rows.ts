import { catalogue } from "../../graphs/catalogue.ts";
import type { Row } from "./row.ts";

/** The row of a workflow, which stands in a file of the workflow's name. */
export async function rowOf(name: string): Promise<Row> {
  const { row }: { row: Omit<Row, "name"> } = await import(`./rows/${name}.ts`);
  return { name, ...row };
}

/** The rows of the whole catalogue, in its order. */
export const rows = (): Promise<Row[]> => Promise.all(catalogue.map(({ name }) => rowOf(name)));
