import type { Usage } from "./spend.ts";

/** How a call ended. */
interface Ended {
  ok: boolean;
  ms: number;
  /** Where a cache answered, and nobody was called. */
  cached?: true;
}

/** What is recorded of a run for whoever has to answer for it: who asked what of whom, and who allowed it. JSON. */
export type AuditFact =
  | ({ type: "model_call"; role: string; model: string; usage: Usage } & Ended)
  | ({ type: "tool_call"; role: string; tool: string; args: unknown } & Ended)
  /** What was decided about a tool call, before it was made. `by` is a person where one was asked. */
  | {
      type: "permission";
      role: string;
      tool: string;
      args: unknown;
      decision: "allowed" | "denied";
      by: "rule" | "person";
      reason: string;
    }
  /** What a person answered to an interrupt. */
  | { type: "answer"; interrupt: string; question: unknown; answer: unknown }
  | { type: "effect"; key: string; state: "done" | "recorded" | "unknown" | "not_done" };

/** Whose entry it is. */
export interface AuditOrigin {
  threadId: string;
  /** Null outside of `run`. */
  runId: string | null;
}

/** An entry as it is kept: numbered from 1 without a gap, over all runs of the storage. */
export interface AuditEntry {
  seq: number;
  /** What was recorded, as the JSON text that the hash is of: `{ seq, at, threadId, runId, ...fact }`. */
  body: string;
  /** SHA-256 (HMAC where a key is set) of the previous entry's hash and the body, as hex. */
  hash: string;
}

/** The last entry's number and hash, which are kept apart from the entries: by them a cut end shows. */
export type AuditHead = Pick<AuditEntry, "seq" | "hash">;

/** An append-only log, chained by hashes. Atomic over all processes that share the ledger. */
export interface AuditLog {
  /** Adds an entry behind the last one. */
  audit(origin: AuditOrigin, fact: AuditFact): Promise<void>;
  /** The entries as they are stored, by number, from one number on: at most `limit`. */
  auditEntries(from: number, limit: number): Promise<AuditEntry[]>;
  /** Where the chain ends; undefined where nothing was ever recorded. */
  auditHead(): Promise<AuditHead | undefined>;
}

/** Where a run's entries go. */
export interface Audit extends AuditOrigin {
  log: AuditLog;
}
