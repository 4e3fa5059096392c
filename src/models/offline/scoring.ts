import type { Block } from "../prompt.ts";
import { citedBy, isClaim, readDraft, sentencesIn, support } from "./draft.ts";
import { isWithoutMaterial } from "./no-material.ts";
import { quality } from "./quality.ts";
import { indexOfBest, overlap, relevance } from "./ranking.ts";
import { relevantStatements } from "./research.ts";
import { withoutCitations } from "./sentences.ts";
import { fromSource, type Statement } from "./statements.ts";
import { BORNE_OUT, COVERED } from "./verdict.ts";
import { stems, topicStems, wordCount } from "./words.ts";

/** What candidates are compared by and from. */
interface Compared {
  task: string;
  sources: readonly Block[];
  /** Each with its label as an attribute. */
  candidates: readonly Block[];
  /** The criteria, each with its description. */
  criteria: readonly { name: string; description: string }[];
}

interface Scored {
  candidate: string;
  scores: Record<string, number>;
  reason: string;
}

/** The most words of a sentence that is read at once, and the quality from which on it stands alone. */
const LONGEST = 28;
const READABLE = 0.7;
/** What a statement weighs that has no word of the task: those around it are about the task. */
const LEAST_WEIGHT = 0.5;

/** How much of a text is borne out, how much of the matter it says, and how much of it is easy to read; 0 to 1. */
type Measured = readonly [borneOut: number, said: number, readable: number];

/** What the measures are about, for the criteria to be told apart by. */
const ABOUT = [
  "accuracy accurate right true correct faithful source evidence cite claim support",
  "completeness complete whole all cover thorough matter miss leave out",
  "clarity clear follow read plain order concise style long short",
].map(stems);

/**
 * Scores candidates by what can be counted: how far the cited sources bear out their claims, how much of what
 * the sources say on the task they say, and how many of their sentences stand well alone. A criterion gets the
 * measure that its description is about, and the mean of all where it is about none.
 */
export function score({ task, sources, candidates, criteria }: Compared): Scored[] {
  const evidence = sources.flatMap(fromSource);
  const wanted = weighed(task, relevantStatements(task, sources));
  return candidates.map(({ attributes, text }) => {
    const { measured, reason } = measure(text, evidence, wanted);
    const scores = criteria.map(({ name, description }) => {
      const about = indexOfBest(ABOUT.map((words) => overlap(words, stems(`${name} ${description}`))));
      return [name, Math.round(100 * (measured[about] ?? mean(measured))) / 10];
    });
    return { candidate: attributes["candidate"] ?? "", scores: Object.fromEntries(scores), reason };
  });
}

/** A statement with how much it says on the task. */
interface Weighed extends Statement {
  weight: number;
}

function weighed(task: string, statements: readonly Statement[]): Weighed[] {
  const weights = relevance(
    topicStems(task),
    statements.map((each) => each.stems),
  );
  return statements.map((each, at) => ({ ...each, weight: LEAST_WEIGHT + (weights[at] ?? 0) }));
}

function measure(
  text: string,
  evidence: readonly Statement[],
  wanted: readonly Weighed[],
): { measured: Measured; reason: string } {
  if (isWithoutMaterial(text))
    return { measured: [0, 0, 0], reason: "It only says that it has no material." };
  const sentences = readDraft(text).flatMap(({ blocks }) => blocks.flatMap(sentencesIn));
  const claims = sentences.filter(isClaim);
  const supports = claims.map((claim) => support(claim, citedBy(claim, evidence)));
  const borneOut = supports.filter((each) => each >= BORNE_OUT);
  const said = wanted.filter((statement) =>
    sentences.some((sentence) => overlap(statement.stems, stems(sentence)) >= COVERED),
  );
  const readable = claims.filter((claim) => isReadable(withoutCitations(claim)));
  return {
    measured: [mean(supports), share(total(said), total(wanted)), share(readable.length, claims.length)],
    reason:
      `Claims that the cited sources bear out: ${borneOut.length} of ${claims.length}; ` +
      `statements of the sources on the task that it holds: ${said.length} of ${wanted.length}.`,
  };
}

/** Whether a sentence is short enough to be read at once, and can be understood by itself. */
const isReadable = (sentence: string) => wordCount(sentence) <= LONGEST && quality(sentence) >= READABLE;

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

const total = (statements: readonly Weighed[]) => statements.reduce((sum, { weight }) => sum + weight, 0);

const mean = (numbers: readonly number[]) =>
  share(
    numbers.reduce((sum, each) => sum + each, 0),
    numbers.length,
  );
