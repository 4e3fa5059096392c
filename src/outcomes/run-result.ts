import type { Cap, Spend } from "./spend.ts";

/** How a run ended, or why it stands still. Everything but `done` can be resumed. */
export type RunStatus = "done" | "needs_human" | "budget_exhausted" | "stalled" | "failed" | "cancelled";

/** A question that a run waits for, and by which id it is answered. */
export interface PendingInterrupt {
  id: string;
  value: unknown;
  /** The JSON schema of the answer, if the interrupt was given one. */
  schema: object | null;
}

/** Why a run failed, or which cap stopped it. */
export interface RunFailure {
  /** A `GraphwrightError`'s code, or "UNEXPECTED". */
  code: string;
  message: string;
  /** The cap that stopped the run; absent where none did. */
  cap?: Cap;
}

/** What a run came to. JSON, except for what a graph's own channels hold. */
export interface RunResult<Output = Record<string, unknown>> {
  status: RunStatus;
  /** The graph's output channels; null unless the status is `done`. */
  output: Output | null;
  /** The answer as far as it has come, by the workflow's `result`; null before there is any. */
  partial: string | null;
  interrupts: PendingInterrupt[];
  error: RunFailure | null;
  threadId: string;
  spend: Spend;
  /** The graph's nodes in the order in which they ended, over all resumes of the run. */
  path: string[];
}
