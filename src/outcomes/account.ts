import type { Cap, Spend, Usage } from "./spend.ts";

/** What a model call asks for before it is made. */
export interface CallEstimate {
  inputTokens: number;
  /** The call's maximum output; null where only the endpoint knows it. */
  outputTokens: number | null;
  /** For the input and the whole maximum output; null where the price is unknown. */
  usd: number | null;
  /**
   * The smallest maximum output with which the call is still worth making, and the price that it would have
   * then; absent where the maximum output cannot be shrunk.
   */
  least?: { outputTokens: number; usd: number | null } | undefined;
}

/** Which cap refused a call. */
export type RefusedBy = Exclude<Cap, "ms">;

/** A call that may be made. */
export interface Admission {
  /** The call's id, for `settle`. */
  granted: string;
  /** The maximum output that the call may have: what was asked for, or shrunk to what a cap leaves. */
  outputTokens: number | null;
  /** What is set aside for it in dollars; null where the price is unknown. */
  usd: number | null;
  /** The cap that the maximum output was shrunk for; absent where it was not. */
  shrunkBy?: RefusedBy;
}

/** How an account stands after a call. */
export interface Standing {
  /** What is settled; calls that are still open are not in it. */
  total: Spend;
  /** The cap that is nearly used up, by `nearlySpent`. */
  low: Cap | null;
}

/** The account that a run's model calls draw on. */
export interface Account {
  /** Whether a cap on tokens or money binds, so that calls need an exact estimate and a maximum output. */
  readonly weighsTokens: boolean;
  /**
   * Admits one call, or says which cap refuses it. Waits while calls that are still open may leave room;
   * then shrinks the call's maximum output to what is left, as far as the call can be shrunk.
   */
  admit(estimate: CallEstimate, signal?: AbortSignal): Promise<Admission | { refused: RefusedBy }>;
  /** Replaces the estimate by what the call used. */
  settle(callId: string, usage: Usage): Promise<Standing>;
  /** Takes the answer to the question that a refused call asks, where `run` does not. */
  raise?(answer: unknown): void;
}
