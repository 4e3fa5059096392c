const SEGMENTER = new Intl.Segmenter("en", { granularity: "sentence" });
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig|dr|mr|mrs|ms|st|prof|eq|al)\.\s*$/i;

/** Where a sentence that opens with code begins; the segmenter takes a lower-case name for a continuation. */
const BEFORE_CODE = /(?<=[.!?]["”)]? |\)\. )(?=`)/;

const count = (text: string, character: string) => text.split(character).length - 1;

/** Whether a piece cannot stand alone, because what follows still belongs to it. */
const isOpen = (piece: string, next: string) =>
  count(piece, "`") % 2 === 1 ||
  count(piece, "(") > count(piece, ")") ||
  ABBREVIATION.test(piece) ||
  /^[\p{Ll}]/u.test(next);

/**
 * Splits one paragraph into sentences. Inline code, brackets and abbreviations do not end one;
 * a citation after the full stop belongs to the sentence before it.
 */
export function splitSentences(paragraph: string): string[] {
  const sentences: string[] = [];
  let open = "";
  const pieces = [...SEGMENTER.segment(paragraph.replace(/\s+/g, " ").trim())].flatMap(({ segment }) =>
    segment.split(BEFORE_CODE),
  );
  for (const [index, segment] of pieces.entries()) {
    const citation = open === "" ? (/^(?:\[\d+(?:, ?\d+)*\]\s*)+/.exec(segment)?.[0] ?? "") : "";
    if (citation && sentences.length > 0) sentences.push(`${sentences.pop()} ${citation.trim()}`);
    const piece = citation && sentences.length > 0 ? segment.slice(citation.length) : segment;
    open += piece;
    const next = pieces[index + 1];
    if (next !== undefined && isOpen(open, next)) continue;
    if (open.trim()) sentences.push(open.trim());
    open = "";
  }
  return sentences;
}

const CITATION = /\s*\[(\d+(?:, ?\d+)*)\]/g;

/** The citation numbers in a text, in order and without repeats. */
export function citationsIn(text: string): number[] {
  const numbers = [...text.matchAll(CITATION)].flatMap(([, list]) => (list ?? "").split(",").map(Number));
  return [...new Set(numbers)];
}

/** A text without its citations. */
export const withoutCitations = (text: string) => text.replace(CITATION, "");

/** A claim with its citations before the full stop; each of its sentences, if it has several. */
export function cite(claim: string, numbers: readonly number[]): string {
  return splitSentences(claim)
    .map((sentence) => citedSentence(sentence, numbers))
    .join(" ");
}

function citedSentence(claim: string, numbers: readonly number[]): string {
  const marks = numbers.map((number) => `[${number}]`).join("");
  const body = claim.trim().replace(/[.;,:]+$/, "");
  if (/[!?]["”')]?$/.test(body)) return marks ? `${body} ${marks}` : body;
  return marks ? `${body} ${marks}.` : `${body}.`;
}
