import { paragraphsOf } from "./article.ts";
import { directness } from "./directness.ts";
import { type Angle, isNew, leaning, NO_ANGLE, relevance } from "./ranking.ts";
import { cite } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { topicStems } from "./words.ts";

const MOST_PER_REPORT = 4;

/**
 * A short cited answer: first what answers most directly, then what else the material says, by
 * source. Reports of several specialists keep their names. From an angle, what speaks to it comes first.
 */
export function composeDigest(
  task: string,
  statements: readonly Statement[],
  angle: Angle = NO_ANGLE,
): string {
  const distinct = withoutRepeats(statements);
  const reporters = [...new Set(distinct.map(({ from }) => from))];
  if (reporters.filter((from) => from !== "").length < 2)
    return paragraphs(task, distinct, angle.most, angle).join("\n\n");
  return reporters
    .flatMap((from) => {
      const own = paragraphs(
        task,
        distinct.filter((each) => each.from === from),
        from ? MOST_PER_REPORT : angle.most,
      );
      return from ? [`**${from.charAt(0).toUpperCase()}${from.slice(1)}.** ${own.join(" ")}`] : own;
    })
    .join("\n\n");
}

/** Each statement once; who says only what others have said before says the first of it all the same. */
function withoutRepeats(statements: readonly Statement[]): Statement[] {
  const heard = new Set(statements.filter(isNew).map(({ from }) => from));
  return statements.filter((each, at) => {
    if (isNew(each, at, statements)) return true;
    const isUnheard = !heard.has(each.from);
    heard.add(each.from);
    return isUnheard;
  });
}

function paragraphs(
  task: string,
  statements: readonly Statement[],
  most: number,
  angle: Angle = NO_ANGLE,
): string[] {
  const topic = topicStems(task);
  const scores = relevance(
    topic,
    statements.map((each) => each.stems),
  );
  const leans = leaning(
    angle,
    statements.map((each) => each.stems),
  );
  const scored = statements.map((each, at) => ({
    each,
    at,
    score: each.quality * (0.3 + (scores[at] ?? 0)) * (leans[at] ?? 1),
  }));
  const chosen = [...scored]
    .sort((one, other) => other.score - one.score || one.at - other.at)
    .slice(0, most);
  const direct = (text: string) => (angle.leads ? 1 : directness(text, topic));
  const [lead, ...rest] = chosen.sort(
    (one, other) => other.score * direct(other.each.text) - one.score * direct(one.each.text),
  );
  if (!lead) return [];
  const ordered = rest.sort((one, other) => one.at - other.at).map(({ each }) => each);
  if (ordered.length < 3)
    return [[lead.each, ...ordered].map(({ text, numbers }) => cite(text, numbers)).join(" ")];
  return [cite(lead.each.text, lead.each.numbers), ...paragraphsOf(ordered)];
}
