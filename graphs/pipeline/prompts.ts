import { block, prompt, sourceBlock } from "../../src/models/prompt.ts";
import type { Source } from "../../src/state/passage.ts";
import { GIVEN } from "./material.ts";
import type { Material } from "./stage.ts";
import type { Records, Statements } from "./state.ts";

export const extract = ({ task, sources }: Material) =>
  prompt(
    "You extract statements. Take out of the sources what bears on the task.",
    block("task", task),
    ...sources.map(shown),
    block(
      "instructions",
      "Give each statement as a claim that can be understood by itself, with the quote that says so and the number of its source. Copy a quote character by character, from one source, without leaving anything out of its middle. Take every statement that bears on the task, in the order of the sources, and none that does not; say nothing that no quote supports. If the sources say nothing on the task, give an empty list.",
    ),
  );

export const transform = ({ statements }: Statements, { task, sources }: Material) =>
  prompt(
    "You put statements in order. Make records of the statements below, for someone who has the task.",
    block("task", task),
    ...sources
      .filter(({ id }) => statements.some(({ source }) => source === id))
      .map(({ id, title }) => block("source", "", { id, title })),
    block(
      "notes",
      statements.map(({ claim, source }, at) => `${at + 1}. ${oneLine(claim)} [${source}]`).join("\n"),
      {
        of: "statements",
      },
    ),
    block(
      "instructions",
      "Statements that say the same become one record; otherwise each is a record of its own. Give each record a topic: records of one topic have the same heading and stand behind each other, and what answers the task first comes first. A record names the numbers of all its statements (the first number of a line) and of all their sources (the number in brackets), and claims no more than they do. Every statement is in a record, or is dropped with the reason: none may be lost.",
    ),
  );

export const format = ({ records }: Records, { task }: Material) =>
  prompt(
    "You are an editor. Make the records below readable, for someone who has the task.",
    block("task", task),
    block("notes", recordsInWords(records), { of: "records" }),
    block(
      "instructions",
      "Write Markdown: a table if the task asks for one, or if all records have the same form; otherwise a digest, with a heading for each topic and what answers the task at the top. Cite behind each claim the numbers that stand behind its record, such as [1], cite every one of them, and list no sources at the end. Say nothing that no record says.",
    ),
  );

/** Records under their topics, each with the sources that it rests on. */
export function recordsInWords(records: Records["records"]): string {
  const topics = [...new Set(records.map(({ topic }) => topic))];
  const lines = (topic: string) =>
    records
      .filter((record) => record.topic === topic)
      .map(({ claim, sources }) => `- ${oneLine(claim)} ${sources.map((id) => `[${id}]`).join("")}`);
  return topics.map((topic) => `### ${topic}\n\n${lines(topic).join("\n")}`).join("\n\n");
}

const oneLine = (text: string) => text.replace(/\s+/g, " ");

/** A source; one of the given text says so, for then it is the matter itself and was not searched for. */
const shown = (source: Source) =>
  source.file === GIVEN
    ? block("source", source.text, { id: source.id, title: source.title, given: "yes" })
    : sourceBlock(source);
