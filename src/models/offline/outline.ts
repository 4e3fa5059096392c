import { grouped } from "./grouping.ts";
import { namingPhrase } from "./phrases.ts";
import { isNew, isRepeat, relevance } from "./ranking.ts";
import type { Statement } from "./statements.ts";
import { titleOf } from "./titles.ts";
import { isStopWord, stems, topicStems, words } from "./words.ts";

export interface Section {
  heading: string;
  points: string[];
}

export interface Outline {
  title: string;
  sections: Section[];
}

const MOST_POINTS = 20;
const POINT_WORDS = 13;
/** A statement of up to so many words is its own point. */
const WHOLE_WORDS = 16;

/** Groups statements into sections, names them after the material and shortens each statement to a point. */
export function composeOutline(task: string, statements: readonly Statement[]): Outline {
  const sections = underHeadings(strongest(task, statements, MOST_POINTS)).map(({ heading, group }) => ({
    heading,
    points: group.map(({ text }) => pointOf(text)),
  }));
  return { title: titleOf(task), sections };
}

/** Statements in groups, each under a heading after what it says. */
export function underHeadings(statements: readonly Statement[]): { heading: string; group: Statement[] }[] {
  const headings: string[] = [];
  return grouped(statements).map((group) => {
    const heading = headingFor(group, statements, headings);
    headings.push(heading);
    return { heading, group };
  });
}

/** The statements nearest to the task, in their own order and without repeats. */
function strongest(task: string, statements: readonly Statement[], most: number): Statement[] {
  const distinct = statements.filter(isNew);
  if (distinct.length <= most) return distinct;
  const scores = relevance(
    topicStems(task),
    distinct.map((each) => each.stems),
  );
  const order = distinct.map((_, at) => at).sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
  const chosen = new Set(order.slice(0, most));
  return distinct.filter((_, at) => chosen.has(at));
}

function headingFor(
  group: readonly Statement[],
  all: readonly Statement[],
  taken: readonly string[],
): string {
  const given = group.map(({ heading }) => heading).filter((heading) => heading !== "");
  const [common] = [...new Set(given)].sort((one, other) => times(given, other) - times(given, one));
  const isFree = (heading: string) =>
    !taken.some((other) => isRepeat(stems(other), stems(heading)) || other === heading);
  if (common && times(given, common) * 2 >= group.length && words(common).length <= 8 && isFree(common)) {
    return sentenceCase(common);
  }
  const texts = group.map(({ text }) => text);
  const others = all.filter((each) => !group.includes(each)).map(({ text }) => text);
  const phrase = namingPhrase(texts, others, taken) || pointOf(texts[0] ?? "");
  const heading = sentenceCase(phrase);
  return isFree(heading) ? heading : `${heading} (${taken.length + 1})`;
}

const times = (list: readonly string[], wanted: string) => list.filter((each) => each === wanted).length;

const sentenceCase = (text: string) =>
  /^\p{Ll}+(?:[\s,'’-]|$)/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

const CLAUSE_END =
  /[,;:—–]\s|\s\(|\s(?:so that|because|which|although|unless|whereas|while|even if|rather than)\s/g;

/** The core of a statement: its first clause that says something, at most about a dozen words. */
export function pointOf(statement: string): string {
  const text = statement.replace(/[.!;:]+$/, "");
  const parts = text.split(" ");
  if (parts.length <= WHOLE_WORDS) return text;
  const ends = [...text.matchAll(CLAUSE_END)].map(({ index }) => index);
  const fitting = ends.filter((end) => {
    const length = text.slice(0, end).split(" ").length;
    return length >= 5 && length <= POINT_WORDS + 1 && isBalanced(text.slice(0, end));
  });
  const clause = fitting.at(-1);
  if (
    clause !== undefined &&
    !/^(?:if|when|while|after|before|unless|once|as|because|although|to|for|in|with|by)\b/i.test(text)
  ) {
    return text.slice(0, clause);
  }
  let end = POINT_WORDS;
  while (
    end > 6 &&
    (isStopWord((parts[end - 1] ?? "").toLowerCase()) || !isBalanced(parts.slice(0, end).join(" ")))
  )
    end--;
  return parts
    .slice(0, end)
    .join(" ")
    .replace(/[,;:—–-]+$/, "");
}

const isBalanced = (text: string) =>
  text.split("`").length % 2 === 1 && text.split("(").length === text.split(")").length;

export const writeOutline = ({ title, sections }: Outline) =>
  [
    `# ${title}`,
    ...sections.map(
      ({ heading, points }) => `## ${heading}\n\n${points.map((point) => `- ${point}`).join("\n")}`,
    ),
  ].join("\n\n");

/** Reads an outline back; anything but headings and list items is left out. */
export function readOutline(markdown: string): Outline {
  const outline: Outline = { title: "", sections: [] };
  for (const line of markdown.split("\n")) {
    const [, marks, heading] = /^(#{1,6})\s+(.+?)\s*$/.exec(line) ?? [];
    const [, point] = /^\s*(?:[-*+]|\d+[.)])\s+(.+?)\s*$/.exec(line) ?? [];
    if (heading && marks === "#" && !outline.title) outline.title = heading;
    else if (heading) outline.sections.push({ heading, points: [] });
    else if (point) outline.sections.at(-1)?.points.push(point);
  }
  return outline;
}
