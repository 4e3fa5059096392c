import type { Objection } from "../outcomes/verdict.ts";
import type { Source } from "../state/passage.ts";

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

/**
 * Brings a text and its sources under the numbers of the sources that are known already: a passage
 * that is known keeps its number there, and a new one gets the next.
 */
export function underOneNumbering<Cited extends { text: string; sources: Source[] }>(
  cited: Cited,
  known: Source[],
): Cited {
  const sources: Source[] = [];
  const numbers = new Map<number, number>();
  let next = Math.max(0, ...known.map(({ id }) => id)) + 1;
  for (const source of cited.sources) {
    const same = known.find(
      ({ file, heading, text }) => file === source.file && heading === source.heading && text === source.text,
    );
    const id = same?.id ?? next++;
    numbers.set(source.id, id);
    sources.push({ ...source, id });
  }
  return { ...cited, text: renumberCitations(cited.text, (id) => numbers.get(id) ?? id), sources };
}

/** A text with the list of the sources that it cites, each once. */
export function withSources(text: string, sources: readonly Source[]): string {
  const cited = citationsOf(text);
  const listed = new Map(sources.filter(({ id }) => cited.includes(id)).map((source) => [source.id, source]));
  if (listed.size === 0) return text.trim();
  const lines = [...listed.values()]
    .sort((a, b) => a.id - b.id)
    .map(({ id, title, file }) => `- [${id}] ${title} (${file})`);
  return `${text.trim()}\n\n## Sources\n\n${lines.join("\n")}`;
}
