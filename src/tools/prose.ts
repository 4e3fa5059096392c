import { readMarkdown } from "./markdown.ts";

/** A paragraph, an item of a list or a row of a table, as plain text. */
export interface Paragraph {
  text: string;
  /** The heading above it; empty if there is none. */
  heading: string;
  /** Where it begins in the text that it stands in. */
  at: number;
}

/** The paragraphs of a Markdown text, without headings and code. */
export function paragraphsOf(markdown: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let heading = "";
  let at = 0;
  for (const piece of readMarkdown(markdown).pieces) {
    if (piece.kind === "heading") heading = piece.text;
    at = placeOf(markdown, piece.text, at);
    if (piece.kind === "prose" || piece.kind === "line") paragraphs.push({ text: piece.text, heading, at });
  }
  return paragraphs;
}

/** How many words at most find a place again, and how much of a text is looked at for them. */
const WORDS = [6, 3, 1] as const;
const MAX_SOUGHT = 300;

/**
 * Where a text that was read from a Markdown text begins in it, from a place on: what stands between its words,
 * marks for instance, does not count. The place itself where that cannot be told.
 */
export function placeOf(markdown: string, text: string, from: number): number {
  const words =
    text
      .slice(0, MAX_SOUGHT)
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, WORDS[0]) ?? [];
  const [first] = words;
  if (first === undefined) return from;
  for (const count of WORDS) {
    const others = words.slice(1, count);
    for (let at = markdown.indexOf(first, from); at >= 0; at = markdown.indexOf(first, at + 1)) {
      if (follow(markdown, at + first.length, others)) return at;
    }
  }
  return from;
}

/** Whether these words come next, with something between them. */
function follow(markdown: string, from: number, words: readonly string[]): boolean {
  const between = /[^\p{L}\p{N}]+/uy;
  let at = from;
  for (const word of words) {
    between.lastIndex = at;
    if (!between.test(markdown) || !markdown.startsWith(word, between.lastIndex)) return false;
    at = between.lastIndex + word.length;
  }
  return true;
}

/** The line of a place in a text, from 1. */
export const lineAt = (text: string, place: number): number => text.slice(0, place).split("\n").length;
