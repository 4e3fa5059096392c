import { UsageError } from "../errors.ts";

/**
 * The config of a compiled workflow whose loops have bounds of their own: LangGraph's recursion limit
 * stays out of their way, and still ends what would go on for ever.
 */
export const OWN_BOUNDS = { recursionLimit: 10_000 };

/**
 * A bound that a workflow was given.
 *
 * @throws UsageError unless it is a whole number of at least 1
 */
export function bound(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError("BAD_BOUND", `${name} has to be a whole number of at least 1, not ${value}.`);
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
