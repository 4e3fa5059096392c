import type { PendingInterrupt, RunFailure, RunStatus } from "../outcomes/run-result.ts";
import type { Budget, Cap, Spend } from "../outcomes/spend.ts";
import type { Notice } from "./notices.ts";

/** Where in a run something happened: a node, below its subgraphs' nodes: `research/investigate`. */
interface At {
  node: string;
}

/** What happened in a run. */
export type Happening =
  | { type: "run_started"; graph: string; resumed: boolean; budget: Budget; spend: Spend }
  | ({ type: "node_started"; taskId: string } & At)
  | ({ type: "node_ended"; taskId: string; outcome: "ok" | "interrupted" | "failed" } & At)
  | ({ type: "token"; role: string; text: string } & At)
  | ({ type: "spend"; total: Spend; low: Cap | null } & Omit<
      Extract<Notice, { type: "model_called" }>,
      "type" | "total" | "low"
    > &
      At)
  | { type: "budget_low"; cap: Cap; total: Spend; budget: Budget }
  | (Exclude<Notice, { type: "model_called" }> & At)
  | ({ type: "interrupt" } & PendingInterrupt)
  | { type: "run_ended"; status: RunStatus; spend: Spend; path: string[]; error: RunFailure | null };

/** One event of a run: JSON, numbered from 1 within one call of `run`. */
export type RunEvent = {
  seq: number;
  /** ISO 8601. */
  at: string;
  threadId: string;
  runId: string;
} & Happening;
