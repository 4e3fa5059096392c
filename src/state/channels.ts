import { ReducedValue } from "@langchain/langgraph";
import { z } from "zod";
import { NOTHING_SPENT, Spent, sumOf } from "../outcomes/spend.ts";

/** The update that empties a log or an account: a new run on a used thread begins with it. */
export const EMPTY = "empty" as const;

/**
 * A channel that keeps every value a node writes, oldest first.
 *
 * A node writes one entry, a list of entries, or `EMPTY`. Each node that writes returns only what
 * it adds, so that parallel branches do not overwrite each other.
 */
export function log<Entry extends z.ZodType>(entry: Entry, description?: string) {
  type Value = z.infer<Entry>;
  const list = z.array(entry).default(() => []);
  return new ReducedValue(description === undefined ? list : list.describe(description), {
    inputSchema: z.union([entry, z.array(entry), z.literal(EMPTY)]),
    reducer: (entries: Value[], next: Value | Value[] | typeof EMPTY): Value[] =>
      next === EMPTY ? [] : [...entries, ...(Array.isArray(next) ? next : [next])],
  });
}

/** What a node spent; `afresh` where it begins a new account. */
const SpentUpdate = Spent.extend({ afresh: z.boolean().optional() });

/**
 * A channel for what the nodes of a state have spent, which routers and terminations may read: it changes with
 * checkpoints alone. Under the name `spent` it is filled by every shared node of the state.
 */
export function spending() {
  const nothing: Spent = { ...NOTHING_SPENT, low: false };
  return new ReducedValue(Spent.default(() => nothing).describe("What the nodes have spent so far."), {
    inputSchema: z.union([SpentUpdate, z.literal(EMPTY)]),
    reducer: (spent: Spent, next: z.infer<typeof SpentUpdate> | typeof EMPTY): Spent => {
      if (next === EMPTY) return nothing;
      return { ...sumOf(next.afresh ? nothing : spent, next), low: next.low };
    },
  });
}
