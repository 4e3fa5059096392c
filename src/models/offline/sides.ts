import { alternativesIn } from "./alternatives.ts";
import { shared } from "./ranking.ts";
import type { Choice } from "./specialists.ts";
import type { Statement } from "./statements.ts";
import { stems, topicStems } from "./words.ts";

/** A position on a question, and the words by which a statement is taken to bear on it. */
export interface Side {
  name: string;
  cues: readonly string[];
  /** Whether the cues name one of the question's alternatives, rather than what the position says. */
  isAlternative: boolean;
  /** Whether it warns where another does not; undefined where that tells the positions apart in no way. */
  isWarning: boolean | undefined;
}

/** Words with which a statement warns of something. */
const WARNING =
  /\b(?:not|never|cannot|can't|lose[sd]?|lost|loss|fail\w*|damage\w*|costs?|slow\w*|limit\w*|risks?|refus\w*|unknown|missing|wrong|breaks?|broken|nobody|expensive|danger\w*|nothing protects|undo|crash\w*)\b/i;

const warns = (text: string) => /^no\b/i.test(text) || WARNING.test(text);

/**
 * The positions as sides. Where the question names two alternatives, each side has the one that its own words name;
 * where none does, the first side has the first one, and the last side the last.
 */
export function sidesOf(task: string, positions: readonly Choice[]): Side[] {
  const alternatives = alternativesIn(task);
  const said = positions.map(({ name, description }) => stems(`${name} ${description}`));
  const isNamed = alternatives?.some((each) => said.some((own) => shared(each, own).length > 0)) ?? false;
  const differ = new Set(positions.map(({ description }) => warns(description))).size > 1;
  return positions.map(({ name, description }, at) => {
    const own = said[at] ?? [];
    const byPlace =
      at === 0 ? alternatives?.[0] : at === positions.length - 1 ? alternatives?.[1] : undefined;
    const alternative = isNamed ? alternatives?.find((each) => shared(each, own).length > 0) : byPlace;
    const others = said.filter((_, place) => place !== at).flat();
    const cues =
      alternative ?? own.filter((each) => !others.includes(each) && !topicStems(task).includes(each));
    const isAlternative = alternative !== undefined;
    return { name, cues, isAlternative, isWarning: differ ? warns(description) : undefined };
  });
}

/** How much a statement speaks for a side: above 1 if it does, below 1 if it rather speaks for another. */
export function speaksFor(
  { text, stems: said, heading }: Statement,
  side: Side,
  sides: readonly Side[],
): number {
  const place = placeOf(side, said);
  const others = sides.filter((each) => each !== side).map((each) => placeOf(each, said));
  const other = Math.min(...others, said.length);
  if (side.isAlternative) {
    if (place === said.length && other === said.length) return NEUTRAL;
    if (place < said.length && other < said.length) return place < other ? 1.8 : 1.5;
    const isOwn = place < said.length;
    return isOwn === warns(text) ? AGAINST : isOwn ? 2 : 1;
  }
  const leaning = place < said.length ? 1.5 : 1;
  if (side.isWarning === undefined) return leaning;
  return side.isWarning === warns(`${text} ${heading}`) ? leaning * 1.3 : leaning * 0.6;
}

/** What speaks for no side in particular, and what speaks for another. */
export const NEUTRAL = 0.6;
const AGAINST = 0.3;

/** Where a statement first says one of a side's cues; behind its end if it says none. */
function placeOf({ cues }: Side, said: readonly string[]): number {
  const place = said.findIndex((each) => cues.includes(each));
  return place < 0 ? said.length : place;
}
