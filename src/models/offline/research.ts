import type { Block } from "../prompt.ts";
import { type Angle, isRepeat, leaning, NO_ANGLE, overlap, rank, relevance, shared } from "./ranking.ts";
import { fromSource, type Statement } from "./statements.ts";
import { stems, topicStems } from "./words.ts";

const MOST = 16;
const LEAST = 6;
/** A passage counts if it scores at least this part of the best one's score, a sentence likewise. */
const PASSAGE_FLOOR = 0.3;
const SENTENCE_FLOOR = 0.3;
/** What the passage around a sentence adds to the sentence's own score. */
const CONTEXT = 0.6;
/** A passage with this part of the task's words is about the task: even its sentences without any are of use. */
const ABOUT = 0.6;

/** How many words of the task a passage must have before a corpus is taken to be about it at all. */
const needed = (topic: readonly string[]) =>
  topic.length <= 1 ? 1 : topic.length <= 4 ? 2 : topic.length <= 6 ? 3 : 4;

interface Passage {
  statements: Statement[];
  stems: string[];
}

interface Placed {
  statement: Statement;
  /** The score of the passage around it. */
  around: number;
  isAbout: boolean;
}

/** A passage without what it only quotes: code, commands and texts in quotation marks are not what it is about. */
const ownWords = (text: string) =>
  text
    .replace(/^\s*(?:```|~~~)[\s\S]*?^\s*(?:```|~~~)/gm, " ")
    .replace(/`[^`\n]*\s[^`\n]*`|["“][^"”\n]+\s[^"”\n]+["”]/g, " ");

const readPassage = (source: Block): Passage => ({
  statements: fromSource(source),
  stems: [...stems(source.attributes["title"] ?? ""), ...stems(ownWords(source.text))],
});

/** The statements of the passages that are about a topic; none unless one passage clearly is. */
function placed(topic: readonly string[], sources: readonly Block[]): Placed[] {
  const passages = sources.map(readPassage);
  if (!passages.some(({ stems: held }) => shared(topic, held).length >= needed(topic))) return [];
  const scores = rank(
    topic,
    passages.map(({ stems: held }) => held),
  );
  const best = Math.max(...scores);
  return passages.flatMap(({ statements, stems: held }, at) => {
    const around = (scores[at] ?? 0) / best;
    const isAbout = overlap(topic, held) >= ABOUT;
    const isNear = around >= PASSAGE_FLOOR || shared(topic, held).length >= needed(topic);
    return isNear ? statements.map((statement) => ({ statement, around, isAbout })) : [];
  });
}

/**
 * The sentences of the sources that say most about a task, in the order of the sources. Empty if
 * no source is about the task: a word or two in common is not enough. From an angle, what speaks to it comes first.
 */
export function relevantStatements(
  task: string,
  sources: readonly Block[],
  angle: Angle = NO_ANGLE,
): Statement[] {
  const topic = topicStems(task);
  const all = placed(topic, sources);
  const own = relevance(
    topic,
    all.map(({ statement }) => [...statement.stems, ...stems(statement.heading)]),
  );
  const closest = Math.max(0.01, ...own);
  const leans = leaning(
    angle,
    all.map(({ statement }) => [...statement.stems, ...stems(statement.heading)]),
  );
  const scored = all.map(({ statement, around, isAbout }, at) => {
    const said = (own[at] ?? 0) / closest;
    const lean = leans[at] ?? 1;
    const counts = said > 0 || isAbout || lean > 1;
    return { statement, at, score: counts ? statement.quality * (said + CONTEXT * around) * lean : 0 };
  });
  const count = new Set(all.map(({ statement }) => statement.numbers[0])).size;
  const chosen = spread(
    scored.filter(({ score }) => score > 0),
    Math.max(LEAST, Math.min(MOST, 2 * count + 6)),
    count,
  );
  return chosen.sort((one, other) => one.at - other.at).map(({ statement }) => statement);
}

interface Scored {
  statement: Statement;
  at: number;
  score: number;
}

/** The best ones without repeats: first so that no source crowds out the others, then what there is room for. */
function spread(scored: readonly Scored[], most: number, sources: number): Scored[] {
  const ranked = [...scored].sort((one, other) => other.score - one.score || one.at - other.at);
  const floor = (ranked[0]?.score ?? 0) * SENTENCE_FLOOR;
  const share = Math.max(3, Math.ceil(most / Math.max(1, sources)) + 1);
  const chosen: Scored[] = [];
  for (const limit of [share, most]) {
    for (const candidate of ranked) {
      const source = candidate.statement.numbers[0];
      const taken = chosen.filter(({ statement }) => statement.numbers[0] === source).length;
      if (chosen.length >= most || candidate.score < floor || taken >= limit) continue;
      const said = chosen.some(({ statement }) => isRepeat(statement.stems, candidate.statement.stems));
      if (!said) chosen.push(candidate);
    }
  }
  return chosen;
}
