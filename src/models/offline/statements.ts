import type { Block } from "../prompt.ts";
import { piecesOf } from "./markdown.ts";
import { quality, trimmed } from "./quality.ts";
import { citationsIn, splitSentences, withoutCitations } from "./sentences.ts";
import { stems } from "./words.ts";

/** One sentence of the material, with what is needed to rank and to cite it. */
export interface Statement {
  text: string;
  stems: readonly string[];
  /** The numbers to cite; empty for material without a number. */
  numbers: readonly number[];
  /** The heading over it, or the title of its source; empty if unknown. */
  heading: string;
  /** Who reported it; empty for documents. */
  from: string;
  /** How well it stands alone, 0 to 1. */
  quality: number;
}

/** A sentence as a statement, with what is known of it. */
export const statement = (text: string, facts: Partial<Statement> = {}): Statement => ({
  text,
  stems: stems(text),
  numbers: [],
  heading: "",
  from: "",
  quality: quality(text),
  ...facts,
});

/** The last part of a source's title, if it is a heading and not a file's name. */
export function headingOf(title: string): string {
  const last =
    title
      .split(/\s*[›»>]\s*/)
      .at(-1)
      ?.trim() ?? "";
  return /^[\w./-]+\.[a-z]{2,5}$|^https?:/i.test(last) ? "" : last;
}

/** The sentences of a passage, under its number. */
export function fromSource({ attributes, text }: Block): Statement[] {
  const number = Number(attributes["id"]);
  const title = headingOf(attributes["title"] ?? "");
  return piecesOf(withoutCitations(text)).flatMap((piece) => {
    const facts = { numbers: Number.isInteger(number) ? [number] : [], heading: piece.heading || title };
    const weight = { prose: 1, item: 0.85, row: piece.text.includes(";") ? 0.5 : 0.75 }[piece.kind];
    return splitSentences(piece.text)
      .map(trimmed)
      .map((sentence) => statement(sentence, { ...facts, quality: quality(sentence) * weight }))
      .filter((each) => each.quality > 0);
  });
}

/** The claims of the notes: one a line, each with its citations. */
export function fromNotes({ text }: Block): Statement[] {
  return piecesOf(text).flatMap((piece) => {
    const claims = piece.kind === "prose" ? splitSentences(piece.text) : [piece.text];
    return claims
      .map((claim) => ({ claim: trimmed(withoutCitations(claim)), numbers: citationsIn(claim) }))
      .filter(({ claim }) => stems(claim).length > 0)
      .map(({ claim, numbers }) =>
        statement(claim, { numbers, heading: piece.heading, quality: Math.max(0.3, quality(claim)) }),
      );
  });
}

/** A calculation with its result. */
const CALCULATION = /^[\d\s().,+\-*/^%!]+=\s*-?[\d.,e+]+$/;

/** Up to this many words a report is quoted whole. */
const SHORT_REPORT = 60;

/** A line that quotes another. */
const QUOTATION = /^\s*>.*$/gm;

/** The sentences of a specialist's report, with the citations that it carries. A short one is taken whole. */
export function fromReport({ attributes, text }: Block): Statement[] {
  const whole = text.split(/\s+/).length <= SHORT_REPORT;
  return piecesOf(text.replace(QUOTATION, "")).flatMap((piece) =>
    splitSentences(piece.text)
      .map((sentence) => {
        const claim = withoutCitations(sentence).trim();
        const facts = {
          numbers: citationsIn(sentence),
          heading: piece.heading,
          from: attributes["from"] ?? "",
        };
        const asItIs = whole || CALCULATION.test(claim);
        return statement(asItIs ? claim : trimmed(claim), asItIs ? { ...facts, quality: 1 } : facts);
      })
      .filter((each) => each.text !== "" && each.quality > 0),
  );
}

/** A plain result of a tool, such as a calculation: one statement, taken as it is. */
export const fromResult = (text: string): Statement => statement(text.trim(), { quality: 1 });
