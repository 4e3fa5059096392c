import type MiniSearch from "minisearch";
import type { SearchResult } from "minisearch";

/** The share of the query, weighted by how rare its terms are, that some passage has to hold: less of long queries. */
const needed = (terms: number) => Math.max(0.25, Math.min(0.5, 1 / Math.sqrt(terms)));
/** The share that every passage has to hold, and the share of the best passage's score that it has to reach. */
const LEAST_SHARE = 0.25;
const LEAST_SCORE = 0.12;
/** What a term counts that a passage holds only in a similar form. */
const SIMILAR = 0.5;
/** What each further passage of one file counts, so that other files are heard. */
const REPEATED_FILE = 0.85;
/** Characters from which on a passage's length does not matter. */
const ENOUGH = 240;
/** The best passages that the choice is made from, for each that is wanted. */
const POOL = 8;

/** A passage as far as ranking looks at it. */
export interface Candidate {
  file: string;
  text: string;
}

/** The positions of the passages that answer a query, best first; none if the query is about something else. */
export function rank(
  index: MiniSearch<object>,
  passages: readonly Candidate[],
  terms: string[],
  limit: number,
): number[] {
  if (terms.length === 0) return [];
  const found = index.search(terms.join(" "), {
    prefix: (term) => term.length >= 6,
    fuzzy: (term) => (term.length >= 6 && /^\p{L}+$/u.test(term) ? 1 : false),
    weights: { prefix: 0.3, fuzzy: 0.15 },
  });
  const weights = weightsOf(terms, found, passages.length);
  const shared = found.map((result) => ({
    id: Number(result.id),
    score: result.score,
    share: shareOf(result, terms, weights),
  }));
  if (!shared.some(({ share }) => share >= needed(terms.length))) return [];
  const scored = shared
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ id, score, share }) => ({ id, score: score * (0.5 + share / 2) * substance(passages[id]?.text) }))
    .sort((a, b) => b.score - a.score || a.id - b.id);
  const best = scored[0]?.score ?? 0;
  return choose(
    scored.slice(0, limit * POOL).filter(({ score }) => score >= best * LEAST_SCORE),
    passages,
    limit,
  );
}

/** How much each term says: terms that few passages hold say more, terms that none holds say most. */
function weightsOf(terms: string[], found: SearchResult[], total: number): number[] {
  return terms.map((term) => {
    const holding = found.reduce((sum, result) => sum + (holds(result, term) ? 1 : 0), 0);
    return Math.log(1 + (total - holding + 0.5) / (holding + 0.5));
  });
}

function shareOf(result: SearchResult, terms: string[], weights: number[]): number {
  let share = 0;
  let whole = 0;
  for (const [at, term] of terms.entries()) {
    const weight = weights[at] ?? 0;
    whole += weight;
    if (holds(result, term)) share += weight;
    else if (result.queryTerms.includes(term)) share += weight * SIMILAR;
  }
  return share / whole;
}

/** A passage of a few words matches well and says little. */
const substance = (text = "") => 0.6 + 0.4 * Math.min(1, text.length / ENOUGH);

/** Whether a passage holds a term in words; what only its code holds is similar at best. */
const holds = ({ match }: SearchResult, term: string) =>
  Object.hasOwn(match, term) && match[term]?.some((field) => field !== "code") === true;

/** Takes the best again and again; a file that has spoken counts less, a text that was taken not at all. */
function choose(
  scored: { id: number; score: number }[],
  passages: readonly Candidate[],
  limit: number,
): number[] {
  const chosen: number[] = [];
  const texts = new Set<string>();
  const files = new Map<string, number>();
  const left = [...scored];
  while (chosen.length < limit && left.length > 0) {
    let best = 0;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const [at, { id, score }] of left.entries()) {
      const counted = score * REPEATED_FILE ** (files.get(passages[id]?.file ?? "") ?? 0);
      if (counted > bestScore) [best, bestScore] = [at, counted];
    }
    const [taken] = left.splice(best, 1);
    const passage = taken && passages[taken.id];
    if (!passage || texts.has(passage.text)) continue;
    texts.add(passage.text);
    files.set(passage.file, (files.get(passage.file) ?? 0) + 1);
    chosen.push(taken.id);
  }
  return chosen;
}
