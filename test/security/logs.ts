import type { AuditEntry, AuditHead, AuditLog } from "../../src/outcomes/audit.ts";
import { chainHash } from "../../src/storage/audit-chain.ts";
import { openStorage } from "../../src/storage/open.ts";

export const KEY = "a-key-of-the-audit-log";

/** A log as somebody who can write the database leaves it. */
export class Tampered implements AuditLog {
  entries: AuditEntry[];
  head: AuditHead | undefined;

  constructor(entries: AuditEntry[], head: AuditHead | undefined) {
    this.entries = entries;
    this.head = head;
  }

  async audit(): Promise<void> {
    throw new Error("Nobody adds to this log.");
  }

  async auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    return this.sorted.filter(({ seq }) => seq >= from).slice(0, limit);
  }

  async auditHead(): Promise<AuditHead | undefined> {
    return this.head;
  }

  get sorted(): AuditEntry[] {
    return this.entries.toSorted((one, other) => one.seq - other.seq);
  }

  has(seq: number): boolean {
    return this.entries.some((each) => each.seq === seq);
  }

  at(seq: number): AuditEntry {
    const entry = this.entries.find((each) => each.seq === seq);
    if (!entry) throw new Error(`There is no entry ${seq}.`);
    return entry;
  }

  remove(...seqs: number[]): void {
    this.entries = this.entries.filter(({ seq }) => !seqs.includes(seq));
  }

  /** Lets two entries stand in each other's place. */
  swap(one: number, other: number): void {
    const [first, second] = [this.at(one), this.at(other)];
    [first.seq, second.seq] = [other, one];
  }

  /** Moves all entries from a number on. */
  shift(from: number, by: number): void {
    for (const entry of this.entries) if (entry.seq >= from) entry.seq += by;
  }

  /** Computes all hashes anew from a number on, and the recorded end. */
  rewrite(from: number, key: string | undefined): void {
    let previous = from > 1 ? this.at(from - 1).hash : "";
    for (const entry of this.entries.filter(({ seq }) => seq >= from)) {
      entry.hash = chainHash(previous, entry.body, key);
      previous = entry.hash;
    }
    const last = this.entries.at(-1);
    this.head = last && { seq: last.seq, hash: last.hash };
  }
}

/** A body like that of an entry, which says something else. */
export const forged = (body: string) => body.replace('"done"', '"not_done"');

/** A log of so many entries, as it was recorded. */
export async function logOf(count: number, auditKey?: string): Promise<Tampered> {
  const { ledger } = openStorage("memory:", { auditKey });
  for (let at = 1; at <= count; at++) {
    const fact = { type: "effect", key: `article ${at}`, state: "done" } as const;
    await ledger.audit({ threadId: "thread", runId: "run" }, fact);
  }
  return new Tampered(await ledger.auditEntries(1, count), await ledger.auditHead());
}
