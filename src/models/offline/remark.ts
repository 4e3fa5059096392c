import type { Block } from "../prompt.ts";
import { answered, type Claim, claimsOf, quotation, type Said, unsaid } from "./conversation.ts";
import { NOTHING_MORE, withoutMaterial } from "./no-material.ts";
import { type Angle, leaning, NO_ANGLE, relevance } from "./ranking.ts";
import { relevantStatements } from "./research.ts";
import { cite } from "./sentences.ts";
import type { Choice } from "./specialists.ts";
import type { Statement } from "./statements.ts";
import { stems, topicStems } from "./words.ts";

export interface Remark {
  text: string;
  finished: boolean;
}

/** What a speaker in a group chat speaks from. */
export interface Chatting {
  task: string;
  /** Who speaks. */
  own: string;
  /** What the speaker looks at. */
  angle: Angle;
  sources: readonly Block[];
  /** What was said, oldest first. */
  said: readonly Said[];
}

const MOST = 3;

/**
 * A remark: what the sources say from the speaker's angle and nobody has said yet; on a person's words, if they came
 * last; and first what bears on a claim of the others, which it quotes. Finished is who has nothing left to say.
 */
export function remark({ task, own, angle, sources, said }: Chatting): Remark {
  const material = ranked(task, relevantStatements(task, sources, angle), angle);
  const last = said.at(-1);
  const onQuestion = last?.isPerson
    ? ranked(last.text, relevantStatements(last.text, sources), NO_ANGLE)
    : [];
  if (material.length + onQuestion.length === 0) {
    return { text: said.length > 0 ? NOTHING_MORE : withoutMaterial(task), finished: true };
  }
  const claims = said.flatMap(claimsOf);
  const fresh = unsaid([...onQuestion, ...material], claims);
  const chosen = fresh.slice(0, MOST);
  const parts = [
    last?.isPerson && onQuestion.length === 0 && "Nothing that is shown here answers that.",
    ...(last?.isPerson ? [inWords(chosen)] : replying(claims, own, chosen)),
  ].filter((part) => part);
  return { text: parts.join("\n\n") || NOTHING_MORE, finished: fresh.length <= MOST };
}

const inWords = (statements: readonly Statement[]) =>
  statements.map(({ text, numbers }) => cite(text, numbers)).join(" ");

/** How many of the last claims are looked through for one to answer. */
const RECENT = 6;

/** The statements; first the one that bears most on what another said lately, behind a quotation of that. */
function replying(claims: readonly Claim[], own: string, statements: readonly Statement[]): string[] {
  const others = claims.filter(({ from }) => from !== own).slice(-RECENT);
  const answer = answered(others, statements);
  if (!answer?.by) return [inWords(statements)];
  return [quotation(answer.claim), inWords([answer.by, ...statements.filter((each) => each !== answer.by)])];
}

/** A statement is worth saying if it scores at least this part of the best one's score. */
const FLOOR = 0.25;

/** The statements that say most about a task first, from an angle. */
function ranked(task: string, statements: readonly Statement[], angle: Angle): Statement[] {
  const held = statements.map((each) => [...each.stems, ...stems(each.heading)]);
  const scores = relevance(topicStems(task), held);
  const leans = leaning(angle, held);
  const scored = statements.map((each, at) => ({
    each,
    score: scores[at] ? each.quality * (0.1 + scores[at]) * (leans[at] ?? 1) : 0,
  }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  return scored
    .filter(({ score }) => score > 0 && score >= FLOOR * best)
    .sort((one, other) => other.score - one.score)
    .map(({ each }) => each);
}

/** The choice that has spoken least so far, the first of several. */
export function nextSpeaker(
  choices: readonly Choice[],
  said: readonly Said[],
): { speaker: string; reason: string } {
  const turns = ({ name }: Choice) => said.filter(({ from }) => from === name).length;
  const [least] = [...choices].sort((one, other) => turns(one) - turns(other));
  if (!least) return { speaker: "", reason: "There is nobody to choose." };
  const count = turns(least);
  const spoken =
    count === 0 ? "has not spoken yet" : `has spoken least, ${count === 1 ? "once" : `${count} times`}`;
  return { speaker: least.name, reason: `The ${least.name} ${spoken}.` };
}
