import { AsyncLocalStorage } from "node:async_hooks";
import { NOTHING_SPENT, type Spend, type Spent, sumOf } from "../outcomes/spend.ts";

/** What calls spent, counted as they are made. */
export class Tally {
  #spend: Spend = NOTHING_SPENT;
  #low = false;

  get spend(): Spend {
    return this.#spend;
  }

  /** Whether the run's budget was nearly used up after the last call that was counted. */
  get low(): boolean {
    return this.#low;
  }

  count(spend: Spend, low: boolean): void {
    this.#spend = sumOf(this.#spend, spend);
    this.#low = low;
  }
}

/** A part of a run: what its calls spend is counted, in the scopes around it too, and its signal stops them. */
export class Scope extends Tally {
  readonly signal: AbortSignal | undefined;
  readonly #around: Scope | undefined;

  constructor(signal: AbortSignal | undefined, around: Scope | undefined) {
    super();
    this.#around = around;
    this.signal = signal;
  }

  override count(spend: Spend, low: boolean): void {
    super.count(spend, low);
    this.#around?.count(spend, low);
  }
}

const scopes = new AsyncLocalStorage<Scope>();

/** The scope of the code that runs, if there is one; a call reads it where it is asked for, not where it is made. */
export const currentScope = (): Scope | undefined => scopes.getStore();

/** Runs work in a scope of its own, below the one around. */
export async function scoped<Value>(
  work: (scope: Scope) => Promise<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  const around = currentScope();
  const scope = new Scope(signal ?? around?.signal, around);
  return scopes.run(scope, () => work(scope));
}

/**
 * Work that says itself what it spent, because a part of it may have been done before: that is counted around it,
 * and not its calls; but its calls where it throws.
 */
export async function accounted<Value extends { spent: Spent }>(work: () => Promise<Value>): Promise<Value> {
  const around = currentScope();
  const own = new Scope(around?.signal, undefined);
  try {
    const value = await scopes.run(own, work);
    around?.count(value.spent, value.spent.low);
    return value;
  } catch (error) {
    around?.count(own.spend, own.low);
    throw error;
  }
}
