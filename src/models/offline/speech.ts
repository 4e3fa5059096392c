import type { Block } from "../prompt.ts";
import { answered, type Claim, claimsOf, quotation, type Said, unsaid } from "./conversation.ts";
import { NOTHING_MORE, withoutMaterial } from "./no-material.ts";
import { angleOn, relevance, shared } from "./ranking.ts";
import { relevantStatements } from "./research.ts";
import { cite } from "./sentences.ts";
import { NEUTRAL, type Side, sidesOf, speaksFor } from "./sides.ts";
import type { Choice } from "./specialists.ts";
import { fromSource, type Statement } from "./statements.ts";
import { stems, topicStems } from "./words.ts";

export interface Speech {
  argument: string;
  holds: string;
}

/** What a speaker in a debate speaks from. */
export interface Debated {
  task: string;
  positions: readonly Choice[];
  /** The position that speaks. */
  own: string;
  sources: readonly Block[];
  /** What was said, by the speaker itself too. */
  said: readonly Said[];
}

const MOST = 3;

/**
 * A speech: what the sources say for a position and nobody has said yet, after an answer to what the others claim;
 * what nothing answers is granted. The speaker holds another position only if nothing speaks for its own, and
 * something for that one.
 */
export function speak({ task, positions, own, sources, said }: Debated): Speech {
  const sides = sidesOf(task, positions);
  const side = sides.find(({ name }) => name === own) ?? sides[0];
  if (!side) return { argument: NOTHING_MORE, holds: own };
  const material = bearingOn(sides, task, sources);
  if (material.length === 0) {
    return { argument: said.length > 0 ? NOTHING_MORE : withoutMaterial(task), holds: own };
  }
  const claims = said.flatMap(claimsOf);
  const fresh = unsaid(rankedFor(side, sides, task, material), claims);
  const answer = answered(
    claims.filter(({ from }) => from !== own),
    fresh,
  );
  const rest = fresh.filter((each) => each !== answer?.by).slice(0, answer?.by ? MOST - 1 : MOST);
  const parts = [
    ...(answer ? answerTo(answer.claim, answer.by) : []),
    rest.map(({ text, numbers }) => cite(text, numbers)).join(" "),
    rest.length === 0 && !answer?.by && NOTHING_MORE,
  ];
  return { argument: parts.filter(Boolean).join("\n\n"), holds: heldBy(side, sides, material) };
}

function answerTo(claim: Claim, by: Statement | undefined): string[] {
  const answer = by ? cite(by.text, by.numbers) : "That stands: nothing shown here speaks against it.";
  return [quotation(claim), answer];
}

/** What the sources say on the task, and all that they say of alternatives which it names. */
function bearingOn(sides: readonly Side[], task: string, sources: readonly Block[]): Statement[] {
  const onTask = relevantStatements(task, sources, angleOn(sides.flatMap(({ cues }) => cues)));
  if (onTask.length === 0) return [];
  const cues = sides.filter(({ isAlternative }) => isAlternative).flatMap((side) => side.cues);
  const onSides = sources.flatMap(fromSource).filter((each) => shared(cues, each.stems).length > 0);
  return [...onTask, ...onSides];
}

/** The statements that do not rather speak for another side, best first. */
function rankedFor(
  side: Side,
  sides: readonly Side[],
  task: string,
  statements: readonly Statement[],
): Statement[] {
  const scores = relevance(
    topicStems(task),
    statements.map((each) => [...each.stems, ...stems(each.heading)]),
  );
  const weighed = statements.map((each, at) => ({
    each,
    for: speaksFor(each, side, sides),
    score: scores[at] ?? 0,
  }));
  const least = weighed.some((one) => one.for > 1) ? 1 : NEUTRAL;
  return weighed
    .filter((one) => one.for >= least)
    .map((one) => ({ ...one, score: one.each.quality * (0.3 + one.score) * one.for }))
    .sort((one, other) => other.score - one.score)
    .map(({ each }) => each);
}

function heldBy(side: Side, sides: readonly Side[], statements: readonly Statement[]): string {
  const count = (each: Side) => statements.filter((one) => speaksFor(one, each, sides) > 1).length;
  if (count(side) > 0) return side.name;
  const [best] = sides.map((each) => ({ each, count: count(each) })).sort((a, b) => b.count - a.count);
  return best && best.count > 0 ? best.each.name : side.name;
}
