import { randomUUID } from "node:crypto";
import type { Admission, CallEstimate, RefusedBy } from "../outcomes/account.ts";
import type { Budget } from "../outcomes/spend.ts";

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

/** A reservation at the size that is granted; or why none is. */
export type Decision = { granted: Grant } | { wait: true } | { refused: RefusedBy };

/** A reservation as it is granted; `shrunkBy` as in `Admission`. */
export type Grant = CallEstimate & Pick<Admission, "shrunkBy">;

/**
 * Whether one more call fits a run's budget. Every ledger decides by it, within the transaction that records
 * the call.
 *
 * A call that fits beside all open ones, each at its whole reservation, is granted in full. One whose smallest
 * form would fit if every open call turned out free waits for them; once none is open, its maximum output is
 * shrunk to what all caps leave. Any other is refused, and a refusal by one cap goes before waiting for
 * another. Calls never wait, for an open call counts as one in any case. Under a cap on money, a price that is
 * not known is refused.
 */
export function decide(budget: Budget, settled: Totals, open: Totals, reservation: CallEstimate): Decision {
  if (budget.calls !== undefined && settled.calls + open.calls + 1 > budget.calls)
    return { refused: "calls" };
  const left = roomIn(budget, [settled]);
  const free = roomIn(budget, [settled, open]);
  const tight = overfull(free, reservation);
  if (!tight) return { granted: reservation };
  const refused = overfull(left, smallest(reservation)) ?? (Number.isNaN(free.usd) ? "usd" : undefined);
  if (refused) return { refused };
  if (open.calls > 0) return { wait: true };
  return { granted: { ...shrunk(reservation, free), shrunkBy: tight } };
}

/** A call that is admitted, with an id of its own. */
export const admission = ({ outputTokens, usd, shrunkBy }: Grant): Admission => ({
  granted: randomUUID(),
  outputTokens,
  usd,
  ...(shrunkBy && { shrunkBy }),
});

/** The tokens that a reservation sets aside; a maximum output that is not known counts as none. */
export const tokensOf = ({ inputTokens, outputTokens }: CallEstimate) => inputTokens + (outputTokens ?? 0);

/** What a budget leaves; infinite without a cap. Money in whole billionths, so that 0.1 + 0.2 is 0.3. */
interface Room {
  tokens: number;
  usd: number;
}

const roomIn = ({ tokens, usd }: Budget, spent: readonly Totals[]): Room => ({
  tokens: spent.reduce((left, each) => left - each.tokens, tokens ?? Number.POSITIVE_INFINITY),
  usd:
    usd === undefined
      ? Number.POSITIVE_INFINITY
      : spent.reduce((left, each) => left - nano(each.usd), nano(usd)),
});

/** The cap that leaves too little for a call, if one does. */
function overfull(room: Room, call: CallEstimate): "tokens" | "usd" | undefined {
  if (tokensOf(call) > room.tokens) return "tokens";
  const fits = room.usd === Number.POSITIVE_INFINITY || nano(call.usd) <= room.usd;
  return fits ? undefined : "usd";
}

/** A call with the smallest maximum output that it can have. */
const smallest = (call: CallEstimate): CallEstimate =>
  canShrink(call) ? { inputTokens: call.inputTokens, ...call.least } : call;

/** A call with the largest maximum output that fits, its price in proportion; its smallest form has to fit. */
function shrunk(call: CallEstimate, room: Room): CallEstimate {
  if (!canShrink(call)) return call;
  const { inputTokens, outputTokens, least } = call;
  const span = outputTokens - least.outputTokens;
  const [low, high] = [nano(least.usd), nano(call.usd)];
  const affordable = high > low ? ((room.usd - low) / (high - low)) * span : span;
  const more = Math.floor(Math.min(span, room.tokens - inputTokens - least.outputTokens, affordable));
  const price = Math.min(room.usd, low + Math.ceil(((high - low) * more) / span));
  return {
    inputTokens,
    outputTokens: least.outputTokens + more,
    usd: Number.isNaN(price) ? null : price / NANO,
  };
}

type Shrinkable = CallEstimate & { outputTokens: number; least: NonNullable<CallEstimate["least"]> };

const canShrink = (call: CallEstimate): call is Shrinkable =>
  call.least !== undefined && call.outputTokens !== null && call.least.outputTokens < call.outputTokens;

const NANO = 1e9;

/** Whole billionths of a dollar; NaN, which fits no cap, for an unknown price. */
const nano = (usd: number | null) => (usd === null ? Number.NaN : Math.round(usd * NANO));
