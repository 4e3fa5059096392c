import * as own from "./built-ins.js";
import { equals } from "./equality.js";
import { isExpectedError, isFound } from "./expect.js";
import { fail, show, thrownBy } from "./failing.js";

/** @typedef {import("./failing.js").Recorder} Recorder */
/** @typedef {(one: unknown, other: unknown) => boolean} Comparison */

/** @type {Comparison} */
const deep = (one, other) => equals(one, other, true);

/** `assert(condition, message)`, with the strict comparisons of Node's module. @param {Recorder} recorder */
export function asserting(recorder) {
  /** @param {unknown} condition @param {unknown} [message] */
  const ok = (condition, message) => {
    if (!condition) fail(recorder, worded(message, `assert: ${show(condition)} is not true`));
  };
  const compare = comparing(recorder);
  return own.assign(
    (/** @type {unknown} */ condition, /** @type {unknown} */ message) => ok(condition, message),
    {
      ok,
      equal: compare("equal", own.is, true),
      strictEqual: compare("strictEqual", own.is, true),
      deepEqual: compare("deepEqual", deep, true),
      deepStrictEqual: compare("deepStrictEqual", deep, true),
      notEqual: compare("notEqual", own.is, false),
      notStrictEqual: compare("notStrictEqual", own.is, false),
      notDeepEqual: compare("notDeepEqual", deep, false),
      notDeepStrictEqual: compare("notDeepStrictEqual", deep, false),
      match: matching(recorder),
      fail: (/** @type {unknown} */ message) => fail(recorder, worded(message, "assert.fail was called")),
      ...throwing(recorder),
    },
  );
}

/** @param {unknown} message @param {string} otherwise */
const worded = (message, otherwise) =>
  typeof message === "string" ? `${message}\n  ${otherwise}` : otherwise;

/** @param {Recorder} recorder */
const comparing =
  (recorder) =>
  (/** @type {string} */ name, /** @type {Comparison} */ same, /** @type {boolean} */ wanted) =>
  /** @param {unknown} received @param {unknown} expected @param {unknown} [message] */
  (received, expected, message) => {
    if (same(received, expected) === wanted) return;
    const facts = `\n  expected: ${wanted ? "" : "not "}${show(expected)}\n  received: ${show(received)}`;
    fail(recorder, worded(message, `assert.${name}${facts}`));
  };

/** @param {Recorder} recorder */
const matching =
  (recorder) =>
  /** @param {string} text @param {RegExp} pattern @param {unknown} [message] */
  (text, pattern, message) => {
    if (isFound(pattern, text)) return;
    fail(recorder, worded(message, `assert.match\n  expected: ${show(pattern)}\n  received: ${show(text)}`));
  };

/** @param {Recorder} recorder */
function throwing(recorder) {
  /** @param {string} name @param {{ thrown: unknown } | undefined} outcome @param {unknown} expected @param {Error} [from] */
  const judge = (name, outcome, expected, from) => {
    if (!outcome) fail(recorder, `assert.${name}: nothing was thrown`, from);
    if (!isExpected(outcome.thrown, expected)) {
      fail(
        recorder,
        `assert.${name}\n  expected: ${show(expected)}\n  received: ${show(outcome.thrown)}`,
        from,
      );
    }
  };
  return {
    /** @param {unknown} work @param {unknown} [expected] */
    throws: (work, expected) => judge("throws", thrownBy(recorder, work), expected),
    /** @param {unknown} work */
    doesNotThrow: (work) => {
      const outcome = thrownBy(recorder, work);
      if (outcome) fail(recorder, `assert.doesNotThrow\n  received: threw ${show(outcome.thrown)}`);
    },
    /** @param {unknown} work @param {unknown} [expected] */
    rejects: async (work, expected) => {
      const from = new own.NativeError();
      judge("rejects", await rejectionOf(recorder, work), expected, from);
    },
  };
}

/** As in Node: a class, a pattern, an error's message, or a function that judges; a text is a message of the assertion. @param {unknown} thrown @param {unknown} expected */
function isExpected(thrown, expected) {
  if (typeof expected === "string") return true;
  if (typeof expected !== "function") return isExpectedError(thrown, expected);
  const prototype = own.getOwnPropertyDescriptor(expected, "prototype");
  if (prototype && own.hasInstance(expected, thrown)) return true;
  return prototype?.writable !== false && expected(thrown) === true;
}

/** @param {Recorder} recorder @param {unknown} work */
async function rejectionOf(recorder, work) {
  const since = recorder.mark();
  try {
    await (typeof work === "function" ? work() : work);
    return undefined;
  } catch (thrown) {
    recorder.takeBack(thrown, since);
    return { thrown };
  }
}
