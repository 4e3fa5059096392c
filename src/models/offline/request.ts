import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { type AnswerForm, type Block, type BlockName, blocksOf } from "../prompt.ts";
import { isWithoutMaterial } from "./no-material.ts";
import { type Outline, readOutline } from "./outline.ts";
import { relevantStatements } from "./research.ts";
import { fromNotes, fromReport, fromResult, fromSource, headingOf, type Statement } from "./statements.ts";
import { stems } from "./words.ts";

/** What a tool answered, and to what. */
interface ToolResult {
  name: string;
  args: Record<string, unknown>;
  text: string;
}

/** A request as the offline model reads it: the task, the form of the answer, and the material. */
export interface Request {
  task: string;
  form: AnswerForm;
  blocks: readonly Block[];
  results: readonly ToolResult[];
}

const FORMS: readonly AnswerForm[] = ["outline", "article", "revision", "plan", "answer", "report"];
const KEPT_FROM_EARLIER: readonly BlockName[] = ["source", "notes", "report"];

/**
 * Reads the last message of a human that holds blocks, with the material of the earlier ones and the
 * tools' results after it. A message without any block is the task itself.
 */
export function readRequest(messages: readonly BaseMessage[]): Request {
  const asked = messages.filter((message) => HumanMessage.isInstance(message));
  const request = asked.findLast((message) => blocksOf(message.text).length > 0) ?? asked.at(-1);
  const own = blocksOf(request?.text ?? "");
  const earlier = asked
    .slice(0, request ? asked.indexOf(request) : 0)
    .flatMap((message) => blocksOf(message.text))
    .filter(({ name }) => KEPT_FROM_EARLIER.includes(name));
  const blocks = [...earlier, ...own];
  const form = own.findLast(({ name }) => name === "instructions")?.attributes["form"];
  const task = textOf(own, "task") || (request ? outsideOf(request.text, own) : "");
  return {
    task: [task, ...exchangesIn(own).map(({ answer }) => answer)].join("\n"),
    form: FORMS.find((each) => each === form) ?? "answer",
    blocks,
    results: resultsIn(messages.slice(request ? messages.indexOf(request) : 0)),
  };
}

/** The text of all blocks of a name. */
export const textOf = (blocks: readonly Block[], wanted: BlockName) =>
  blocks
    .filter(({ name }) => name === wanted)
    .map(({ text }) => text)
    .join("\n\n")
    .trim();

/** What a person was asked on the task, and answered: each a context with its question. */
export const exchangesIn = (blocks: readonly Block[]) =>
  blocks
    .filter(({ name, attributes }) => name === "context" && "question" in attributes)
    .map(({ attributes, text }) => ({ question: attributes["question"] ?? "", answer: text }));

const outsideOf = (text: string, blocks: readonly Block[]) =>
  blocks.length === 0 ? text.trim() : text.replace(/<([a-z]+)[^>]*>\n[\s\S]*?\n<\/\1>/g, " ").trim();

function resultsIn(messages: readonly BaseMessage[]): ToolResult[] {
  const calls = messages
    .filter((message) => AIMessage.isInstance(message))
    .flatMap((message) => message.tool_calls ?? []);
  return messages
    .filter((message) => ToolMessage.isInstance(message))
    .map((message) => {
      const call = calls.find(({ id }) => id === message.tool_call_id);
      const text = textOf(blocksOf(message.text), "material") || message.text;
      return { name: call?.name ?? message.name ?? "", args: call?.args ?? {}, text };
    });
}

/** The sources of a prompt and of the searches after it. */
export const sourcesOf = ({ blocks, results }: Request): Block[] =>
  [...blocks, ...results.flatMap(({ text }) => blocksOf(text))].filter(({ name }) => name === "source");

/** The notes, as statements, under the headings of the sources that they come from, where those are given. */
function notesOf(request: Request): Statement[] {
  const notes = request.blocks.filter(({ name }) => name === "notes").flatMap(fromNotes);
  const said = sourcesOf(request).flatMap(fromSource);
  return notes.map((note) => {
    const ofSource = said.filter(({ numbers }) => numbers.some((number) => note.numbers.includes(number)));
    const origin = ofSource.find(({ text }) => text === note.text) ?? ofSource[0];
    const heading = note.heading || origin?.heading || titleOf(note, request);
    return { ...note, heading };
  });
}

/** The heading of the source that a note cites; prompts may name a source without its text. */
const titleOf = ({ numbers }: Statement, request: Request): string =>
  headingOf(
    sourcesOf(request).find(({ attributes }) => numbers.includes(Number(attributes["id"])))?.attributes[
      "title"
    ] ?? "",
  );

/** The outline, empty if there is none. */
export const outlineOf = ({ blocks }: Request): Outline => readOutline(textOf(blocks, "outline"));

/** What a tool said in plain words; a failure, and the word of a search that it found nothing, say nothing. */
const plainResults = ({ results }: Request): Statement[] =>
  results
    .filter(
      ({ text, args }) => blocksOf(text).length === 0 && !/^\s*error\b/i.test(text) && !("query" in args),
    )
    .filter(({ text }) => text.trim() !== "" && !isWithoutMaterial(text))
    .flatMap(({ text, name }) =>
      text.length <= 300
        ? [fromResult(text)]
        : fromReport({ name: "report", attributes: { from: name }, text }),
    );

/** The words that tell the perspective which the answer is wanted from; none if it is wanted from none. */
export const angleOf = ({ blocks }: Request): string[] =>
  stems(
    textOf(
      blocks.filter(({ attributes }) => "perspective" in attributes),
      "context",
    ),
  );

/**
 * What an answer may be composed of: the tools' results, then the notes or, without notes, what the
 * sources say on the task, then the reports.
 */
export function materialOf(request: Request): Statement[] {
  const notes = notesOf(request);
  const reports = request.blocks.filter(({ name, text }) => name === "report" && !isWithoutMaterial(text));
  const documents =
    notes.length > 0 ? notes : relevantStatements(request.task, sourcesOf(request), angleOf(request));
  return [...plainResults(request), ...documents, ...reports.flatMap(fromReport)];
}

/** All that a draft may cite: the notes and every sentence of the sources. */
export const evidenceOf = (request: Request): Statement[] => [
  ...notesOf(request),
  ...sourcesOf(request).flatMap(fromSource),
];
