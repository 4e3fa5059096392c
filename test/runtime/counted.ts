import type { Spend } from "../../src/outcomes/spend.ts";

/** What both a run and its state count of its spend. */
export const counted = ({ calls, inputTokens, outputTokens, usd, estimated }: Spend) => ({
  calls,
  inputTokens,
  outputTokens,
  usd,
  estimated,
});
