import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { type AnswerForm, type Block, type BlockName, blocksOf } from "../prompt.ts";
import { isWithoutMaterial } from "./no-material.ts";
import { type Outline, readOutline } from "./outline.ts";
import { type Angle, angleOn, LENGTHS } from "./ranking.ts";
import { relevantStatements } from "./research.ts";
import { fromNotes, fromReport, fromResult, fromSource, headingOf, type Statement } from "./statements.ts";
import { stem, stems, topicWords } from "./words.ts";

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
export function notesOf(request: Request): Statement[] {
  const notes = request.blocks.filter(({ name }) => name === "notes").flatMap(fromNotes);
  const said = sourcesOf(request).flatMap(fromSource);
  return notes.map((note) => {
    const ofSource = said.filter(({ numbers }) => numbers.some((number) => note.numbers.includes(number)));
    const origin = ofSource.find(({ text }) => text === note.text) ?? ofSource[0];
    const heading = note.heading || origin?.heading || sourceHeadingOf(note, request);
    return { ...note, heading };
  });
}

/** The heading of the source that a statement cites; prompts may name a source without its text. */
export const sourceHeadingOf = ({ numbers }: Pick<Statement, "numbers">, request: Request): string =>
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

/** What is said of the perspective which the answer is wanted from, without the task's own words; none if it is wanted from none. */
export const perspectiveOf = (request: Request): string[] => {
  const asked = new Set(stems(request.task));
  return topicWords(saidUnder("perspective", request)).filter((word) => !asked.has(stem(word)));
};

/** What the contexts with an attribute say. */
const saidUnder = (attribute: string, { blocks }: Request) =>
  textOf(
    blocks.filter(({ attributes }) => attribute in attributes),
    "context",
  );

const SHORT = /\b(?:short|brief|concise|few)\b/i;
const LONG = /\b(?:thorough|complete|detailed|every)\b/i;

/**
 * The perspective that an answer is wanted from: it leans far, and begins with its own; or the approach, by which it
 * leans a little, and is as long as that says.
 */
export function angleOf(request: Request): Angle {
  const perspective = perspectiveOf(request).map(stem);
  if (perspective.length > 0) return angleOn(perspective);
  const approach = saidUnder("approach", request);
  const length = SHORT.test(approach) ? "short" : LONG.test(approach) ? "long" : "usual";
  return { words: stems(approach), weight: 2.5, leads: false, most: LENGTHS[length] };
}

/**
 * What an answer may be composed of: the tools' results, then the notes or, without notes, what the
 * sources say on the task, then the reports.
 */
export function materialOf(request: Request): Statement[] {
  const notes = notesOf(request);
  const blocks = [...request.blocks, ...request.results.flatMap(({ text }) => blocksOf(text))];
  const reports = blocks.filter(({ name, text }) => name === "report" && !isWithoutMaterial(text));
  const reported = reports
    .flatMap(fromReport)
    .map((each) => ({ ...each, heading: each.heading || sourceHeadingOf(each, request) }));
  const documents =
    notes.length > 0 ? notes : relevantStatements(request.task, sourcesOf(request), angleOf(request));
  return [...plainResults(request), ...documents, ...reported];
}

/** All that a draft may cite: the notes and every sentence of the sources. */
export const evidenceOf = (request: Request): Statement[] => [
  ...notesOf(request),
  ...sourcesOf(request).flatMap(fromSource),
];
