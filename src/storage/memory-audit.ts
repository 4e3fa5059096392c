import type { AuditEntry, AuditFact, AuditHead, AuditLog, AuditOrigin } from "../outcomes/audit.ts";
import { type AuditKey, BEGINNING, entryAfter } from "./audit-chain.ts";

/** A process may live long: older entries are forgotten, which a check of the log tells as missing. */
const MOST_KEPT = 10_000;

/** The newest 10,000 entries of an audit log that ends with the process. */
export class MemoryAuditLog implements AuditLog {
  readonly #key: AuditKey;
  readonly #entries = new Map<number, AuditEntry>();
  #last = BEGINNING;

  constructor(key: AuditKey) {
    this.#key = key;
  }

  async audit(origin: AuditOrigin, fact: AuditFact): Promise<void> {
    const entry = entryAfter(this.#last, origin, fact, this.#key());
    this.#entries.set(entry.seq, entry);
    this.#entries.delete(entry.seq - MOST_KEPT);
    this.#last = { seq: entry.seq, hash: entry.hash };
  }

  async auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    const oldest = this.#last.seq - this.#entries.size + 1;
    const first = Math.max(from, oldest);
    const count = Math.max(0, Math.min(limit, this.#last.seq - first + 1));
    return Array.from({ length: count }, (_, index) => this.#entries.get(first + index)).flatMap((entry) =>
      entry ? [{ ...entry }] : [],
    );
  }

  async auditHead(): Promise<AuditHead | undefined> {
    return this.#last.seq === 0 ? undefined : { ...this.#last };
  }
}
