import { findPassages, type NodeConfig, numberingAfter } from "../../src/nodes/index.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import type { Perspective } from "./perspectives.ts";
import { query } from "./prompts.ts";
import type { State } from "./state.ts";

const search = documentSearch();

/**
 * Searches the documents for the question, and once for each perspective, all at once. What is found is
 * numbered over all searches, so that everyone's citations mean the same.
 */
export async function findFor(
  question: string,
  perspectives: readonly Perspective[],
  context: NodeConfig["context"],
) {
  const queries = [question, ...perspectives.map((each) => query(question, each))];
  const results = await findPassages(search, queries, context);
  const { number, shown: found } = numberingAfter([]);
  const [common = [], ...own] = results.map((passages) => passages.map((each) => number(each).id));
  const material = perspectives.map(({ name }, at) => ({
    perspective: name,
    sources: [...new Set([...(own[at] ?? []), ...common])].sort((a, b) => a - b),
  }));
  return { found, material };
}

/** The sources that a perspective is shown. */
export function shownTo({ name }: Perspective, { found, material }: State) {
  const ids = material.find(({ perspective }) => perspective === name)?.sources ?? [];
  return found.filter(({ id }) => ids.includes(id));
}
