import type { Objection } from "../outcomes/verdict.ts";

/** A citation: `[1]` or `[1, 2]`, but no Markdown link, footnote or checkbox. */
const CITATION = /\[(\d+(?:\s*,\s*\d+)*)\](?![(:])/g;
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;

/** The numbers that a text cites, each once, in order of their first use. */
export function citationsOf(text: string): number[] {
  const numbers = [...text.replace(CODE, "").matchAll(CITATION)].flatMap(([, list = ""]) =>
    list.split(",").map(Number),
  );
  return [...new Set(numbers)];
}

/** The text with its citations changed by `renumber`; code stays as it is. */
export function renumberCitations(text: string, renumber: (id: number) => number): string {
  const code = [...text.matchAll(CODE)].map((match) => [match.index, match.index + match[0].length] as const);
  return text.replace(CITATION, (whole, list: string, at: number) =>
    code.some(([from, to]) => at >= from && at < to)
      ? whole
      : `[${list.split(",").map(Number).map(renumber).join(", ")}]`,
  );
}

/** An objection for each citation that points at no source. */
export function danglingCitations(text: string, sources: readonly { id: number }[]): Objection[] {
  const known = new Set(sources.map(({ id }) => id));
  return citationsOf(text)
    .filter((id) => !known.has(id))
    .map((id) => ({
      aspect: "citation",
      problem: `The citation [${id}] points at no source.`,
      change: `Cite one of the sources ${known.size ? [...known].join(", ") : "(there are none)"}, or take the statement out.`,
    }));
}
