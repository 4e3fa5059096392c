import { randomUUID } from "node:crypto";
import type { CallEstimate } from "../../src/outcomes/account.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import type { RunRecord } from "../../src/storage/ledger.ts";

/** What each call of a contract's runs asks for. */
export const CALL: CallEstimate = { inputTokens: 100, outputTokens: 50, usd: 0.1 };

/** A run that has just begun. */
export function newRun(budget: Budget = {}, threadId: string = randomUUID()): RunRecord {
  return {
    runId: randomUUID(),
    threadId,
    graph: "review-loop",
    input: { topic: "The CAP theorem", nested: [1, null, "\u0000"] },
    model: null,
    budget,
    status: "running",
    ms: 0,
    startedAt: "2026-01-01T00:00:00.000Z",
    startedAfter: null,
  };
}
