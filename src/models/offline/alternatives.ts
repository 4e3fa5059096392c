import { isStopWord, stem, words } from "./words.ts";

const OR = /\s+(?:or|vs|versus)\s+/i;
/** The most words that name one alternative. */
const LONGEST = 3;

/**
 * The two alternatives that a question names, in stems ("in SQLite or in Postgres?"); none where it names none, or
 * only one ("or not?").
 */
export function alternativesIn(task: string): [string[], string[]] | undefined {
  for (const sentence of task.replace(/\bvs\./gi, "vs").split(/(?<=[.!?])\s+|\n/)) {
    const parts = sentence.split(OR);
    const first = nearest(lastClause(parts[0] ?? "").reverse()).reverse();
    const last = nearest(firstClause(parts.at(-1) ?? ""));
    const isApart = !last.some((each) => first.includes(each));
    if (parts.length > 1 && first.length > 0 && last.length > 0 && isApart) return [first, last];
  }
  return undefined;
}

const lastClause = (text: string) => words(text.split(/[,;:()]/).at(-1) ?? "");
const firstClause = (text: string) => words(text.split(/[,;:()?!]/)[0] ?? "");

/** The content words that stand nearest to the "or", in stems. */
function nearest(found: readonly string[]): string[] {
  const begin = found.findIndex((word) => !isStopWord(word));
  if (begin < 0) return [];
  const rest = found.slice(begin);
  const end = rest.findIndex(isStopWord);
  return rest.slice(0, Math.min(LONGEST, end < 0 ? rest.length : end)).map(stem);
}
