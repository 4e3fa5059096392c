import type { CallEstimate } from "../outcomes/account.ts";
import { NOTHING_SPENT, type Spend, type Usage } from "../outcomes/spend.ts";
import type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./ledger.ts";
import { busyThread, neverLost, repeatedRun, unknownRun } from "./lock.ts";
import { RunAccount } from "./run-account.ts";

interface Run {
  record: RunRecord;
  account: RunAccount;
}

/**
 * A ledger that ends with the process: for tests, and for runs that need not survive.
 *
 * A service may keep one as long as it lives. No use takes longer for what came before it, and when a thread
 * begins a new run, its earlier runs that have ended are forgotten, their calls and nodes too: `spent` and
 * `path` know them no longer, and a late `reserve` for one is rejected. Of each thread the newest run stays.
 */
export class MemoryLedger implements Ledger {
  readonly #runs = new Map<string, Run>();
  /** The runs of each thread, the newest last. */
  readonly #threads = new Map<string, string[]>();
  /** The run of each open call. */
  readonly #calls = new Map<string, string>();
  /** By run, then by task, in the order of the ends. */
  readonly #nodes = new Map<string, Map<string, string>>();
  readonly #locked = new Set<string>();

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
    if ("granted" in answer) this.#calls.set(answer.granted, runId);
    return answer;
  }

  async settle(callId: string, usage: Usage): Promise<void> {
    this.#settle(callId, usage);
  }

  async settleOpen(runId: string): Promise<void> {
    for (const callId of this.#runs.get(runId)?.account.open() ?? []) this.#settle(callId);
  }

  async spent(runId: string): Promise<Spend> {
    const run = this.#runs.get(runId);
    return run ? run.account.spent(run.record.ms) : { ...NOTHING_SPENT };
  }

  async nodeEnded(runId: string, taskId: string, node: string): Promise<void> {
    const ended = this.#nodes.get(runId) ?? new Map<string, string>();
    this.#nodes.set(runId, ended);
    ended.delete(taskId);
    ended.set(taskId, node);
  }

  async path(runId: string): Promise<string[]> {
    return [...(this.#nodes.get(runId)?.values() ?? [])];
  }

  async close(): Promise<void> {
    this.#locked.clear();
  }

  #settle(callId: string, usage?: Usage): void {
    this.#runs.get(this.#calls.get(callId) ?? "")?.account.settle(callId, usage);
    this.#calls.delete(callId);
  }

  #forget(runId: string): void {
    for (const callId of this.#runs.get(runId)?.account.open() ?? []) this.#calls.delete(callId);
    this.#runs.delete(runId);
    this.#nodes.delete(runId);
  }
}

/** As a database would give it back: later changes of the caller's object do not reach the ledger. */
const copy = (run: RunRecord): RunRecord => ({
  ...run,
  budget: { ...run.budget },
  input: JSON.parse(JSON.stringify(run.input) ?? "null"),
});
