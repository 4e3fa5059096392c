import type { AuditLog } from "../outcomes/audit.ts";
import { type Link, lastOf, linkTo, Numbered, type Read, type Segment, type Spot } from "./audit-segments.ts";

/** What is wrong with an audit log. */
export interface AuditFault {
  /** The first entry concerned, and the last one, by their numbers; of `inserted`, by where they stand. */
  seq: number;
  to: number;
  /**
   * `changed`: the body or the hash; `missing`: removed, at the beginning or inside; `moved`: it stands in another's
   * place; `inserted`: it is none of the chain; `cut`: removed at the end; `head`: the recorded end is another one;
   * `rewritten`: an entry that was noted earlier is another one now; `unkeyed`: hashed without the key.
   */
  kind: "changed" | "missing" | "moved" | "inserted" | "cut" | "head" | "rewritten" | "unkeyed";
  message: string;
}

/** A fault as a sentence. */
export const fault = (kind: AuditFault["kind"], seq: number, to: number, message: string): AuditFault => ({
  seq,
  to,
  kind,
  message: `${message}.`,
});

/** Some entries as the subject of a sentence, with its verb in the singular or the plural. */
export const subject = (seq: number, to: number, [one, many]: readonly [string, string]): string =>
  seq === to ? `Entry ${seq} ${one}` : `The entries ${seq} to ${to} ${many}`;

/** What is wrong with a chain; its segments, with those in place that were taken for moved; and its last number. */
interface Chain {
  faults: AuditFault[];
  segments: Segment[];
  reached: number;
}

/** Finds what is wrong with the entries of a log that should go as far as `end`. */
export async function chainFaults(
  log: AuditLog,
  read: Read,
  { key, end }: { key: string | undefined; end: number },
): Promise<Chain> {
  const segments = await placed(log, read.segments, key);
  const numbered = new Numbered(log, segments);
  const [broken, unkeyed] = [[...read.broken], [...read.unkeyed]];
  for (const segment of segments) {
    const link = await linkOf(segment, numbered, key);
    if (link === "broken") broken.push({ number: segment.from, at: segment.at });
    if (link === "unkeyed") unkeyed.push({ number: segment.from, at: segment.at });
  }
  const { missing, inserted, reached } = coverage(segments);
  const isInserted = (row: number) => inserted.some(([from, to]) => from <= row && row <= to);
  const moved = segments.filter(({ at, from }) => at !== from && !isInserted(at));
  const faults = [
    ...ranges(broken.filter(({ at }) => !isInserted(at))).map((range) => changedFault(range, key)),
    ...ranges(unkeyed.filter(({ at }) => !isInserted(at))).map(([from, to]) =>
      fault("unkeyed", from, to, subject(from, to, UNKEYED)),
    ),
    ...missing.map(([from, to]) =>
      fault("missing", from, to, subject(from, to, from === 1 ? NO_BEGINNING : MISSING)),
    ),
    ...inserted.map(([from, to]) => fault("inserted", from, to, subject(from, to, INSERTED))),
    ...moved.map(movedFault),
  ];
  if (reached < end) faults.push(fault("cut", reached + 1, end, subject(reached + 1, end, CUT)));
  return { faults, segments, reached };
}

const MISSING = ["is missing", "are missing"] as const;
const NO_BEGINNING = [
  "is missing, which was the beginning",
  "are missing, which were the beginning",
] as const;
const CUT = ["is missing at the end", "are missing at the end"] as const;
const INSERTED = [
  "was inserted: it is none of the chain",
  "were inserted: they are none of the chain",
] as const;
const UNKEYED = ["was hashed without the key", "were hashed without the key"] as const;
const CHANGED = [
  "does not fit its hash: it was changed",
  "do not fit their hashes: they were changed",
] as const;

type Range = readonly [from: number, to: number];

function changedFault([from, to]: Range, key: string | undefined): AuditFault {
  const before = key === undefined && from > 1 ? ", or the one before together with its hash" : "";
  const all = from === 1 && to > 1 ? ", or recorded with another key" : "";
  return fault("changed", from, to, `${subject(from, to, CHANGED)}${before}${all}`);
}

function movedFault(segment: Segment): AuditFault {
  const { at, from, length } = segment;
  const place = length === 1 ? `the place of entry ${at}` : `the places of ${at} to ${at + length - 1}`;
  const to = lastOf(segment);
  return fault("moved", from, to, `${subject(from, to, ["stands", "stand"])} in ${place}`);
}

/** An entry that says it belongs elsewhere, and that no other one bears out, is one whose body was changed. */
async function placed(log: AuditLog, segments: Segment[], key: string | undefined): Promise<Segment[]> {
  const numbered = new Numbered(log, segments);
  const isBorneOut = async (segment: Segment) => {
    if (segment.length > 1 || ["fits", "unkeyed"].includes(await linkOf(segment, numbered, key))) return true;
    return numbered
      .startingAt(segment.from + 1)
      .some(({ first }) => linkTo(segment.ends, first, key) !== "broken");
  };
  const found: Segment[] = [];
  for (const segment of segments) {
    const stays = segment.at === segment.from || (await isBorneOut(segment));
    found.push(stays ? segment : { ...segment, from: segment.at });
  }
  return found;
}

/** How a segment stands to the entry of the number before its first, wherever that is; `open` where there is none. */
async function linkOf(
  { from, first }: Segment,
  numbered: Numbered,
  key: string | undefined,
): Promise<Link | "open"> {
  const previous = await numbered.before(from);
  return previous.length === 0 ? "open" : linkTo(previous, first, key);
}

/** Which numbers nobody has, and which entries have one that another, by which the chain goes on, has too. */
function coverage(segments: readonly Segment[]): { missing: Range[]; inserted: Range[]; reached: number } {
  const inOrder = segments.toSorted((one, other) => one.from - other.from || other.length - one.length);
  const missing: Range[] = [];
  const inserted: Range[] = [];
  let holder: Segment | undefined;
  let reached = 0;
  for (const segment of inOrder) {
    const { at, from, length } = segment;
    const last = lastOf(segment);
    if (from > reached + 1) missing.push([reached + 1, from - 1]);
    if (last <= reached) inserted.push([at, at + length - 1]);
    else if (from <= reached && holder) {
      inserted.push([holder.at + from - holder.from, holder.at + reached - holder.from]);
    }
    if (last <= reached) continue;
    holder = segment;
    reached = last;
  }
  return { missing, inserted, reached };
}

/** The numbers of entries as ranges of those that follow each other. */
function ranges(spots: readonly Spot[]): Range[] {
  const found: [number, number][] = [];
  for (const { number } of spots.toSorted((one, other) => one.number - other.number)) {
    const last = found.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}
