import type { Account } from "../outcomes/account.ts";
import { Budget } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import { RunAccount } from "../storage/run-account.ts";
import { LedgerAccount } from "./account.ts";

/**
 * The account of a thread whose graph is invoked without `run`: in this process alone, with the default budget
 * of the settings. The answer to its question for more is a budget, such as `{ calls: 200 }`.
 */
class BareAccount extends LedgerAccount implements Account {
  readonly #budget: Budget;

  constructor(budget: Budget = { calls: settings().budgetCalls }) {
    const account = new RunAccount();
    const ledger = {
      reserve: async (_: string, estimate: Parameters<RunAccount["reserve"]>[1]) =>
        account.reserve(budget, estimate),
      settle: async (callId: string, usage: Parameters<RunAccount["settle"]>[1]) => {
        account.settle(callId, usage);
        return account.settled(0);
      },
    };
    super(ledger, "", { budget, clock: () => 0 });
    this.#budget = budget;
  }

  raise(answer: unknown): void {
    const caps = Budget.safeParse(answer);
    if (caps.success) Object.assign(this.#budget, caps.data);
  }
}

/** A service may invoke graphs on any number of threads; the account that is longest unused is forgotten. */
const MOST_KEPT = 10_000;

interface Kept {
  account: BareAccount;
  /** The task of the node that began the run; undefined where none was seen. */
  begunBy: string | undefined;
}

const accounts = new Map<string, Kept>();

/** The account of a thread; a new one where the process has none. */
export const bareAccount = (threadId: string): Account =>
  kept(threadId, accounts.get(threadId) ?? { account: new BareAccount(), begunBy: undefined });

/** Gives a thread a new account as a run begins on it: by a node's task, which may run again. */
export function renewAccount(threadId: string, task: string): void {
  if (accounts.get(threadId)?.begunBy === task) return;
  kept(threadId, { account: new BareAccount(), begunBy: task });
}

/** Keeps an account as the one that was used last. */
function kept(threadId: string, entry: Kept): Account {
  accounts.delete(threadId);
  accounts.set(threadId, entry);
  const [longestUnused] = accounts.keys();
  if (accounts.size > MOST_KEPT && longestUnused !== undefined) accounts.delete(longestUnused);
  return entry.account;
}
