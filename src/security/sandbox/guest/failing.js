import * as own from "./built-ins.js";
import { format } from "./format.js";

const MAX_SHOWN = 1_000;

/**
 * What the host keeps of assertions. A failed one counts against its test even where the code under test
 * catches it, unless it failed in what another assertion expects to throw, which takes it back.
 *
 * @typedef {object} Recorder
 * @property {(error: unknown) => void} failed
 * @property {() => number} mark How many have failed so far.
 * @property {(error: unknown, since: number) => void} takeBack Only what failed since the mark.
 */

class AssertionError extends own.NativeError {}
own.defineProperty(AssertionError.prototype, "name", { value: "AssertionError" });

/**
 * Fails, at the place where `from` was made: after an `await` the stack no longer says where an assertion stands.
 *
 * @param {Recorder} recorder
 * @param {string} message
 * @param {Error} [from]
 * @returns {never}
 */
export function fail(recorder, message, from) {
  const error = new AssertionError(message);
  if (from) own.defineProperty(error, "stack", { value: from.stack });
  recorder.failed(error);
  throw error;
}

/** @param {unknown} value */
export const show = (value) => format(value, MAX_SHOWN);

/**
 * What a function throws, or that it throws nothing.
 *
 * @param {Recorder} recorder
 * @param {unknown} work
 * @returns {{ thrown: unknown } | undefined}
 */
export function thrownBy(recorder, work) {
  if (typeof work !== "function")
    throw new own.NativeTypeError("A function is needed, to see what it throws.");
  const since = recorder.mark();
  try {
    work();
    return undefined;
  } catch (thrown) {
    recorder.takeBack(thrown, since);
    return { thrown };
  }
}
