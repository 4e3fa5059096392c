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
});
export type Budget = z.infer<typeof Budget>;

/** What a model call used. `usd` is null where the model's price is unknown. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  usd: number | null;
  /** True where the endpoint reported no usage and it was counted here, or the call was cut off. */
  estimated: boolean;
}

/** What a run has spent so far. `usd` is null as soon as one call's price is unknown. */
export interface Spend extends Usage {
  calls: number;
  /** Active time in milliseconds. */
  ms: number;
}

/** A run's account before its first call. */
export const NOTHING_SPENT: Spend = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  usd: 0,
  ms: 0,
  estimated: false,
};
