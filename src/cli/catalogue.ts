import type { AnyGraph } from "../runtime/graph.ts";

/** A workflow as the command line and services list it. */
export interface CatalogueEntry {
  /** Kebab-case: the command's argument, the folder, the key in `langgraph.json`. */
  name: string;
  /** One sentence. */
  summary: string;
  /** The channel of the input that plain text goes to. */
  input: string;
  load: () => Promise<{ graph: AnyGraph }>;
}
