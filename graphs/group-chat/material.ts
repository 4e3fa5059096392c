import { findFor, findPassages, type NodeConfig, numberingAfter } from "../../src/nodes/index.ts";
import { spokenIn } from "../../src/outcomes/turn.ts";
import type { Role } from "../../src/roles/role.ts";
import type { Source } from "../../src/state/passage.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { query } from "./prompts.ts";
import { PERSON, type State } from "./state.ts";

const search = documentSearch();

/** Searches the documents for the topic, and once for what each speaker is good at. */
export function findForAll(
  speakers: readonly Role[],
  { topic }: Pick<State, "topic">,
  { context }: NodeConfig,
): ReturnType<typeof findFor> {
  const seekers = speakers.map((each) => ({ who: each.name, query: query(topic, each) }));
  return findFor(search, { question: topic, seekers }, context);
}

/**
 * What the documents say on the person's last words, as long as nobody has answered them: whoever had its turn since
 * has failed. A new passage gets a number that neither a passage nor a citation has.
 */
export async function findOnWords(
  { turns, found }: Pick<State, "turns" | "found">,
  { context }: NodeConfig,
): Promise<Source[]> {
  const spoken = spokenIn(turns);
  const last = spoken.at(-1);
  if (last?.who !== PERSON) return [];
  const { number } = numberingAfter([
    { text: spoken.map(({ value }) => value.text).join("\n\n"), sources: found },
  ]);
  const passages = await findPassages(search, [last.value.text], context);
  return passages.flat().map(number);
}
