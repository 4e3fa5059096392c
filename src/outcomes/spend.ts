import { z } from "zod";

/** The caps of one run, all its resumes included. A cap that is absent does not bind. */
export const Budget = z.strictObject({
  calls: z.number().int().positive().optional().describe("Model calls; every HTTP attempt counts."),
  tokens: z.number().int().positive().optional().describe("Input and output tokens together."),
  usd: z.number().positive().optional().describe("United States dollars."),
  ms: z
    .number()
    .positive()
    .optional()
    .describe("Active time in milliseconds; waiting for a human does not count."),
  soft: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe("The share of a cap from which on the run prefers to finish; 0.8 unless given."),
});
export type Budget = z.infer<typeof Budget>;

/** What a budget can cap. */
export type Cap = Exclude<keyof Budget, "soft">;

/** The share of a cap from which on a run prefers to finish, unless its budget says otherwise. */
const SOFT_SHARE = 0.8;

/** What a model call used. `usd` is null where the model's price is unknown. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  usd: number | null;
  /** True where the endpoint reported no usage and it was counted here, or the call was cut off. */
  estimated: boolean;
}

/** What a run, or a part of it, has spent. */
export const Spend = z.object({
  calls: z.number().describe("Model calls; every HTTP attempt counts."),
  inputTokens: z.number(),
  outputTokens: z.number(),
  usd: z.number().nullable().describe("United States dollars; null as soon as one call's price is unknown."),
  ms: z.number().describe("Milliseconds: a run's active time, or how long a part's calls took together."),
  estimated: z.boolean().describe("Whether any of it was counted here, because no endpoint reported it."),
});
export type Spend = z.infer<typeof Spend>;

/** An account before its first call. */
export const NOTHING_SPENT: Spend = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  usd: 0,
  ms: 0,
  estimated: false,
};

/** What the nodes of a graph have spent, as far as its state knows it. */
export const Spent = Spend.extend({
  low: z.boolean().describe("Whether the last call left the run's budget nearly used up."),
});
export type Spent = z.infer<typeof Spent>;

/** Two accounts together. */
export const sumOf = (one: Spend, other: Spend): Spend => ({
  calls: one.calls + other.calls,
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  usd: one.usd === null || other.usd === null ? null : one.usd + other.usd,
  ms: one.ms + other.ms,
  estimated: one.estimated || other.estimated,
});

/**
 * The cap that a run has nearly used up: the one with the largest share used, from the soft share on. Null
 * where none is, and where one is used up: then the next call suspends the run, and finishing is too late.
 */
export function nearlySpent(budget: Budget, spend: Spend): Cap | null {
  const { calls, inputTokens, outputTokens, usd, ms } = spend;
  const used: Record<Cap, number> = { calls, tokens: inputTokens + outputTokens, usd: usd ?? 0, ms };
  const shares = (Object.keys(used) as Cap[])
    .map((cap) => ({ cap, share: used[cap] / (budget[cap] ?? Number.POSITIVE_INFINITY) }))
    .sort((a, b) => b.share - a.share);
  const [most] = shares;
  if (!most || most.share >= 1 || most.share < (budget.soft ?? SOFT_SHARE)) return null;
  return most.cap;
}
