import type { Account, Admission, CallEstimate, RefusedBy, Standing } from "../outcomes/account.ts";
import { type Budget, nearlySpent, type Usage } from "../outcomes/spend.ts";
import type { Ledger } from "../storage/ledger.ts";

/** How often a waiting call asks again: another process on the same ledger may have settled. */
const ASK_AGAIN_MS = 50;

/** The run that an account is of. */
export interface AccountOptions {
  budget: Budget;
  /** The run's active milliseconds so far. */
  clock: () => number;
}

/** A run's account in the ledger: what one process spends, every other one that shares it sees. */
export class LedgerAccount implements Account {
  readonly #ledger: Pick<Ledger, "reserve" | "settle">;
  readonly #runId: string;
  readonly #options: AccountOptions;
  /** How many calls this account has settled. */
  #settled = 0;
  readonly #waiting = new Set<() => void>();

  constructor(ledger: Pick<Ledger, "reserve" | "settle">, runId: string, options: AccountOptions) {
    this.#ledger = ledger;
    this.#runId = runId;
    this.#options = options;
  }

  get weighsTokens(): boolean {
    const { tokens, usd } = this.#options.budget;
    return tokens !== undefined || usd !== undefined;
  }

  async admit(estimate: CallEstimate, signal?: AbortSignal): Promise<Admission | { refused: RefusedBy }> {
    for (;;) {
      signal?.throwIfAborted();
      const before = this.#settled;
      const answer = await this.#ledger.reserve(this.#runId, estimate);
      if (!("wait" in answer)) return answer;
      if (this.#settled === before) await this.#untilSettled(signal);
    }
  }

  async settle(callId: string, usage: Usage): Promise<Standing> {
    const spent = await this.#ledger.settle(callId, usage);
    this.#settled += 1;
    for (const wake of this.#waiting) wake();
    const total = { ...spent, ms: this.#options.clock() };
    return { total, low: nearlySpent(this.#options.budget, total) };
  }

  /** Waits until this process settles a call, another one may have, or the signal aborts. */
  #untilSettled(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ASK_AGAIN_MS);
      signal?.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
      if (signal?.aborted) wake();
    });
  }
}
