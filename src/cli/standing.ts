import type { Cap } from "../outcomes/spend.ts";
import type { RunView } from "./run-view.ts";
import { usedInWords } from "./sayings.ts";
import { clock } from "./words.ts";

/** How a run stands: how long it runs, what it has spent of which caps, and what it is nearly out of. */
export function standing(view: RunView, now: number, notice: string | undefined): [string, ...string[]] {
  const { spend, spentAt, begun = now, budget, low } = view;
  const ms = spend.ms + Math.max(0, now - spentAt);
  const parts = [
    ...(["calls", "tokens", "usd"] as const).map((cap) => usedInWords(cap, budget, spend)),
    budget.ms !== undefined && `${clock(budget.ms - ms)} left`,
    low && `nearly out of ${OUT_OF[low]}`,
    notice,
  ];
  return [clock(now - begun), ...parts.filter((part) => typeof part === "string")];
}

const OUT_OF: Record<Cap, string> = { calls: "calls", tokens: "tokens", usd: "money", ms: "time" };
