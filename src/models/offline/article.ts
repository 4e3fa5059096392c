import { directness } from "./directness.ts";
import { composeOutline, type Outline, type Section } from "./outline.ts";
import { indexOfBest, isNew, likeness, overlap, relevance } from "./ranking.ts";
import { cite } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { stems, topicStems, wordCount } from "./words.ts";

const LEAD_FROM = 4;
/** A second statement joins the lead if it answers at least this much as directly as the first. */
const SECOND = 0.4;
const LEAD_WORDS = 45;
const PARAGRAPH_WORDS = 70;
const PARAGRAPH_SENTENCES = 3;

/**
 * A first draft: a lead that answers the task as directly as the material allows, then the outline's
 * sections in the words of the material, every statement with its citation.
 *
 * It is concise: of five statements or more it leaves out the weakest fifth, at most three, for the
 * reviewer to ask for.
 */
export function composeArticle(task: string, statements: readonly Statement[], given?: Outline): string {
  const outline = given && given.sections.length > 0 ? given : composeOutline(task, statements);
  const { sections, scores } = assigned(task, statements, outline);
  const kept = withoutWeakest(sections, scores);
  const lead = leadOf(task, kept, scores);
  const title = outline.title || composeOutline(task, []).title;
  return [
    `# ${title}`,
    lead.map(sentence).join(" "),
    ...kept.flatMap(({ heading, statements: said }) => {
      const rest = said.filter((each) => !lead.includes(each));
      return [`## ${heading}`, ...paragraphsOf(rest)];
    }),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

interface FilledSection {
  heading: string;
  statements: Statement[];
}

const sentence = ({ text, numbers }: Statement) => cite(text, numbers);

/** Each statement under the section whose points and heading it is closest to. */
function assigned(task: string, statements: readonly Statement[], { sections }: Outline) {
  const distinct = statements.filter(isNew);
  const values = relevance(
    topicStems(task),
    distinct.map((each) => each.stems),
  );
  const scores = new Map(distinct.map((each, at) => [each, values[at] ?? 0]));
  const filled: FilledSection[] = sections.map(({ heading }) => ({ heading, statements: [] }));
  for (const each of distinct) {
    const at = indexOfBest(sections.map((section) => nearness(each, section)));
    (filled[at] ?? filled[0])?.statements.push(each);
  }
  return { sections: filled, scores };
}

const nearness = (statement: Statement, { heading, points }: Section) =>
  Math.max(0, ...points.map((point) => overlap(stems(point), statement.stems))) +
  0.2 * likeness(stems([heading, ...points].join(" ")), statement.stems);

/** Drops the statements that say least about the task; a section keeps at least two. */
function withoutWeakest(
  sections: readonly FilledSection[],
  scores: ReadonlyMap<Statement, number>,
): FilledSection[] {
  const all = sections.flatMap(({ statements }) => statements);
  const surplus = all.length < 5 ? 0 : Math.min(3, Math.round(all.length / 5));
  const left = sections.map((section) => ({ ...section, statements: [...section.statements] }));
  for (const weakest of [...all].sort((one, other) => (scores.get(one) ?? 0) - (scores.get(other) ?? 0))) {
    const dropped = all.length - left.reduce((sum, { statements }) => sum + statements.length, 0);
    if (dropped >= surplus) break;
    const section = left.find(({ statements }) => statements.includes(weakest));
    if (section && section.statements.length > 2)
      section.statements.splice(section.statements.indexOf(weakest), 1);
  }
  return left;
}

/** The one or two statements that answer best: about the task, saying what something is, not too long. */
function leadOf(
  task: string,
  sections: readonly FilledSection[],
  scores: ReadonlyMap<Statement, number>,
): Statement[] {
  const all = sections.flatMap(({ statements }) => statements);
  if (all.length < LEAD_FROM) return [];
  const spare = new Set(
    sections.filter(({ statements }) => statements.length > 1).flatMap(({ statements }) => statements),
  );
  const topic = topicStems(task);
  const best = [...spare]
    .map((each) => ({
      each,
      score: each.quality * directness(each.text, topic) * (0.1 + (scores.get(each) ?? 0)),
    }))
    .sort((one, other) => other.score - one.score);
  const [top] = best;
  if (!top) return [];
  const first = top.each;
  const home = sections.find(({ statements }) => statements.includes(first));
  const second = best.find(
    ({ each, score }) =>
      each !== first &&
      score >= top.score * SECOND &&
      !(home?.statements.includes(each) && home.statements.length < 3) &&
      wordCount(first.text) + wordCount(each.text) <= LEAD_WORDS,
  );
  return second ? [first, second.each] : [first];
}

/** Statements as paragraphs: a new one when three sentences or about seventy words are reached. */
export function paragraphsOf(statements: readonly Statement[]): string[] {
  const paragraphs: Statement[][] = [];
  for (const each of statements) {
    const open = paragraphs.at(-1);
    const length = wordCount((open ?? []).map(({ text }) => text).join(" "));
    const fits =
      open && open.length < PARAGRAPH_SENTENCES && length + wordCount(each.text) <= PARAGRAPH_WORDS;
    if (fits) open.push(each);
    else paragraphs.push([each]);
  }
  return paragraphs.map((said) => said.map(sentence).join(" "));
}
