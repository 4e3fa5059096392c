import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { Source } from "../state/passage.ts";
import { numberingAfter } from "./citations.ts";
import type { NodeConfig } from "./fields.ts";
import { findPassages } from "./research.ts";

/** What one of several readers is shown of what was found. */
export const Material = z.object({
  who: z.string().describe("Who is shown it."),
  sources: z.array(z.number()).describe("The numbers of the sources that it is shown."),
});
export type Material = z.infer<typeof Material>;

/** Someone on whose behalf is searched. */
export interface Seeker {
  who: string;
  query: string;
}

/**
 * Searches for a question, and once on behalf of each of several readers, all at once. What is found is numbered over
 * all searches, so that everyone's citations mean the same.
 */
export async function findFor(
  search: StructuredToolInterface,
  { question, seekers }: { question: string; seekers: readonly Seeker[] },
  context: NodeConfig["context"],
): Promise<{ found: Source[]; material: Material[] }> {
  const queries = [question, ...seekers.map(({ query }) => query)];
  const results = await findPassages(search, queries, context);
  const { number, shown: found } = numberingAfter([]);
  const [common = [], ...own] = results.map((passages) => passages.map((each) => number(each).id));
  const material = seekers.map(({ who }, at) => ({
    who,
    sources: [...new Set([...(own[at] ?? []), ...common])].sort((a, b) => a - b),
  }));
  return { found, material };
}

/** The sources that one of the readers is shown. */
export function shownTo(
  reader: string,
  { found, material }: { found: readonly Source[]; material: readonly Material[] },
): Source[] {
  const ids = material.find(({ who }) => who === reader)?.sources ?? [];
  return found.filter(({ id }) => ids.includes(id));
}
