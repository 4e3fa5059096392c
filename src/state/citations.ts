/** A citation: `[1]` or `[1, 2]`, but no Markdown link, footnote, checkbox or link definition (`[1]: …` on a line of its own). */
const CITATION = /\[(\d+(?:\s*,\s*\d+)*)\](?!\()(?<!^[ \t]*\[\d+\](?=:))/gm;
const SPACED_CITATION = new RegExp(`( ?)${CITATION.source}`, CITATION.flags);
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;

/** The numbers that a text cites, each once, in order of their first use. */
export function citationsOf(text: string): number[] {
  const numbers = [...text.replace(CODE, "").matchAll(CITATION)].flatMap(([, list = ""]) =>
    list.split(",").map(Number),
  );
  return [...new Set(numbers)];
}

/** The text with each number that it cites replaced, or taken out where there is none; code stays as it is. */
export function citing(text: string, numberFor: (id: number) => number | undefined): string {
  const code = [...text.matchAll(CODE)].map((match) => [match.index, match.index + match[0].length] as const);
  return text.replace(SPACED_CITATION, (whole, space: string, list: string, at: number) => {
    if (code.some(([from, to]) => at >= from && at < to)) return whole;
    const numbers = list.split(",").flatMap((id) => numberFor(Number(id)) ?? []);
    return numbers.length > 0 ? `${space}[${numbers.join(", ")}]` : "";
  });
}
