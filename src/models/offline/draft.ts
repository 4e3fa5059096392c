import { overlap } from "./ranking.ts";
import { citationsIn, splitSentences, withoutCitations } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { stems } from "./words.ts";

/** A draft as it can be checked and mended: paragraphs, untouched, under their headings. */
export interface DraftSection {
  /** The heading's line with its marks; empty for what stands above the first heading. */
  heading: string;
  blocks: string[];
}

export function readDraft(markdown: string): DraftSection[] {
  const sections: DraftSection[] = [{ heading: "", blocks: [] }];
  let open: string[] = [];
  let fenced = false;
  const close = () => {
    if (open.length > 0) sections.at(-1)?.blocks.push(open.join("\n"));
    open = [];
  };
  for (const line of markdown.split("\n")) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    if (!fenced && /^#{1,6}\s/.test(line)) {
      close();
      sections.push({ heading: line.trim(), blocks: [] });
    } else if (!fenced && line.trim() === "") close();
    else open.push(line);
  }
  close();
  return sections;
}

export const writeDraft = (sections: readonly DraftSection[]) =>
  sections
    .flatMap(({ heading, blocks }) => [heading, ...blocks])
    .filter((block) => block.trim() !== "")
    .join("\n\n");

/** A heading's text without its marks. */
export const headingText = (heading: string) => heading.replace(/^#+\s*/, "");

/** The sentences of a paragraph or a list as they stand; none for code, tables and remarks in italics. */
export function sentencesIn(block: string): string[] {
  if (/^\s*(?:```|~~~|\||>)/.test(block) || /^\s*[*_][^*_].*[*_]\s*$/s.test(block)) return [];
  return block
    .split(/\n(?=\s*(?:[-*+]|\d+[.)])\s)/)
    .map((item) => item.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, ""))
    .flatMap(splitSentences);
}

/** Whether a sentence says something that can be checked. */
export const isClaim = (sentence: string) =>
  !/:$/.test(sentence) && stems(withoutCitations(sentence)).length >= 3;

/** How well the material under some numbers bears a sentence: the part of its words that one statement has. */
export function support(sentence: string, statements: readonly Statement[]): number {
  const said = stems(withoutCitations(sentence));
  return Math.max(0, ...statements.map((each) => overlap(said, each.stems)));
}

/** The statements that carry one of a sentence's citation numbers. */
export const citedBy = (sentence: string, statements: readonly Statement[]) => {
  const numbers = citationsIn(sentence);
  return statements.filter((each) => each.numbers.some((number) => numbers.includes(number)));
};
