import type { CallEstimate } from "../outcomes/account.ts";
import { type Budget, type Spend, sumOf, type Usage } from "../outcomes/spend.ts";
import { admission, decide, type Totals } from "./account.ts";
import type { Granted } from "./ledger.ts";

/** The account of one run in memory: running totals, and of the calls only those that are open. */
export class RunAccount {
  readonly #open = new Map<string, Usage>();
  readonly #settled = new Sum();
  #reserved = new Sum();

  reserve(budget: Budget, reservation: CallEstimate): Granted {
    const decision = decide(budget, this.#settled.totals(), this.#reserved.totals(), reservation);
    if (!("granted" in decision)) return decision;
    const answer = admission(decision.granted);
    const { inputTokens, outputTokens, usd } = decision.granted;
    const usage = { inputTokens, outputTokens: outputTokens ?? 0, usd, estimated: true };
    this.#open.set(answer.granted, usage);
    this.#reserved.add(usage);
    return answer;
  }

  /** Settles a call; not if it is not open. */
  settle(callId: string, usage: Usage): void {
    const reserved = this.#open.get(callId);
    if (!reserved) return;
    this.#open.delete(callId);
    this.#settled.add(usage);
    // A fresh sum leaves none of the rounding that subtraction of fractions gathers.
    if (this.#open.size === 0) this.#reserved = new Sum();
    else this.#reserved.subtract(reserved);
  }

  /** Settles every open call at its reservation. */
  settleOpen(): void {
    for (const [callId, reserved] of this.#open) this.settle(callId, reserved);
  }

  /** Settled calls as used, and open ones at their reservation. */
  spent(ms: number): Spend {
    return sumOf(this.settled(ms), this.#reserved.spend());
  }

  /** Settled calls alone. */
  settled(ms: number): Spend {
    return { ...this.#settled.spend(), ms };
  }
}

/** A sum of calls that they can be taken out of again. */
class Sum {
  calls = 0;
  inputTokens = 0;
  outputTokens = 0;
  estimated = 0;
  #usd = 0;
  #unpriced = 0;

  add(usage: Usage): void {
    this.#count(usage, 1);
  }

  subtract(usage: Usage): void {
    this.#count(usage, -1);
  }

  spend(): Spend {
    const { calls, inputTokens, outputTokens, estimated } = this;
    return { calls, inputTokens, outputTokens, usd: this.totals().usd, ms: 0, estimated: estimated > 0 };
  }

  totals(): Totals {
    const tokens = this.inputTokens + this.outputTokens;
    return { calls: this.calls, tokens, usd: this.#unpriced > 0 ? null : this.#usd };
  }

  #count({ inputTokens, outputTokens, usd, estimated }: Usage, times: 1 | -1): void {
    this.calls += times;
    this.inputTokens += times * inputTokens;
    this.outputTokens += times * outputTokens;
    if (estimated) this.estimated += times;
    if (usd === null) this.#unpriced += times;
    else this.#usd += times * usd;
  }
}
