import { UsageError } from "../errors.ts";

/**
 * The config of a compiled workflow whose loops have bounds of their own: LangGraph's recursion limit
 * stays out of their way, and still ends what would go on for ever.
 */
export const OWN_BOUNDS = { recursionLimit: 10_000 };

/** From where to where a bound may go. */
interface Range {
  /** 1 unless given. */
  least?: number;
  /** No end unless given. */
  most?: number;
}

/**
 * A bound that a workflow was given.
 *
 * @throws UsageError unless it is a whole number within the range
 */
export function bound(name: string, value: number, { least = 1, most }: Range = {}): number {
  if (Number.isSafeInteger(value) && value >= least && value <= (most ?? value)) return value;
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError("BAD_BOUND", `${name} has to be a whole number ${range}, not ${value}.`);
}

/**
 * A share that a workflow was given.
 *
 * @throws UsageError unless it is from 0 to 1
 */
export function share(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new UsageError("BAD_SHARE", `${name} has to be from 0 to 1, not ${value}.`);
}
