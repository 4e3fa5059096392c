import { randomUUID } from "node:crypto";
import type { CallEstimate } from "../outcomes/account.ts";
import type { Spend, Usage } from "../outcomes/spend.ts";
import { decide, NO_CALLS, type Totals } from "./account.ts";
import type { Granted, Ledger, Release, RunRecord } from "./ledger.ts";
import { busyThread, repeatedRun, unknownRun } from "./lock.ts";

interface Call extends Usage {
  runId: string;
  open: boolean;
}

/** A ledger that ends with the process: for tests, and for runs that need not survive. */
export class MemoryLedger implements Ledger {
  readonly #runs = new Map<string, RunRecord>();
  readonly #calls = new Map<string, Call>();
  readonly #nodes = new Map<string, Map<string, string>>();
  readonly #locked = new Set<string>();

  async lock(threadId: string): Promise<Release> {
    if (this.#locked.has(threadId)) throw busyThread(threadId);
    this.#locked.add(threadId);
    let held = true;
    return async () => {
      if (held) this.#locked.delete(threadId);
      held = false;
    };
  }

  async begin(run: RunRecord): Promise<void> {
    if (this.#runs.has(run.runId)) throw repeatedRun(run.runId);
    this.#runs.set(run.runId, copy(run));
  }

  async latest(threadId: string): Promise<RunRecord | undefined> {
    const newest = [...this.#runs.values()].findLast((run) => run.threadId === threadId);
    return newest && copy(newest);
  }

  async update(
    runId: string,
    { status, budget, ms }: Partial<Pick<RunRecord, "status" | "budget" | "ms">>,
  ): Promise<void> {
    const run = this.#runs.get(runId);
    if (!run) return;
    if (status) run.status = status;
    if (budget) run.budget = { ...budget };
    if (ms !== undefined) run.ms = ms;
  }

  async reserve(runId: string, reservation: CallEstimate): Promise<Granted> {
    const run = this.#runs.get(runId);
    if (!run) throw unknownRun(runId);
    const calls = this.#callsOf(runId);
    const settled = total(calls.filter(({ open }) => !open));
    const open = total(calls.filter((call) => call.open));
    const decision = decide(run.budget, settled, open, reservation);
    if (decision === "wait") return { wait: true };
    if (decision !== "granted") return { refused: decision };
    const callId = randomUUID();
    const { inputTokens, outputTokens, usd } = reservation;
    const estimate = { inputTokens, outputTokens: outputTokens ?? 0, usd, estimated: true };
    this.#calls.set(callId, { ...estimate, runId, open: true });
    return { granted: callId };
  }

  async settle(callId: string, usage: Usage): Promise<void> {
    const call = this.#calls.get(callId);
    if (call?.open) Object.assign(call, usage, { open: false });
  }

  async settleOpen(runId: string): Promise<void> {
    for (const call of this.#callsOf(runId)) call.open = false;
  }

  async spent(runId: string): Promise<Spend> {
    const calls = this.#callsOf(runId);
    return {
      calls: calls.length,
      inputTokens: calls.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      outputTokens: calls.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
      usd: total(calls).usd,
      ms: this.#runs.get(runId)?.ms ?? 0,
      estimated: calls.some(({ estimated }) => estimated),
    };
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

  #callsOf(runId: string): Call[] {
    return [...this.#calls.values()].filter((call) => call.runId === runId);
  }
}

function total(calls: readonly Call[]): Totals {
  return calls.reduce<Totals>(
    (sum, { inputTokens, outputTokens, usd }) => ({
      calls: sum.calls + 1,
      tokens: sum.tokens + inputTokens + outputTokens,
      usd: sum.usd === null || usd === null ? null : sum.usd + usd,
    }),
    NO_CALLS,
  );
}

/** As a database would give it back: later changes of the caller's object do not reach the ledger. */
const copy = (run: RunRecord): RunRecord => ({
  ...run,
  budget: { ...run.budget },
  input: JSON.parse(JSON.stringify(run.input) ?? "null"),
});
