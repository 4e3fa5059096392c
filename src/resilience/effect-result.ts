import { z } from "zod";
import { EffectError, messageOf } from "../errors.ts";
import { misfitOf } from "../state/misfit.ts";

/** An effect's key, and what its result has to be. */
interface Expected<Result> {
  key: string;
  schema?: z.ZodType<Result, Result> | undefined;
}

/** A result as JSON; or why it is none, or none that fits. */
export function storable<Result>(
  expected: Expected<Result>,
  result: unknown,
): { json: unknown } | { problem: string } {
  try {
    const json: unknown = JSON.parse(JSON.stringify(result, refuseLoss) ?? "null");
    const problem = misfit(expected, json);
    return problem === undefined ? { json } : { problem };
  } catch (error) {
    return { problem: `it cannot be stored, for ${messageOf(error).split("\n")[0]}` };
  }
}

/** Throws for what JSON would drop or change without a word. */
function refuseLoss(_: string, value: unknown): unknown {
  const lost = ["function", "symbol"].includes(typeof value) || value instanceof Map || value instanceof Set;
  if (!lost && !(typeof value === "number" && !Number.isFinite(value))) return value;
  const what = lost ? Object.prototype.toString.call(value).slice(8, -1) : String(value);
  throw new TypeError(`JSON has no ${what}`);
}

/**
 * A recorded result, checked by the effect's schema.
 *
 * @throws EffectError "EFFECT_RESULT"
 */
export function fitting<Result>(expected: Expected<Result>, json: unknown): Result {
  const problem = misfit(expected, json);
  if (problem !== undefined) throw badResult(expected, problem);
  return (expected.schema ?? z.custom<Result>()).parse(json);
}

function misfit<Result>({ schema }: Expected<Result>, json: unknown): string | undefined {
  const error = schema?.safeParse(json).error;
  return error && `it does not fit its schema: ${misfitOf(error)}`;
}

/** The error of a result that cannot be used, of an act that was done. */
export const badResult = ({ key }: { key: string }, problem: string) =>
  new EffectError(
    "EFFECT_RESULT",
    key,
    `The effect "${key}" was done, but its result cannot be used: ${problem}. ` +
      "Resume the run to give the result, or let the effect's `reconcile` find it out.",
  );
