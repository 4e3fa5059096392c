import { ReducedValue } from "@langchain/langgraph";
import { z } from "zod";

/** The update that empties a log: a new run on a used thread begins with it. */
export const EMPTY = "empty" as const;

/**
 * A channel that keeps every value a node writes, oldest first.
 *
 * A node writes one entry, a list of entries, or `EMPTY`. Each node that writes returns only what
 * it adds, so that parallel branches do not overwrite each other.
 */
export function log<Entry extends z.ZodObject>(entry: Entry, description?: string) {
  type Value = z.infer<Entry>;
  const list = z.array(entry).default(() => []);
  return new ReducedValue(description === undefined ? list : list.describe(description), {
    inputSchema: z.union([entry, z.array(entry), z.literal(EMPTY)]),
    reducer: (entries: Value[], next: Value | Value[] | typeof EMPTY): Value[] =>
      next === EMPTY ? [] : [...entries, ...(Array.isArray(next) ? next : [next])],
  });
}
