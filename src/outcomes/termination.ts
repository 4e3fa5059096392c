import { z } from "zod";
import { UsageError } from "../errors.ts";
import { bound } from "../state/limits.ts";
import type { Spend } from "./spend.ts";

/** Why a loop ends: by which condition, and in words for a person. */
export const Ending = z.object({
  reason: z
    .enum([
      "rounds",
      "tokens",
      "money",
      "time",
      "budget",
      "agreement",
      "no_progress",
      "finished",
      "given_up",
      "too_few",
      "stopped",
      "condition",
    ])
    .describe(
      "Which condition ended the loop: a bound, an agreement, no progress, all work finished, what was left given up, too few left to go on, a person who stopped it, or a condition of one's own.",
    ),
  text: z.string().describe("The same in words."),
});
export type Ending = z.infer<typeof Ending>;

/**
 * A condition on which a loop ends, or goes on. It reads what was checkpointed and nothing live, so that a
 * resume decides as the run before it did.
 */
export type Termination<State> = (state: State) => Ending | undefined;

/** At least one condition. */
type Conditions<State> = readonly [Termination<State>, ...Termination<State>[]];

/** Ends as soon as one of the conditions does; the first of them in their order gives the reason. */
export function either<State>(...conditions: Conditions<State>): Termination<State> {
  return (state) => {
    for (const condition of conditions) {
      const ending = condition(state);
      if (ending) return ending;
    }
    return undefined;
  };
}

/** Ends when all of the conditions do; the first gives the reason, and each says its words. */
export function both<State>(...conditions: Conditions<State>): Termination<State> {
  return (state) => {
    const endings: Ending[] = [];
    for (const condition of conditions) {
      const ending = condition(state);
      if (!ending) return undefined;
      endings.push(ending);
    }
    const [first] = endings;
    return first && { ...first, text: endings.map(({ text }) => text).join("; ") };
  };
}

/** Ends after so many rounds. */
export function rounds<State>(most: number, count: (state: State) => number): Termination<State> {
  const limit = bound("rounds", most);
  return (state) => {
    const made = count(state);
    return made >= limit ? { reason: "rounds", text: `${made} of ${limit} rounds are made` } : undefined;
  };
}

/** Ends once so many tokens are spent, input and output together. */
export function tokens<State>(
  most: number,
  spent: (state: State) => Pick<Spend, "inputTokens" | "outputTokens">,
): Termination<State> {
  const limit = bound("tokens", most);
  return (state) => {
    const { inputTokens, outputTokens } = spent(state);
    const used = inputTokens + outputTokens;
    return used >= limit ? { reason: "tokens", text: `${used} of ${limit} tokens are spent` } : undefined;
  };
}

/** Ends once so many United States dollars are spent, or once it is unknown how many, as no bound holds then. */
export function money<State>(most: number, spent: (state: State) => Pick<Spend, "usd">): Termination<State> {
  const limit = positive("money", most);
  return (state) => {
    const { usd } = spent(state);
    if (usd === null) return { reason: "money", text: `it is unknown how much of $${limit} is spent` };
    return usd >= limit ? { reason: "money", text: `$${usd} of $${limit} are spent` } : undefined;
  };
}

/** Ends once so many milliseconds are spent. */
export function time<State>(most: number, spent: (state: State) => Pick<Spend, "ms">): Termination<State> {
  const limit = positive("time", most);
  return (state) => {
    const { ms } = spent(state);
    if (ms < limit) return undefined;
    return { reason: "time", text: `${ms / 1000} of ${limit / 1000} s are spent` };
  };
}

/** Ends once the run's budget is nearly used up, so that what is left suffices to finish. */
export const budgetLow =
  <State>(spent: (state: State) => { low: boolean }): Termination<State> =>
  (state) =>
    spent(state).low ? { reason: "budget", text: "the run's budget is nearly spent" } : undefined;

/** Ends once everyone agrees, or whoever decides does. */
export const agreement =
  <State>(agreed: (state: State) => boolean, text = "all agree"): Termination<State> =>
  (state) =>
    agreed(state) ? { reason: "agreement", text } : undefined;

/** Ends by a condition of one's own. */
export const condition =
  <State>(holds: (state: State) => boolean, text: string): Termination<State> =>
  (state) =>
    holds(state) ? { reason: "condition", text } : undefined;

/** What counts as no progress. */
export interface NoProgressOptions<Entry> {
  /** What two entries have in common that say the same; their JSON unless given. */
  by?: (entry: Entry) => string;
  /** How often in a row it has to come, the first time included; at least 2. */
  times?: number;
  /** Up to how many entries may make up what repeats: 2 finds two that take turns. */
  cycle?: number;
}

/** Ends once a history repeats itself at its end, and says what came again; `what` names one entry. */
export function noProgress<State, Entry>(
  what: string,
  history: (state: State) => readonly Entry[],
  { by = JSON.stringify, times = 2, cycle = 1 }: NoProgressOptions<Entry> = {},
): Termination<State> {
  const repeats = bound("times", times);
  if (repeats < 2) throw new UsageError("BAD_BOUND", `times has to be at least 2, not ${times}.`);
  const longest = bound("cycle", cycle);
  return (state) => {
    const keys = history(state).map((entry) => by(entry).replace(/\s+/g, " ").trim());
    for (let length = 1; length <= longest; length++) {
      const last = keys.slice(-length * repeats);
      const repeated = last.length === length * repeats && last.every((key, at) => key === last[at % length]);
      if (repeated) return { reason: "no_progress", text: repetition(what, last.slice(0, length), repeats) };
    }
    return undefined;
  };
}

const LONGEST_EXCERPT = 120;

function repetition(what: string, keys: readonly string[], times: number): string {
  const shown = keys.map((key) => (key.length > LONGEST_EXCERPT ? `${key.slice(0, LONGEST_EXCERPT)}…` : key));
  const subject = keys.length === 1 ? `the same ${what}` : `the same ${keys.length} in turn, each a ${what},`;
  return `${subject} came ${times} times in a row: ${shown.join(" → ")}`;
}

/** @throws UsageError unless the bound is a number above 0 */
function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError("BAD_BOUND", `${name} has to be a number above 0, not ${value}.`);
}
