import type { Usage } from "./spend.ts";

/** What a model call asks for before it is made. */
export interface CallEstimate {
  inputTokens: number;
  /** The call's maximum output; null where only the endpoint knows it. */
  outputTokens: number | null;
  /** Null where the price is unknown. */
  usd: number | null;
}

/** Which cap refused a call. */
export type RefusedBy = "calls" | "tokens" | "usd";

/** The account that a run's model calls draw on. */
export interface Account {
  /**
   * Admits one call, or says which cap refuses it. Waits while calls that are still open may leave room.
   * What is granted is the call's id, for `settle`.
   */
  admit(estimate: CallEstimate, signal?: AbortSignal): Promise<{ granted: string } | { refused: RefusedBy }>;
  /** Replaces the estimate by what the call used. */
  settle(callId: string, usage: Usage): Promise<void>;
}
