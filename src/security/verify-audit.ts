import type { AuditHead, AuditLog } from "../outcomes/audit.ts";
import { settings } from "../settings.ts";
import { type AuditFault, chainFaults, fault, subject } from "./audit-faults.ts";
import { Numbered, readSegments } from "./audit-segments.ts";

/** What a check of an audit log has found. */
export interface AuditReport {
  ok: boolean;
  entries: number;
  /** The recorded end; null where nothing was ever recorded. */
  head: AuditHead | null;
  /** By the numbers of the entries. */
  faults: AuditFault[];
}

/** What a log is checked against. */
export interface VerifyOptions {
  /** The key that its entries were hashed with; the settings' unless given. */
  key?: string | undefined;
  /** The end of the log as it was noted elsewhere earlier: only this tells of a chain that was rewritten or cut as a whole. */
  expected?: AuditHead | undefined;
}

/**
 * Checks an audit log, and says which entries were changed, removed, moved or inserted. It goes by the numbers in
 * the bodies, so that one wrong entry is one fault and not all that follow it. Others may add entries meanwhile.
 *
 * Without a key it finds what was changed by hand, but not a chain that was computed anew as a whole; with or
 * without one, a log that was cut together with its recorded end, or replaced by the log of another database with
 * the same key, is found only by an `expected` end.
 */
export async function verifyAudit(log: AuditLog, options: VerifyOptions = {}): Promise<AuditReport> {
  const { key = settings().auditKey, expected } = options;
  const before = await log.auditHead();
  const read = await readSegments(log, key);
  const head = await log.auditHead();
  const { faults, segments, reached } = await chainFaults(log, read, { key, end: before?.seq ?? 0 });
  const numbered = new Numbered(log, segments);
  if (!head && reached > 0) {
    faults.push(fault("head", reached, reached, "The end of the log is not recorded any more"));
  }
  if (head && reached > head.seq)
    faults.push(fault("inserted", head.seq + 1, reached, subject(head.seq + 1, reached, BEHIND)));
  const recorded = before && (await named(numbered, before));
  if (before && recorded === "another") {
    const message = `The recorded end of the log is entry ${before.seq} with another hash than that entry has`;
    faults.push(fault("head", before.seq, before.seq, message));
  }
  const noted = expected && (await named(numbered, expected));
  if (expected && noted !== "same") faults.push(rewritten(expected, noted === "none"));
  faults.sort((one, other) => one.seq - other.seq);
  return { ok: faults.length === 0, entries: read.entries, head: head ?? null, faults };
}

const BEHIND = ["stands behind the recorded end", "stand behind the recorded end"] as const;

const rewritten = ({ seq }: AuditHead, isMissing: boolean) =>
  isMissing
    ? fault(
        "cut",
        seq,
        seq,
        `The log went as far as entry ${seq} when that was noted, and has no such entry now`,
      )
    : fault(
        "rewritten",
        seq,
        seq,
        `Entry ${seq} has another hash than was noted: the log was rewritten up to there`,
      );

/** Whether the entry of a number has the hash that somebody noted. */
async function named(numbered: Numbered, { seq, hash }: AuditHead): Promise<"same" | "another" | "none"> {
  const hashes = await numbered.hashesOf(seq);
  if (hashes.length === 0) return "none";
  return hashes.includes(hash) ? "same" : "another";
}
