import type { Happening, RunEvent } from "../../src/events/events.ts";
import { NOTHING_SPENT, type Spend } from "../../src/outcomes/spend.ts";

/** When the runs of these tests begin. */
export const BEGUN = Date.parse("2026-01-01T00:00:00Z");

/** Events as a run tells them, each so many milliseconds after its beginning. */
export const told = (...happenings: [at: number, happening: Happening][]): RunEvent[] =>
  happenings.map(([at, happening], index) => ({
    seq: index + 1,
    at: new Date(BEGUN + at).toISOString(),
    threadId: "t",
    runId: "r",
    ...happening,
  }));

export const spentOf = (spend: Partial<Spend>): Spend => ({ ...NOTHING_SPENT, ...spend });

export const begins = (more: Partial<Extract<Happening, { type: "run_started" }>> = {}): Happening => ({
  type: "run_started",
  graph: "g",
  resumed: false,
  budget: {},
  spend: NOTHING_SPENT,
  ...more,
});

export const starts = (node: string, taskId = node): Happening => ({ type: "node_started", node, taskId });

export const ends = (
  node: string,
  taskId = node,
  outcome: "ok" | "interrupted" | "failed" = "ok",
): Happening => ({
  type: "node_ended",
  node,
  taskId,
  outcome,
});

/** A call of 100 tokens for a dollar. */
export const calls = (
  node: string,
  total: Partial<Spend>,
  low: Extract<Happening, { type: "spend" }>["low"] = null,
): Happening => ({
  type: "spend",
  node,
  role: "writer",
  model: "m",
  ms: 10,
  usage: { inputTokens: 60, outputTokens: 40, usd: 1, estimated: false },
  total: spentOf(total),
  low,
});

export const branches = (node: string, who: string): Happening => ({ type: "branch_started", node, who });

export const joins = (node: string, who: string, ms: number, why?: string): Happening => ({
  type: "branch_ended",
  node,
  who,
  ms,
  ...(why === undefined ? { status: "ok" } : { status: "failed", why }),
});
