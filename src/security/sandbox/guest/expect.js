import * as own from "./built-ins.js";
import { equals } from "./equality.js";
import { fail, show, thrownBy } from "./failing.js";
import { isMap, isObject, isPattern, isSet, kindOf } from "./kinds.js";

/** @typedef {import("./failing.js").Recorder} Recorder */
/** @typedef {(received: unknown, expected: unknown, second: unknown, count: number) => boolean} Matcher */
/** @typedef {(received: unknown, expected: unknown) => boolean} Fit */

/** @param {unknown} value */
const amount = (value) => {
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw new own.NativeTypeError(`A number is needed to compare, not ${show(value)}.`);
};

/** @param {unknown} received @param {unknown} part @param {(one: unknown, other: unknown) => boolean} fits */
function holds(received, part, fits) {
  if (typeof received === "string") return typeof part === "string" && own.contains(received, part);
  let found = false;
  /** @param {unknown} each */
  const see = (each) => {
    found ||= fits(each, part);
  };
  if (isSet(received)) own.eachOfSet(received, see);
  else if (isMap(received)) own.eachOfMap(received, (_, key) => see(key));
  else if (own.isArray(received)) for (let at = 0; at < received.length; at += 1) see(received[at]);
  else throw new own.NativeTypeError(`A text, an array or a set is needed, not ${show(received)}.`);
  return found;
}

/** Whether a value has what another one has, and perhaps more. @type {Fit} */
function matchesObject(received, expected) {
  const kind = isObject(expected) ? kindOf(expected) : undefined;
  if (!isObject(expected) || !isObject(received) || (kind !== "object" && kind !== "array")) {
    return equals(received, expected, false);
  }
  if (kind === "array" && property(received, "length") !== property(expected, "length")) return false;
  const names = own.keys(expected);
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? "";
    if (!(name in received) || !matchesObject(property(received, name), property(expected, name)))
      return false;
  }
  return true;
}

/** @param {unknown} value @param {PropertyKey} name */
const property = (value, name) => /** @type {Record<PropertyKey, unknown>} */ (value)[name];

/** @param {unknown} received @param {unknown} path @param {unknown} wanted @param {boolean} known */
function hasProperty(received, path, wanted, known) {
  const names = own.isArray(path) ? path : own.split(`${path}`, ".");
  let value = received;
  for (let at = 0; at < names.length; at += 1) {
    if (!isObject(value) || !(names[at] in value)) return false;
    value = property(value, names[at]);
  }
  return !known || equals(value, wanted, false);
}

/** @param {RegExp} pattern @param {string} text */
export function isFound(pattern, text) {
  pattern.lastIndex = 0;
  return own.exec(pattern, text) !== null;
}

/** Whether what was thrown is what was expected: by text, pattern, class, or an error's own message. @type {Fit} */
export function isExpectedError(thrown, expected) {
  const message = isObject(thrown) && "message" in thrown ? `${thrown.message}` : `${thrown}`;
  if (expected === undefined) return true;
  if (typeof expected === "string") return own.contains(message, expected);
  if (isPattern(expected)) return isFound(expected, message);
  if (typeof expected === "function") return own.hasInstance(expected, thrown);
  if (isObject(expected) && "message" in expected) return message === expected.message;
  throw new own.NativeTypeError(`A text, a pattern, a class or an error is needed, not ${show(expected)}.`);
}

/** @type {Record<string, Matcher>} */
const MATCHERS = {
  toBe: own.is,
  toEqual: (received, expected) => equals(received, expected, false),
  toStrictEqual: (received, expected) => equals(received, expected, true),
  toMatchObject: matchesObject,
  toBeTruthy: (received) => !!received,
  toBeFalsy: (received) => !received,
  toBeNull: (received) => received === null,
  toBeUndefined: (received) => received === undefined,
  toBeDefined: (received) => received !== undefined,
  toBeNaN: (received) => own.is(received, Number.NaN),
  toBeCloseTo: (received, expected, digits = 2) =>
    own.is(received, expected) ||
    own.abs(Number(amount(received)) - Number(amount(expected))) < 10 ** -Number(digits) / 2,
  toBeGreaterThan: (received, expected) => amount(received) > amount(expected),
  toBeGreaterThanOrEqual: (received, expected) => amount(received) >= amount(expected),
  toBeLessThan: (received, expected) => amount(received) < amount(expected),
  toBeLessThanOrEqual: (received, expected) => amount(received) <= amount(expected),
  toContain: (received, expected) => holds(received, expected, own.is),
  toContainEqual: (received, expected) =>
    holds(received, expected, (one, other) => equals(one, other, false)),
  toHaveLength: (received, expected) => isLong(received, expected),
  toHaveProperty: (received, path, wanted, count) => hasProperty(received, path, wanted, count > 1),
  toMatch: (received, expected) =>
    isPattern(expected) ? isFound(expected, `${received}`) : own.contains(`${received}`, `${expected}`),
  toBeInstanceOf: (received, expected) => typeof expected === "function" && received instanceof expected,
};

/** @param {unknown} received @param {unknown} expected */
const isLong = (received, expected) =>
  (typeof received === "string" || isObject(received)) && own.is(property(received, "length"), expected);

/** The names of all matchers. */
export const MATCHER_NAMES = [...own.keys(MATCHERS), "toThrow"];

/** `expect(value)`, its matchers, and the same behind `not`, `resolves` and `rejects`. @param {Recorder} recorder */
export const expecting = (recorder) => (/** @type {unknown} */ received) => ({
  ...matchersFor(recorder, received, false),
  not: matchersFor(recorder, received, true),
  resolves: {
    ...settled(recorder, received, "resolves", false),
    not: settled(recorder, received, "resolves", true),
  },
  rejects: {
    ...settled(recorder, received, "rejects", false),
    not: settled(recorder, received, "rejects", true),
  },
});

/** @param {Recorder} recorder @param {unknown} received @param {boolean} negated */
function matchersFor(recorder, received, negated) {
  return madeOf((name, expected) => {
    if (name !== "toThrow") return check(recorder, name, { received, expected, negated });
    const outcome = thrownBy(recorder, received);
    const fits = outcome !== undefined && isExpectedError(outcome.thrown, expected[0]);
    const text = outcome ? `threw ${show(outcome.thrown)}` : "threw nothing";
    if (fits === negated) fail(recorder, said(name, negated, expected, text));
  });
}

/** @param {Recorder} recorder @param {unknown} promise @param {"resolves" | "rejects"} way @param {boolean} negated */
function settled(recorder, promise, way, negated) {
  return madeOf(async (name, expected) => {
    const from = new own.NativeError();
    const since = recorder.mark();
    const { rejected, value } = await settlementOf(promise);
    if (rejected !== (way === "rejects")) {
      const came = rejected ? "was rejected with" : "resolved to";
      fail(recorder, `expect(received).${way}\n  received: a promise that ${came} ${show(value)}`, from);
    }
    if (rejected) recorder.takeBack(value, since);
    if (name !== "toThrow") return check(recorder, name, { received: value, expected, negated, from });
    if (isExpectedError(value, expected[0]) === negated) {
      fail(recorder, said(`${way}.toThrow`, negated, expected, show(value)), from);
    }
  });
}

/** @param {unknown} promise */
async function settlementOf(promise) {
  try {
    return { rejected: false, value: await (typeof promise === "function" ? promise() : promise) };
  } catch (value) {
    return { rejected: true, value };
  }
}

/** One function for each matcher. @param {(name: string, expected: unknown[]) => unknown} call */
function madeOf(call) {
  /** @type {Record<string, (...expected: unknown[]) => unknown>} */
  const made = {};
  for (let at = 0; at < MATCHER_NAMES.length; at += 1) {
    const name = MATCHER_NAMES[at] ?? "";
    made[name] = (...expected) => call(name, expected);
  }
  return made;
}

/** @param {Recorder} recorder @param {string} name @param {{ received: unknown, expected: unknown[], negated: boolean, from?: Error }} what */
function check(recorder, name, { received, expected, negated, from }) {
  const matcher = MATCHERS[name];
  if (matcher?.(received, expected[0], expected[1], expected.length) === negated) {
    fail(recorder, said(name, negated, expected, show(received)), from);
  }
}

/** @param {string} name @param {boolean} negated @param {unknown[]} expected @param {string} received */
function said(name, negated, expected, received) {
  const wanted = expected.length > 0 ? `\n  expected: ${negated ? "not " : ""}${show(expected[0])}` : "";
  return `expect(received)${negated ? ".not" : ""}.${name}${wanted}\n  received: ${received}`;
}
