import { setImmediate } from "node:timers/promises";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { ToolError } from "../errors.ts";
import { splitSentences, withoutCitations } from "../models/offline/sentences.ts";
import { isStopWord, wordCount, words } from "../models/offline/words.ts";
import { boundedTool } from "./bounded.ts";
import { grammarFaults } from "./grammar.ts";
import { lineAt, type Paragraph, paragraphsOf, placeOf } from "./prose.ts";
import { readabilityOf } from "./readability.ts";

/** Something in a text to be looked at. */
const TextFinding = z.object({
  kind: z.enum(["repeated_word", "article", "apostrophe", "redundant_acronym", "long_sentence"]),
  line: z.number().int().positive(),
  quote: z.string().describe("What stands there."),
  suggestion: z.string(),
});
type TextFinding = z.infer<typeof TextFinding>;

/** How an English text reads, by rules. */
export const TextReport = z.object({
  words: z.number().int(),
  sentences: z.number().int(),
  ease: z.number().describe("Flesch's reading ease; 60 to 70 is plain English, more is easier."),
  grade: z.number().describe("Flesch and Kincaid's grade: years of US schooling."),
  findings: z.array(TextFinding).describe("By line; the first ones, where there are many."),
  omitted: z.number().int().describe("How many findings are left out."),
});
export type TextReport = z.infer<typeof TextReport>;

/** The longest text that is checked, in characters. */
export const MAX_CHECKED = 50_000;
/** More words than this make a sentence long. */
const LONG_SENTENCE = 40;
const MAX_FINDINGS = 30;
/** The share of function words below which a text is not English; English has about 45 %. */
const LEAST_ENGLISH = 0.15;

/**
 * The tool `check_text`: the readability of an English text, and faults that rules find: doubled words, a before a
 * vowel, missing apostrophes, redundant acronyms, long sentences. It knows no meaning, and no finding is no proof
 * of good grammar.
 */
export function textChecker(): StructuredToolInterface {
  return boundedTool(
    {
      name: "check_text",
      description:
        "Measures how readable an English text (Markdown) is and lists what simple rules of grammar find, with lines " +
        "and suggestions: doubled words, a/an, missing apostrophes, redundant acronyms, long sentences. It does not " +
        "judge what the text says; for its citations use check_citations.",
      schema: z.object({ text: z.string().min(1).max(MAX_CHECKED).describe("The text, as Markdown.") }),
      readOnly: true,
      cacheKey: "words",
      evidence: true,
    },
    async ({ text }, { signal }) => {
      const report = await checkText(text, signal);
      return { content: textInWords(report), artifact: report };
    },
  );
}

/**
 * How an English text reads; code, headings, citations and addresses do not count. Between two paragraphs others
 * have their turn, and the signal is heeded.
 *
 * @throws ToolError for a text without prose, and for one that is not English
 */
export async function checkText(markdown: string, signal?: AbortSignal): Promise<TextReport> {
  const paragraphs = paragraphsOf(markdown)
    .map((paragraph) => ({ ...paragraph, text: proseIn(paragraph.text) }))
    .filter(({ text }) => wordCount(text) > 0);
  const texts = paragraphs.map(({ text }) => text);
  const all = texts.flatMap(words);
  if (all.length === 0)
    throw new ToolError("The text has no sentences to check. Pass the whole text, not code.");
  if (all.length >= 20 && all.filter(isStopWord).length / all.length < LEAST_ENGLISH) {
    throw new ToolError(
      "The text does not look like English, and the rules are those of English. Judge it yourself.",
    );
  }
  const faults = await faultsIn(paragraphs, signal);
  const findings = faults
    .slice(0, MAX_FINDINGS)
    .map((fault) => findingOf(markdown, fault))
    .sort((a, b) => a.line - b.line);
  return {
    ...(await readabilityOf(texts)),
    findings,
    omitted: faults.length - findings.length,
  };
}

const proseIn = (text: string) =>
  withoutCitations(text)
    .replace(/\bhttps?:\/\/\S{1,2000}/g, "")
    .replace(/ {2,}/g, " ")
    .trim();

/** A fault, and the paragraph that it stands in. */
interface Fault extends Pick<TextFinding, "kind" | "suggestion"> {
  paragraph: Paragraph;
  /** Where it begins in the paragraph's text, and how much of it is quoted at least. */
  at: number;
  length: number;
}

/** The faults of all paragraphs, in their order. */
async function faultsIn(paragraphs: readonly Paragraph[], signal?: AbortSignal): Promise<Fault[]> {
  const found: Fault[] = [];
  for (const paragraph of paragraphs) {
    const faults = (await grammarFaults(paragraph.text)).map(({ kind, at, written, better }) => ({
      kind,
      paragraph,
      at,
      length: written.length,
      suggestion: `Write "${better}" instead of "${written}".`,
    }));
    found.push(...[...faults, ...longSentences(paragraph)].sort((a, b) => a.at - b.at));
    await setImmediate();
    signal?.throwIfAborted();
  }
  return found;
}

function longSentences(paragraph: Paragraph): Fault[] {
  let from = 0;
  return splitSentences(paragraph.text).flatMap((sentence) => {
    const at = placeOf(paragraph.text, sentence, from);
    from = at + sentence.length;
    const length = wordCount(sentence);
    const suggestion = `The sentence has ${length} words: make two of it.`;
    return length > LONG_SENTENCE
      ? [{ kind: "long_sentence" as const, paragraph, at, length: 60, suggestion }]
      : [];
  });
}

/** A fault with its line, which takes a search of the whole text. */
function findingOf(markdown: string, { kind, paragraph, at, length, suggestion }: Fault): TextFinding {
  const line = lineAt(markdown, placeOf(markdown, paragraph.text.slice(at), paragraph.at));
  return { kind, line, quote: around(paragraph.text, at, length), suggestion };
}

/** What stands at a place, with some words around it. */
function around(text: string, at: number, length: number): string {
  const from = text.lastIndexOf(" ", Math.max(0, at - 25)) + 1;
  const to = text.indexOf(" ", at + length + 20);
  return `${from > 0 ? "…" : ""}${text.slice(from, to < 0 ? undefined : to)}${to < 0 ? "" : "…"}`;
}

const EASE: readonly [least: number, meaning: string][] = [
  [80, "easy"],
  [60, "plain English"],
  [50, "fairly difficult"],
  [30, "difficult"],
];

/** A report on a text for a model or a person. */
export function textInWords({ words: count, sentences, ease, grade, findings, omitted }: TextReport): string {
  const meaning = EASE.find(([least]) => ease >= least)?.[1] ?? "very difficult";
  const lines = findings.map(({ line, quote, suggestion }) => `- line ${line}, "${quote}": ${suggestion}`);
  return [
    `${count} words, ${sentences === 1 ? "1 sentence" : `${sentences} sentences`}, ${Math.round(count / sentences)} words a sentence.`,
    `Flesch reading ease: ${ease}, ${meaning} (60 to 70 is plain English, more is easier).`,
    `Flesch-Kincaid grade: ${grade} (years of US schooling that a reader needs).`,
    findings.length === 0 ? "The rules found nothing to change." : `To look at:\n${lines.join("\n")}`,
    ...(omitted > 0 ? [`${omitted} more are left out.`] : []),
  ].join("\n");
}
