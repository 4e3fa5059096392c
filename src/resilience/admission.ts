import { interrupt } from "@langchain/langgraph";
import type { Account, Admission, CallEstimate, RefusedBy } from "../outcomes/account.ts";

/** The interrupt of a run whose budget refuses a call; a resume with a higher cap answers it. */
export interface BudgetQuestion {
  kind: "budget";
  cap: RefusedBy;
  message: string;
}

/** Whether an interrupt asks for budget, rather than for a person's answer. */
export const isBudgetQuestion = (value: unknown): value is BudgetQuestion =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "budget";

/**
 * Admits a call to the account, or suspends the run by an interrupt: branches that run go on and are
 * kept, and a resume makes just the calls that were refused.
 *
 * @returns undefined without an account
 */
export async function admitted(
  account: Account | undefined,
  estimate: CallEstimate,
  signal: AbortSignal | undefined,
): Promise<Admission | undefined> {
  if (!account) return undefined;
  for (;;) {
    const answer = await account.admit(estimate, signal);
    if ("granted" in answer) return answer;
    const cap = answer.refused;
    const given: unknown = interrupt<BudgetQuestion>({
      kind: "budget",
      cap,
      message: refusal(cap, estimate),
    });
    account.raise?.(given);
  }
}

/** Suspends the run because a cap left too little for the answer of a call that was made. */
export function suspendedBy(cap: RefusedBy): void {
  interrupt<BudgetQuestion>({ kind: "budget", cap, message: spentBudget(NAMES[cap]) });
}

/** Says which cap refuses a call, and how to go on. */
export function refusal(cap: RefusedBy, { usd }: CallEstimate): string {
  if (cap === "usd" && usd === null) {
    return (
      "The run's budget of US dollars refuses a call whose price is not known; " +
      "resume it with a model whose price is known."
    );
  }
  return spentBudget(NAMES[cap]);
}

const NAMES: Record<RefusedBy, string> = { calls: "calls", tokens: "tokens", usd: "US dollars" };

/** Says that a cap is used up, and how to go on. */
export const spentBudget = (what: string): string =>
  `The run's budget of ${what} is spent; resume it with a higher cap to go on.`;
