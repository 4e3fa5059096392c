import type { CallEstimate } from "../outcomes/account.ts";
import type { AuditEntry, AuditFact, AuditHead, AuditOrigin } from "../outcomes/audit.ts";
import type { EffectClaim } from "../outcomes/effect.ts";
import { NOTHING_SPENT, type Spend, type Usage } from "../outcomes/spend.ts";
import { type AuditKey, keyOfSettings } from "./audit-chain.ts";
import { MemoryEffectLog } from "./effect-log.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { busyThread, neverLost, repeatedRun, unknownRun } from "./lock.ts";
import { MemoryAuditLog } from "./memory-audit.ts";
import { RunAccount } from "./run-account.ts";

interface Run {
  record: RunRecord;
  account: RunAccount;
}

/**
 * A ledger that ends with the process: for tests, and for runs that need not survive.
 *
 * A service may keep one as long as it lives. No use takes longer for what came before it, and when a thread
 * begins a new run, its earlier runs that have ended are forgotten, their calls, nodes and effects too: `spent`
 * and `path` know them no longer, and a late `reserve` for one is rejected. Of each thread the newest run stays,
 * and of the audit log the newest 10,000 entries.
 */
export class MemoryLedger implements Ledger {
  readonly #runs = new Map<string, Run>();
  /** The runs of each thread, the newest last. */
  readonly #threads = new Map<string, string[]>();
  /** By run, then by task, in the order of the ends. */
  readonly #nodes = new Map<string, Map<string, string>>();
  readonly #effects = new MemoryEffectLog();
  readonly #locked = new Set<string>();
  readonly #audit: MemoryAuditLog;

  constructor(auditKey: AuditKey = keyOfSettings) {
    this.#audit = new MemoryAuditLog(auditKey);
  }

  async lock(threadId: string): Promise<ThreadLock> {
    if (this.#locked.has(threadId)) throw busyThread(threadId);
    this.#locked.add(threadId);
    let held = true;
    const release = async () => {
      if (held) this.#locked.delete(threadId);
      held = false;
    };
    return { release, lost: neverLost() };
  }

  async begin(run: RunRecord): Promise<void> {
    if (this.#runs.has(run.runId)) throw repeatedRun(run.runId);
    const earlier = this.#threads.get(run.threadId) ?? [];
    const unfinished = earlier.filter((runId) => this.#runs.get(runId)?.record.status === "running");
    for (const runId of earlier) if (!unfinished.includes(runId)) this.#forget(runId);
    this.#threads.set(run.threadId, [...unfinished, run.runId]);
    this.#runs.set(run.runId, { record: copy(run), account: new RunAccount() });
  }

  async latest(threadId: string): Promise<RunRecord | undefined> {
    const newest = this.#runs.get(this.#threads.get(threadId)?.at(-1) ?? "");
    return newest && copy(newest.record);
  }

  async update(runId: string, { status, budget, ms, model }: RunChanges): Promise<void> {
    const record = this.#runs.get(runId)?.record;
    if (!record) return;
    if (status) record.status = status;
    if (budget) record.budget = { ...budget };
    if (ms !== undefined) record.ms = ms;
    if (model !== undefined) record.model = model;
  }

  async reserve(runId: string, reservation: CallEstimate): Promise<Granted> {
    const run = this.#runs.get(runId);
    if (!run) throw unknownRun(runId);
    const answer = run.account.reserve(run.record.budget, reservation);
    // An id that says its run: nothing has to be kept of calls that are settled.
    return "granted" in answer ? { ...answer, granted: `${answer.granted} ${runId}` } : answer;
  }

  async settle(callId: string, usage: Usage): Promise<Spend> {
    const [call = "", ...rest] = callId.split(" ");
    const runId = rest.join(" ");
    const run = this.#runs.get(runId);
    run?.account.settle(call, usage);
    return run ? run.account.settled(run.record.ms) : { ...NOTHING_SPENT };
  }

  async settleOpen(runId: string): Promise<void> {
    this.#runs.get(runId)?.account.settleOpen();
  }

  async spent(runId: string): Promise<Spend> {
    const run = this.#runs.get(runId);
    return run ? run.account.spent(run.record.ms) : { ...NOTHING_SPENT };
  }

  async nodeEnded(runId: string, taskId: string, node: string, ms: number): Promise<void> {
    const ended = this.#nodes.get(runId) ?? new Map<string, string>();
    this.#nodes.set(runId, ended);
    ended.delete(taskId);
    ended.set(taskId, node);
    await this.update(runId, { ms });
  }

  async path(runId: string): Promise<string[]> {
    return [...(this.#nodes.get(runId)?.values() ?? [])];
  }

  claim(scope: string, key: string, owner: string): Promise<EffectClaim> {
    return this.#effects.claim(scope, key, owner);
  }

  fulfil(scope: string, key: string, result: unknown): Promise<void> {
    return this.#effects.fulfil(scope, key, result);
  }

  doubt(scope: string, key: string, reason: string): Promise<void> {
    return this.#effects.doubt(scope, key, reason);
  }

  disclaim(scope: string, key: string): Promise<void> {
    return this.#effects.disclaim(scope, key);
  }

  audit(origin: AuditOrigin, fact: AuditFact): Promise<void> {
    return this.#audit.audit(origin, fact);
  }

  auditEntries(from: number, limit: number): Promise<AuditEntry[]> {
    return this.#audit.auditEntries(from, limit);
  }

  auditHead(): Promise<AuditHead | undefined> {
    return this.#audit.auditHead();
  }

  async close(): Promise<void> {
    this.#locked.clear();
  }

  #forget(runId: string): void {
    this.#runs.delete(runId);
    this.#nodes.delete(runId);
    this.#effects.forget(runId);
  }
}

/** As a database would give it back: later changes of the caller's object do not reach the ledger. */
const copy = (run: RunRecord): RunRecord => ({
  ...run,
  budget: { ...run.budget },
  input: JSON.parse(JSON.stringify(run.input) ?? "null"),
});
