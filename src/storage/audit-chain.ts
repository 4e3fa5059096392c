import { createHash, createHmac } from "node:crypto";
import type { AuditEntry, AuditFact, AuditHead, AuditOrigin } from "../outcomes/audit.ts";
import { settings } from "../settings.ts";

/** Gives the key that entries are hashed with; undefined where there is none. */
export type AuditKey = () => string | undefined;

/** The key of the settings, looked up at each use, so that a ledger can be made without reading the environment. */
export const keyOfSettings: AuditKey = () => settings().auditKey;

/** Where a log stands before its first entry. */
export const BEGINNING: AuditHead = { seq: 0, hash: "" };

/** The hash of an entry: of the hash before it, and of its body; by HMAC where there is a key. */
export function chainHash(previous: string, body: string, key: string | undefined): string {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return hash.update(previous).update(body).digest("hex");
}

/** The entry that follows the last one, of now. The names of a fact stand in the order of the alphabet. */
export function entryAfter(
  last: AuditHead,
  { threadId, runId }: AuditOrigin,
  { type, ...fact }: AuditFact,
  key: string | undefined,
): AuditEntry {
  const seq = last.seq + 1;
  const sorted = Object.fromEntries(Object.entries(fact).sort(([one], [other]) => (one < other ? -1 : 1)));
  const body = JSON.stringify({ seq, at: new Date().toISOString(), threadId, runId, type, ...sorted });
  return { seq, body, hash: chainHash(last.hash, body, key) };
}
