import { findSources, type NodeConfig, numberingAfter } from "../../src/nodes/index.ts";
import type { Source } from "../../src/state/passage.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { readMarkdown } from "../../src/tools/markdown.ts";
import { passagesOf } from "../../src/tools/passages.ts";
import type { State } from "./state.ts";

/** What a given text is called among the sources. */
export const GIVEN = "given text";

const search = documentSearch();

/** What a pipeline works on: the passages of the given text, or else those that a search finds for the task. */
export async function materialOf(
  { task, text }: Pick<State, "task" | "text">,
  context: NodeConfig["context"],
): Promise<Source[]> {
  return text.trim() ? passagesIn(text) : findSources(search, [task], context);
}

function passagesIn(text: string): Source[] {
  const { number, shown } = numberingAfter([]);
  const passages = passagesOf(GIVEN, readMarkdown(text), { withCode: true });
  for (const { title, file, heading, text } of passages) number({ title, file, heading, text });
  return shown;
}
