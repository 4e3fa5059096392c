import { ToolError, UsageError } from "../../src/errors.ts";
import { danglingCitations } from "../../src/nodes/index.ts";
import type { Objection } from "../../src/outcomes/verdict.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";
import type { Source } from "../../src/state/passage.ts";
import { citationsInWords } from "../../src/tools/check-citations.ts";
import { checkCitations } from "../../src/tools/citation-check.ts";
import { checkText, textInWords } from "../../src/tools/text-checks.ts";

/** What plain rules find in a draft. */
export interface Checked {
  /** What keeps the draft from being approved, whatever a model says. */
  objections: Objection[];
  /** What the reviewer is shown, to judge for itself; empty for nothing. */
  shown: string;
}

/** One of the reviews that are given at once. The name is also the role that gives it. */
export interface Review {
  name: string;
  /** What it judges, in words for the reviewer. */
  brief: string;
  /** What its objections may be about. */
  aspects: readonly Objection["aspect"][];
  /** Plain checks of the draft against the sources that it may cite; if they fail, the review is not given. */
  check?: (draft: string, sources: readonly Source[]) => Checked | Promise<Checked>;
}

/** The reviews that an article gets unless a workflow says otherwise. */
export const REVIEWS: readonly Review[] = [
  {
    name: "quality",
    brief:
      "Whether the article answers the task: everything is there that the notes have on it, its limits and alternatives included, and it is in an order that a reader can follow.",
    aspects: ["completeness", "structure"],
  },
  {
    name: "style",
    brief:
      "Whether the article reads well: plain words, short sentences, one thought a paragraph, nothing said twice, and terms that are explained where they first come.",
    aspects: ["clarity"],
    check: (draft) => styleOf(draft),
  },
  {
    name: "facts",
    brief:
      "Whether each statement is what the source that it cites says, with its conditions, its figures and its names, and whether each claim cites one.",
    aspects: ["accuracy", "citation"],
    check: (draft, sources) => factsOf(draft, sources),
  },
];

/** What rules find without knowing what a text means. */
const CERTAIN: readonly string[] = ["repeated_word", "apostrophe"];

/** Doubled words and missing apostrophes are faults; how readable the text is, the reviewer judges. */
async function styleOf(draft: string): Promise<Checked> {
  try {
    const report = await checkText(draft);
    const certain = report.findings.filter(({ kind }) => CERTAIN.includes(kind));
    const objections = certain.map(({ line, quote, suggestion }) => ({
      aspect: "clarity" as const,
      problem: `Line ${line} reads “${quote}”.`,
      change: suggestion,
    }));
    return { objections, shown: textInWords(report) };
  } catch (error) {
    if (error instanceof ToolError) return { objections: [], shown: error.message };
    throw error;
  }
}

/** Citations of nothing and figures without a citation are faults; what words alone make doubtful, the reviewer judges. */
function factsOf(draft: string, sources: readonly Source[]): Checked {
  const report = checkCitations(draft, sources);
  const bare = report.findings.filter(({ kind }) => kind === "no_citation");
  const objections = bare.map(({ quote, missing }) => ({
    aspect: "citation" as const,
    problem: `“${quote}” gives ${missing.join(", ")} without a citation.`,
    change: "Cite where that is from, or take it out.",
  }));
  return {
    objections: [...danglingCitations(draft, sources), ...objections],
    shown: citationsInWords(report),
  };
}

/**
 * The reviews that a workflow was given.
 *
 * @throws UsageError unless they are one or more, each with a name of its own, a brief and an aspect
 */
export function reviewsIn(given: readonly Review[]): readonly Review[] {
  const names = given.map(({ name }) => name.trim());
  const wrong = given.find(
    ({ brief, aspects }, at) =>
      !names[at] || isDuplicate(names[at], at, names) || !brief.trim() || aspects.length === 0,
  );
  if (given.length > 0 && !wrong) return given;
  const what = wrong ? `not ${JSON.stringify(wrong)}` : "and not none";
  throw new UsageError(
    "BAD_REVIEWS",
    `reviews has to hold reviews with a name of their own, a brief and an aspect, ${what}.`,
  );
}
