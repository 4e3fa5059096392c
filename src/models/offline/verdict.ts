import type { Objection, Verdict } from "../../outcomes/verdict.ts";
import {
  citedBy,
  type DraftSection,
  headingText,
  isClaim,
  readDraft,
  sentencesIn,
  support,
} from "./draft.ts";
import { isWithoutMaterial, timesTried } from "./no-material.ts";
import { quoted } from "./objections.ts";
import type { Outline } from "./outline.ts";
import { likeness, overlap } from "./ranking.ts";
import { citationsIn } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { stems, wordCount } from "./words.ts";

const MOST = 6;
/** A point counts as covered when one paragraph has this part of its content words. */
export const COVERED = 0.65;
/** A cited sentence counts as borne out when one note with its number has this part of its content words. */
export const BORNE_OUT = 0.4;
const LONGEST_SENTENCE = 55;
const LONGEST_PARAGRAPH = 150;

/** What a review reads. */
export interface Reviewed {
  draft: string;
  outline: Outline;
  statements: readonly Statement[];
  /** What the review is about; everything unless given. */
  aspects?: readonly string[];
}

/** Checks a draft against its outline and its notes; approves exactly when no check fails. */
export function review({ draft, outline, statements, aspects = [] }: Reviewed): Verdict {
  const isAsked = ({ aspect }: Objection) => aspects.length === 0 || aspects.includes(aspect);
  const objections =
    draft.trim() === "" || isWithoutMaterial(draft)
      ? [absent(draft)]
      : checked({ draft, outline, statements }).filter(isAsked);
  return { approved: objections.length === 0, objections: objections.slice(0, MOST) };
}

function absent(draft: string): Objection {
  if (draft.trim() === "") {
    return { aspect: "completeness", problem: "There is no draft to review.", change: "Write the draft." };
  }
  const tried = timesTried(draft);
  const after = tried === 0 ? "" : `, after ${tried} ${tried === 1 ? "revision" : "revisions"}`;
  return {
    aspect: "completeness",
    problem: `The draft holds no material: it only says that there is none on the task${after}.`,
    change: "Gather material on the task, with documents or another source, and write from it.",
  };
}

function checked({ draft, outline, statements }: Reviewed): Objection[] {
  const sections = readDraft(draft);
  const claims = sections.flatMap(({ blocks }) => blocks.flatMap(sentencesIn)).filter(isClaim);
  return [
    ...claims.flatMap((claim) => sourcing(claim, statements)),
    ...missingSections(sections, outline),
    ...uncovered(sections, outline, statements),
    ...unclear(sections),
  ];
}

/** A claim's citations: there, known, and borne out by what they cite. Unnumbered material asks for none. */
function sourcing(claim: string, statements: readonly Statement[]): Objection[] {
  const known = new Set(statements.flatMap(({ numbers }) => numbers));
  if (known.size === 0) return [];
  const numbers = citationsIn(claim);
  const unknown = numbers.filter((number) => !known.has(number));
  const better = [...statements].sort((one, other) => support(claim, [other]) - support(claim, [one]))[0];
  const advice =
    better && support(claim, [better]) >= BORNE_OUT
      ? `Cite [${better.numbers.join("][")}], which says it, or take the sentence out.`
      : "Take the sentence out: no note says it.";
  if (numbers.length === 0) {
    return [{ aspect: "citation", problem: `The claim ${quoted(claim)} cites nothing.`, change: advice }];
  }
  if (unknown.length > 0) {
    const problem = `${quoted(claim)} cites [${unknown.join("][")}], which is not among the notes.`;
    return [{ aspect: "citation", problem, change: advice }];
  }
  if (support(claim, citedBy(claim, statements)) >= BORNE_OUT) return [];
  const problem = `${quoted(claim)} is not what its citation [${numbers.join("][")}] says.`;
  return [{ aspect: "accuracy", problem, change: advice }];
}

const hasHeading = (sections: readonly DraftSection[], heading: string) =>
  sections.some(
    (section) =>
      headingText(section.heading).toLowerCase() === heading.toLowerCase() ||
      likeness(stems(section.heading), stems(heading)) >= 0.75,
  );

const missingSections = (sections: readonly DraftSection[], outline: Outline): Objection[] =>
  outline.sections
    .filter(({ heading }) => !hasHeading(sections, heading))
    .map(({ heading }) => ({
      aspect: "structure",
      problem: `The section ${quoted(heading)} of the outline is missing.`,
      change: `Add a section with this heading that covers its points.`,
    }));

function uncovered(
  sections: readonly DraftSection[],
  outline: Outline,
  statements: readonly Statement[],
): Objection[] {
  const paragraphs = sections.flatMap(({ heading, blocks }) =>
    blocks.map((block) => stems(`${heading} ${block}`)),
  );
  return outline.sections
    .filter(({ heading }) => hasHeading(sections, heading))
    .flatMap(({ heading, points }) =>
      points
        .filter((point) => stems(point).length > 0)
        .filter((point) => !paragraphs.some((paragraph) => overlap(stems(point), paragraph) >= COVERED))
        .map((point): Objection => {
          const source = [...statements].sort((one, other) => covers(point, other) - covers(point, one))[0];
          const where = source && covers(point, source) >= COVERED && source.numbers.length > 0;
          return {
            aspect: "completeness",
            problem: `The point ${quoted(point)} of the section ${quoted(heading)} is not covered.`,
            change: where
              ? `Cover it there; note [${source.numbers.join("][")}] says it.`
              : "Cover it there.",
          };
        }),
    );
}

const covers = (point: string, statement: Statement) => overlap(stems(point), statement.stems);

function unclear(sections: readonly DraftSection[]): Objection[] {
  const blocks = sections.flatMap((section) => section.blocks);
  const sentences = blocks.flatMap(sentencesIn).filter((sentence) => wordCount(sentence) > LONGEST_SENTENCE);
  const paragraphs = blocks.filter(
    (block) =>
      sentencesIn(block).length > 1 && wordCount(block) > LONGEST_PARAGRAPH && !/^\s*[-*+\d]/.test(block),
  );
  return [
    ...sentences.map(
      (sentence): Objection => ({
        aspect: "clarity",
        problem: `The sentence ${quoted(sentence)} has ${wordCount(sentence)} words.`,
        change: `Cut it to at most ${LONGEST_SENTENCE} words, or divide it.`,
      }),
    ),
    ...paragraphs.map(
      (paragraph): Objection => ({
        aspect: "clarity",
        problem: `The paragraph ${quoted(paragraph)} has ${wordCount(paragraph)} words.`,
        change: `Divide it: at most ${LONGEST_PARAGRAPH} words in a paragraph.`,
      }),
    ),
  ];
}
