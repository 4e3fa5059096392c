import { AnswerError } from "../errors.ts";
import type { Objection } from "../outcomes/verdict.ts";
import { visible } from "../security/text.ts";
import { citationsOf, citing } from "../state/citations.ts";
import type { Passage, Source } from "../state/passage.ts";
import { joined, section } from "./sections.ts";

/** An objection for each citation that points at no source. */
export function danglingCitations(text: string, sources: readonly { id: number }[]): Objection[] {
  const known = new Set(sources.map(({ id }) => id));
  return citationsOf(text)
    .filter((id) => !known.has(id))
    .map((id) => ({
      aspect: "citation",
      problem: `The citation [${id}] points at no source.`,
      change: `Cite one of the sources ${known.size ? [...known].join(", ") : "(there are none)"}, or take the statement out.`,
    }));
}

/** The text without its citations that point at no source; code stays as it is. */
export const withoutDangling = (text: string, sources: readonly { id: number }[]): string =>
  citing(text, (cited) => sources.find(({ id }) => id === cited)?.id);

/** Why a text says nothing once its citations that point at no source are taken out; undefined where it says something. */
export const saysNothing = (text: string, sources: readonly { id: number }[]): string | undefined =>
  withoutDangling(text, sources).trim()
    ? undefined
    : "it holds nothing but citations of sources that were not shown";

/**
 * The text without its citations that point at no source.
 *
 * @throws AnswerError where it says nothing else; `what` names it
 */
export function grounded(what: string, text: string, sources: readonly { id: number }[]): string {
  const fault = saysNothing(text, sources);
  if (fault !== undefined) throw new AnswerError(what, `${fault}.`);
  return withoutDangling(text, sources);
}

/** A report that cites nothing but what its writer was shown: its sources, and what it was given besides. */
export const verified = <Text extends Cited>(report: Text, given: readonly { id: number }[] = []): Text => ({
  ...report,
  text: withoutDangling(report.text, [...report.sources, ...given]),
});

/** The sources that a text cites, or one of several texts. */
export function citedIn<Each extends { id: number }>(
  texts: string | readonly string[],
  sources: readonly Each[],
): Each[] {
  const cited = [texts].flat().flatMap(citationsOf);
  return sources.filter(({ id }) => cited.includes(id));
}

/** The sources by their numbers, each once. */
export const eachOnce = <Each extends { id: number }>(sources: readonly Each[]): Each[] => [
  ...new Map(sources.map((source) => [source.id, source])).values(),
];

/** A text with the passages that its citations point at. */
interface Cited {
  text: string;
  sources: readonly Source[];
}

const asVisible = (passage: Passage): Passage => ({
  ...passage,
  title: visible(passage.title),
  file: visible(passage.file),
  heading: visible(passage.heading),
  text: visible(passage.text),
});

const isSame = (a: Passage, b: Passage) => a.file === b.file && a.heading === b.heading && a.text === b.text;

/**
 * Numbers passages for one who reads others' cited texts: a passage that they cite keeps its number,
 * and a new one gets the first that they do not use. So all their citations can be quoted as they are. What
 * passages say is freed of what nobody sees.
 */
export function numberingAfter(others: readonly Cited[]) {
  const known = others.flatMap(({ sources }) => sources);
  const taken = new Set([...known.map(({ id }) => id), ...others.flatMap(({ text }) => citationsOf(text))]);
  const shown: Source[] = [];
  const number = (found: Passage): Source => {
    const passage = asVisible(found);
    const before = shown.find((source) => isSame(source, passage));
    if (before) return before;
    const id = known.find((source) => isSame(source, passage))?.id ?? firstNotIn(taken);
    taken.add(id);
    const source = { ...passage, id };
    shown.push(source);
    return source;
  };
  const isNumbered = (id: number) => [...known, ...shown].some((source) => source.id === id);
  return { number, isNumbered, shown };
}

/**
 * Cited texts under one numbering, for one who reads them together: a passage has the same number in all of
 * them, and no two passages share one. Numbers go by the order of the texts and of their sources; what a text
 * cites without having it as a source is taken out.
 */
export function underOneNumbering<Text extends Cited>(texts: readonly Text[]): Text[] {
  const { number } = numberingAfter([]);
  return texts.map((each) => {
    const renumbered = each.sources.map((source) => ({ from: source.id, source: number(source) }));
    const text = citing(each.text, (id) => renumbered.find(({ from }) => from === id)?.source.id);
    return { ...each, text, sources: renumbered.map(({ source }) => source) };
  });
}

/** A cited text that stands alone: its sources are those that it cites, numbered in the order of the citations. */
export function standingAlone<Text extends Cited>(text: Text): Text {
  const cited = citationsOf(text.text).flatMap((id) => text.sources.find((each) => each.id === id) ?? []);
  const [alone = text] = underOneNumbering([{ ...text, sources: cited }]);
  return alone;
}

function firstNotIn(taken: ReadonlySet<number>): number {
  let id = 1;
  while (taken.has(id)) id++;
  return id;
}

/** A text with the list of the sources that it cites, each once. */
export function withSources(text: string, sources: readonly Source[]): string {
  const lines = eachOnce(citedIn(text, sources))
    .sort((a, b) => a.id - b.id)
    .map(({ id, title, file }) => `- [${id}] ${title} (${file})`);
  return joined(text.trim(), section("Sources", lines.join("\n")));
}
