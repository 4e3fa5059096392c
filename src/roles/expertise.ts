import { termsOf } from "../tools/search-terms.ts";
import type { Role } from "./role.ts";

/** What a word of a role's responsibilities or goal counts beside a keyword of its expertise, which counts 1. */
const IN_PASSING = 0.25;
/** The score from which on a role fits: half a keyword of its expertise, or two words of what it does. */
export const FITS_FROM = 0.5;
/** How much of a task is read, in characters. */
const MOST_READ = 10_000;

/** How well a role fits a task, and by which of the task's words. */
export interface Fit {
  role: Role;
  score: number;
  /** The words of the task that speak for the role. */
  words: string[];
}

/** How well each role fits a task, best first; of several that fit alike, in their order. */
export function fitsOf(task: string, roles: readonly Role[]): Fit[] {
  const asked = wordsByTerm(task.slice(0, MOST_READ));
  return roles
    .map((role) => {
      const weights = weightsOf(role);
      const terms = [...asked.keys()].filter((term) => weights.has(term));
      const words = [...new Set(terms.map((term) => asked.get(term) ?? term))];
      return { role, words, score: terms.reduce((sum, term) => sum + (weights.get(term) ?? 0), 0) };
    })
    .sort((one, other) => other.score - one.score);
}

/** The terms of a text, each with the first word that it comes from. */
function wordsByTerm(text: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const word of text.match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? []) {
    for (const term of termsOf(word)) if (!words.has(term)) words.set(term, word);
  }
  return words;
}

/** What each term says for a role; the terms of a keyword of several words share its weight. */
function weightsOf({ name, goal, expertise, responsibilities }: Role): Map<string, number> {
  const weights = new Map<string, number>();
  const weigh = (terms: readonly string[], weight: number) => {
    for (const term of terms) weights.set(term, Math.max(weights.get(term) ?? 0, weight));
  };
  for (const text of [goal, ...responsibilities]) weigh(termsOf(text), IN_PASSING);
  for (const keyword of [name, ...expertise]) {
    const terms = termsOf(keyword);
    weigh(terms, 1 / terms.length);
  }
  return weights;
}
