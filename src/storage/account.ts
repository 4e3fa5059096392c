import { randomUUID } from "node:crypto";
import type { CallEstimate, RefusedBy } from "../outcomes/account.ts";
import type { Budget } from "../outcomes/spend.ts";
import type { Granted } from "./ledger.ts";

/** What the calls of a run come to: those that are settled, or those that are still open. */
export interface Totals {
  calls: number;
  /** Input and output together. */
  tokens: number;
  /** Null as soon as one call's price is unknown. */
  usd: number | null;
}

/** The totals of no call. */
export const NO_CALLS: Totals = { calls: 0, tokens: 0, usd: 0 };

/**
 * Whether one more call fits a run's budget. Every ledger decides by it, within the transaction that records
 * the call.
 *
 * A cap refuses what would not fit even if every open call turned out free, and lets wait what would not fit
 * if each used its whole reservation. Calls never wait, for an open call counts as one in any case. Under a
 * cap on money, a price that is not known is refused. A refusal by one cap goes before waiting for another.
 */
export function decide(
  budget: Budget,
  settled: Totals,
  open: Totals,
  reservation: CallEstimate,
): "granted" | "wait" | RefusedBy {
  if (budget.calls !== undefined && settled.calls + open.calls + 1 > budget.calls) return "calls";
  const tokens = underCap(budget.tokens, settled.tokens, open.tokens, tokensOf(reservation));
  if (tokens === "refused") return "tokens";
  const usd = underCap(nano(budget.usd), nano(settled.usd), nano(open.usd), nano(reservation.usd));
  if (usd === "refused") return "usd";
  return tokens === "wait" || usd === "wait" ? "wait" : "granted";
}

/** What a ledger answers to a reservation, with an id for the call where it is granted. */
export function answerOf(decision: ReturnType<typeof decide>): Granted {
  if (decision === "granted") return { granted: randomUUID() };
  return decision === "wait" ? { wait: true } : { refused: decision };
}

/** The tokens that a reservation sets aside; a maximum output that is not known counts as none. */
export const tokensOf = ({ inputTokens, outputTokens }: CallEstimate) => inputTokens + (outputTokens ?? 0);

function underCap(cap: number | undefined, settled: number, open: number, own: number) {
  if (cap === undefined) return "granted";
  if (!(settled + own <= cap) || Number.isNaN(open)) return "refused";
  return settled + open + own > cap ? "wait" : "granted";
}

/** Whole billionths of a dollar, so that 0.1 + 0.2 is 0.3; NaN, which fits no cap, for an unknown price. */
function nano(usd: number): number;
function nano(usd: number | null): number;
function nano(usd: number | undefined): number | undefined;
function nano(usd: number | null | undefined) {
  if (usd === undefined) return undefined;
  return usd === null ? Number.NaN : Math.round(usd * 1e9);
}
