import { setTimeout as sleep } from "node:timers/promises";
import type { Account, CallEstimate, RefusedBy } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import type { Ledger } from "../storage/ledger.ts";

/** How often a waiting call asks again: another process on the same ledger may have settled. */
const ASK_AGAIN_MS = 50;

/** A run's account in the ledger: what one process spends, every other one that shares it sees. */
export class LedgerAccount implements Account {
  readonly #ledger: Ledger;
  readonly #runId: string;

  constructor(ledger: Ledger, runId: string) {
    this.#ledger = ledger;
    this.#runId = runId;
  }

  async admit(
    estimate: CallEstimate,
    signal?: AbortSignal,
  ): Promise<{ granted: string } | { refused: RefusedBy }> {
    for (;;) {
      signal?.throwIfAborted();
      const answer = await this.#ledger.reserve(this.#runId, estimate);
      if (!("wait" in answer)) return answer;
      await sleep(ASK_AGAIN_MS, undefined, signal && { signal });
    }
  }

  async settle(callId: string, usage: Usage): Promise<void> {
    await this.#ledger.settle(callId, usage);
  }
}
