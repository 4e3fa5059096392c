import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { notify } from "../events/notices.ts";
import { Note, Passage, type Source } from "../state/passage.ts";
import { numberingAfter } from "./citations.ts";
import { structuredOrThrow } from "./decide.ts";
import type { NodeConfig } from "./fields.ts";
import { type ToolResult, toolCall, toolsFor } from "./tool-call.ts";

const Notes = z.object({
  notes: z.array(Note).describe("What the sources say on the task; empty if they say nothing."),
});

/** Reading by a role, in what a search tool finds. */
export interface ResearchOptions<State, NotesField extends string, SourcesField extends string> {
  role: string;
  /** What to search for; several questions are searched at once. */
  query: (state: State) => string | readonly string[];
  /** Writes the prompt from the state and what was found. */
  prompt: (state: State, sources: Source[]) => string;
  /** Takes `{ query }`, and gives `Passage[]` as its artifact. */
  search: StructuredToolInterface;
  into: { notes: NotesField; sources: SourcesField };
}

/**
 * A node that searches, numbers what it finds as sources, and takes notes of it: one tool call a question, and
 * one model call if anything was found. A note on a source that was not found is dropped, and said.
 */
export function research<State, NotesField extends string, SourcesField extends string>(
  options: ResearchOptions<State, NotesField, SourcesField>,
) {
  const { role, query, prompt, search, into } = options;
  return async (state: State, { context }: NodeConfig) => {
    const sources = await findSources(search, [query(state)].flat(), context);
    const question = { role, prompt: prompt(state, sources), name: "Notes", schema: Notes };
    const { notes } = sources.length > 0 ? await structuredOrThrow(question, context) : { notes: [] };
    const kept = notes.filter(({ source }) => sources.some(({ id }) => id === source));
    if (kept.length < notes.length) {
      notify({
        type: "note",
        text: `${notes.length - kept.length} notes named a source that does not exist; dropped.`,
      });
    }
    return { [into.notes]: kept, [into.sources]: sources } as Record<NotesField, Note[]> &
      Record<SourcesField, Source[]>;
  };
}

/**
 * What a search finds on each of some questions, numbered together as sources, each passage once. One tool
 * call a question; one that fails finds nothing, which is said.
 */
export async function findSources(
  search: StructuredToolInterface,
  queries: readonly string[],
  context: NodeConfig["context"],
): Promise<Source[]> {
  const { number, shown } = numberingAfter([]);
  for (const passage of (await findPassages(search, queries, context)).flat()) number(passage);
  return shown;
}

/** The same, by question and without numbers. */
export async function findPassages(
  search: StructuredToolInterface,
  queries: readonly string[],
  context: NodeConfig["context"],
): Promise<Passage[][]> {
  const [tool = search] = toolsFor([search], context);
  const results = await Promise.all(queries.map((query) => toolCall(tool, { query })));
  const found = results.map((result) => passagesOf(tool.name, result));
  if (found.every((passages) => passages?.length === 0)) {
    notify({ type: "note", text: `No document has anything on: ${queries.join("; ")}` });
  }
  return found.map((passages) => passages ?? []);
}

/** Undefined where there is nothing that can be cited, which is said. */
function passagesOf(tool: string, { content, artifact, ok }: ToolResult): Passage[] | undefined {
  const passages = z.array(Passage).safeParse(artifact);
  if (ok && passages.success) return passages.data;
  notify({ type: "note", text: `${tool} found nothing that can be cited: ${content.slice(0, 200)}` });
  return undefined;
}
