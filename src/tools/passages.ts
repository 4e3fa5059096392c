import type { Passage } from "../state/passage.ts";
import type { Piece, PlainDocument } from "./pieces.ts";

/** The most words that a passage has, but for a short rest that it takes along. */
export const MAX_WORDS = 200;
/** The words that a passage has at about, where a section is cut. */
const TARGET_WORDS = 160;
/** A rest of fewer words stays with the passage before it. */
const LEAST_WORDS = 40;
/** Characters that count as a word at least: where nothing separates words, length does. */
const LONG_WORD = 12;

/** A passage with what finds it beside its text. */
export interface IndexedPassage extends Passage {
  /** The headings above the passage's own, outermost first. */
  outline: string;
  /** The code that stands in the passage's section. */
  code: string;
}

interface Section {
  headings: { level: number; text: string }[];
  pieces: Piece[];
}

/**
 * Cuts a document into passages: one for each section, and several of about equal length for a long one.
 * Code is kept beside their text, or stands in it where it was written.
 */
export function passagesOf(
  file: string,
  document: PlainDocument,
  { withCode = false }: { withCode?: boolean } = {},
): IndexedPassage[] {
  const name = document.title ?? nameOf(file);
  return sectionsOf(document.pieces).flatMap(({ headings, pieces }) => {
    const heading = headings.at(-1)?.text ?? "";
    const title = heading && heading !== name ? `${name} › ${heading}` : name;
    const outline = headings
      .slice(0, -1)
      .map(({ text }) => text)
      .join(" ");
    const code = pieces.flatMap((found) => (found.kind === "code" ? [found.text] : [])).join("\n");
    return cut(pieces, withCode).map((text) => ({ title, file, heading, text, outline, code }));
  });
}

/** A number for a text's length that means words in most languages, and does not fail in the others. */
export function wordsIn(text: string): number {
  const words = text.match(/\S+/g) ?? [];
  return words.reduce((sum, word) => sum + Math.max(1, Math.ceil(word.length / LONG_WORD)), 0);
}

function sectionsOf(pieces: Piece[]): Section[] {
  let current: Section = { headings: [], pieces: [] };
  const sections = [current];
  for (const found of pieces) {
    if (found.kind === "heading") {
      const above = current.headings.filter(({ level }) => level < found.level);
      current = { headings: [...above, found], pieces: [] };
      sections.push(current);
    } else current.pieces.push(found);
  }
  return sections;
}

function cut(pieces: Piece[], withCode: boolean): string[] {
  const parts = pieces.flatMap((found) =>
    found.kind === "code" && withCode ? codeParts(found.text) : shortPieces(found),
  );
  const total = parts.reduce((sum, part) => sum + part.words, 0);
  const target = total <= MAX_WORDS ? MAX_WORDS : total / Math.ceil(total / TARGET_WORDS);
  const passages: string[] = [];
  let text = "";
  let words = 0;
  for (const part of parts) {
    const full = words + part.words > MAX_WORDS || (words + part.words / 2 > target && !text.endsWith(":"));
    if (text && full) {
      passages.push(text);
      text = "";
      words = 0;
    }
    text += text ? part.joint + part.text : part.text;
    words += part.words;
  }
  const before = passages.at(-1);
  if (!text || before === undefined || words >= LEAST_WORDS) return text ? [...passages, text] : passages;
  return [...passages.slice(0, -1), `${before}\n\n${text}`];
}

interface Part {
  text: string;
  words: number;
  /** What stands between this part and the one before. */
  joint: string;
}

/** A piece, or its sentences where it alone is too long for a passage. */
function shortPieces(found: Piece): Part[] {
  if (found.kind === "heading" || found.kind === "code") return [];
  const words = wordsIn(found.text);
  const joint = found.kind === "line" ? "\n" : "\n\n";
  if (words <= MAX_WORDS) return [{ text: found.text, words, joint }];
  return found.text.split(/(?<=[.!?]["'”’)]?) |(?<=[。！？])/u).flatMap((sentence, index) =>
    fragments(sentence).map((text, at) => ({
      text,
      words: wordsIn(text),
      joint: index === 0 && at === 0 ? joint : " ",
    })),
  );
}

/** Code in fences, cut between lines where it is too long for a passage. */
function codeParts(code: string): Part[] {
  const blocks: string[] = [];
  for (const line of code.split("\n").flatMap(fragments)) {
    const open = blocks.at(-1);
    const longer = open === undefined ? line : `${open}\n${line}`;
    if (open !== undefined && wordsIn(longer) <= MAX_WORDS) blocks[blocks.length - 1] = longer;
    else blocks.push(line);
  }
  return blocks.map((text) => ({
    text: `\`\`\`\n${text}\n\`\`\``,
    words: wordsIn(text),
    joint: "\n\n",
  }));
}

/** A sentence, cut by force where it alone is too long for a passage. */
function fragments(sentence: string): string[] {
  if (wordsIn(sentence) <= MAX_WORDS) return [sentence];
  const pieces: string[] = [];
  let words: string[] = [];
  let count = 0;
  for (const word of sentence.split(" ").flatMap((long) => long.match(/.{1,1000}/gsu) ?? [])) {
    const more = wordsIn(word);
    if (count + more > MAX_WORDS && words.length > 0) {
      pieces.push(words.join(" "));
      words = [];
      count = 0;
    }
    words.push(word);
    count += more;
  }
  return [...pieces, words.join(" ")];
}

const nameOf = (file: string) =>
  (file.split("/").at(-1) ?? file)
    .replace(/\.[^.]+$/, "")
    .replace(/[-_\s]+/g, " ")
    .trim() || file;
