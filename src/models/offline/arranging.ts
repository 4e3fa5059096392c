import { underHeadings } from "./outline.ts";
import { isRepeat, relevance } from "./ranking.ts";
import { type Request, sourceHeadingOf, textOf } from "./request.ts";
import { citationsIn, withoutCitations } from "./sentences.ts";
import { type Statement, statement } from "./statements.ts";
import { topicStems } from "./words.ts";

interface Arranged {
  records: { topic: string; claim: string; statements: number[]; sources: number[] }[];
  dropped: { statement: number; reason: string }[];
}

/** A numbered statement of the notes. */
interface Numbered extends Statement {
  number: number;
}

/** One record of statements that say the same. */
interface Record {
  claim: Numbered;
  repeats: Numbered[];
}

const LINE = /^(\d+)\. (.*)$/;

/**
 * Puts numbered statements in order: those that say the same are one record, records are grouped by what they say
 * and where they stand, and the group that says most on the task comes first. None is dropped.
 */
export function arrange(request: Request): Arranged {
  const records = merged(numberedIn(request));
  const groups = underHeadings(records.map(({ claim }) => claim));
  const recordOf = (claim: Statement) => records.find((each) => each.claim === claim);
  const weights = groups.map(({ group }) =>
    Math.max(
      ...relevance(
        topicStems(request.task),
        group.map(({ stems }) => stems),
      ),
    ),
  );
  const ordered = groups.map((_, at) => at).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
  return {
    records: ordered.flatMap((at) => {
      const { heading: topic = "", group = [] } = groups[at] ?? {};
      return group.flatMap((each) => recordOf(each) ?? []).map((record) => ({ topic, ...written(record) }));
    }),
    dropped: [],
  };
}

function numberedIn(request: Request): Numbered[] {
  return textOf(request.blocks, "notes")
    .split("\n")
    .flatMap((line) => {
      const [, number, said = ""] = LINE.exec(line) ?? [];
      const numbers = citationsIn(said);
      const heading = sourceHeadingOf({ numbers }, request);
      const facts = statement(withoutCitations(said).trim(), { numbers, heading });
      return number === undefined ? [] : [{ ...facts, number: Number(number) }];
    });
}

function merged(statements: readonly Numbered[]): Record[] {
  const records: Record[] = [];
  for (const each of statements) {
    const same = records.find(({ claim }) => isRepeat(claim.stems, each.stems));
    if (same) same.repeats.push(each);
    else records.push({ claim: each, repeats: [] });
  }
  return records;
}

function written({ claim, repeats }: Record) {
  const all = [claim, ...repeats];
  const sources = [...new Set(all.flatMap(({ numbers }) => numbers))].sort((a, b) => a - b);
  return { claim: claim.text, statements: all.map(({ number }) => number), sources };
}
