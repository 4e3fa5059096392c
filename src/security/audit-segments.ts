import type { AuditEntry, AuditLog } from "../outcomes/audit.ts";
import { BEGINNING, chainHash } from "../storage/audit-chain.ts";

/** How an entry stands to the hash before it; `unkeyed` fits too, but by a hash that needs no key. */
export type Link = "fits" | "unkeyed" | "broken";

/** Entries that follow each other both where they stand and by the numbers in their bodies. */
export interface Segment {
  /** Where the first stands. */
  at: number;
  /** The number in the first one's body; the same as `at` unless it was moved. */
  from: number;
  length: number;
  first: AuditEntry;
  /** The hashes that the next entry may follow: the last one's as it is stored, and as it should be. */
  ends: string[];
}

/** A log as it was read: its segments in the order in which they stand. */
export interface Read {
  entries: number;
  segments: Segment[];
  /** The entries that do not fit the one before them, though it is there, and those hashed without the key. */
  broken: Spot[];
  unkeyed: Spot[];
}

/** An entry by the number in its body, and by where it stands. */
export interface Spot {
  number: number;
  at: number;
}

const PAGE = 1_000;
/** The number of the entry that nothing comes before. */
const FIRST = BEGINNING.seq + 1;

/** How an entry stands to the hashes that may be the one before it. */
export function linkTo(
  previous: readonly string[],
  { body, hash }: AuditEntry,
  key: string | undefined,
): Link {
  if (previous.some((each) => chainHash(each, body, key) === hash)) return "fits";
  const bare = key !== undefined && previous.some((each) => chainHash(each, body, undefined) === hash);
  return bare ? "unkeyed" : "broken";
}

/** Reads a whole log, and checks each entry against the one that stands before it. */
export async function readSegments(log: AuditLog, key: string | undefined): Promise<Read> {
  const read: Read = { entries: 0, segments: [], broken: [], unkeyed: [] };
  for (let from = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await log.auditEntries(from, PAGE);
    for (const entry of page) take(entry, read, key);
    const last = page.at(-1);
    if (!last) return read;
    read.entries += page.length;
    from = last.seq + 1;
  }
}

function take(entry: AuditEntry, read: Read, key: string | undefined): void {
  const number = numberIn(entry);
  const segment = read.segments.at(-1);
  const follows =
    segment &&
    number !== FIRST &&
    entry.seq === segment.at + segment.length &&
    number === segment.from + segment.length;
  const previous = follows ? segment.ends : number === FIRST ? [BEGINNING.hash] : [];
  const link = linkTo(previous, entry, key);
  const ends = [entry.hash];
  if (link === "broken") ends.push(...previous.map((each) => chainHash(each, entry.body, key)));
  // Of entries that were moved only the chain says that they belong together.
  if (!follows || (link === "broken" && segment.at !== segment.from)) {
    read.segments.push({ at: entry.seq, from: number, length: 1, first: entry, ends });
    return;
  }
  if (link === "broken") read.broken.push({ number, at: entry.seq });
  if (link === "unkeyed") read.unkeyed.push({ number, at: entry.seq });
  segment.length += 1;
  segment.ends = ends;
}

/** The number in an entry's body; of one that cannot be read, where it stands. */
function numberIn({ seq, body }: AuditEntry): number {
  try {
    const { seq: said }: { seq?: unknown } = JSON.parse(body);
    return Number.isSafeInteger(said) ? Number(said) : seq;
  } catch {
    return seq;
  }
}

/** The last number of a segment, by the bodies. */
export const lastOf = ({ from, length }: Segment): number => from + length - 1;

/** Finds entries by the numbers in their bodies, wherever they stand. */
export class Numbered {
  readonly #log: AuditLog;
  readonly #byStart: ReadonlyMap<number, Segment[]>;
  readonly #byEnd: ReadonlyMap<number, Segment[]>;
  readonly #long: Segment[];

  constructor(log: AuditLog, segments: readonly Segment[]) {
    this.#log = log;
    this.#byStart = by(({ from }) => from, segments);
    this.#byEnd = by(lastOf, segments);
    this.#long = segments.filter(({ length }) => length > 1);
  }

  /** The hashes that the entry of this number may follow; none where there is none before it. */
  async before(number: number): Promise<string[]> {
    return number === FIRST ? [BEGINNING.hash] : this.hashesOf(number - 1);
  }

  /** The hashes of all entries of a number; none where there is no such entry. */
  async hashesOf(number: number): Promise<string[]> {
    const ends = (this.#byEnd.get(number) ?? []).flatMap((segment) => segment.ends);
    const holding = this.#long.filter((segment) => segment.from <= number && number < lastOf(segment));
    const inside = holding.map(async ({ at, from }) => {
      const [entry] = await this.#log.auditEntries(at + number - from, 1);
      return entry ? [entry.hash] : [];
    });
    return [...ends, ...(await Promise.all(inside)).flat()];
  }

  /** The segments whose first entry has this number. */
  startingAt(number: number): readonly Segment[] {
    return this.#byStart.get(number) ?? [];
  }
}

function by(numberOf: (segment: Segment) => number, segments: readonly Segment[]): Map<number, Segment[]> {
  const found = new Map<number, Segment[]>();
  for (const segment of segments) {
    const number = numberOf(segment);
    found.set(number, [...(found.get(number) ?? []), segment]);
  }
  return found;
}
