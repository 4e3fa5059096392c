/**
 * What is there inside the sandbox beside the language: `console`, timers, and for tests `test`, `describe`,
 * `expect` and `assert`. It is loaded before any code of the run and keeps the host's functions to itself.
 *
 * @module
 */
import { asserting } from "./assert.js";
import * as own from "./built-ins.js";
import { expecting } from "./expect.js";
import { format, textOf } from "./format.js";
import { isError } from "./kinds.js";

const CONSOLE = ["log", "info", "debug", "warn", "error", "dir", "table", "trace"];
/** What the language has, and a sandbox without threads has no use for. */
const LEFT_OUT = ["SharedArrayBuffer", "Atomics"];

/**
 * @typedef {object} Host
 * @property {(line: string) => void} write
 * @property {(work: () => void, ms: number, again: boolean) => number} setTimer
 * @property {(id: number) => void} clearTimer
 */

/** @param {Host} host @param {number} maxChars The longest line of output. */
export function setUp(host, maxChars) {
  for (const name of LEFT_OUT) Reflect.deleteProperty(globalThis, name);
  /** @param {unknown[]} values */
  const print = (...values) => {
    let line = "";
    for (let at = 0; at < values.length && line.length <= maxChars; at += 1) {
      line += (at > 0 ? " " : "") + printed(values[at], maxChars);
    }
    host.write(own.slice(line, 0, maxChars + 1));
  };
  define("console", Object.fromEntries(CONSOLE.map((name) => [name, print])));
  /** @param {boolean} again */
  const timer =
    (again) =>
    (/** @type {unknown} */ work, /** @type {unknown} */ ms, /** @type {unknown[]} */ ...args) => {
      if (typeof work !== "function") throw new own.NativeTypeError("A timer needs a function.");
      return host.setTimer(() => own.apply(work, undefined, args), Number(ms ?? 0), again);
    };
  /** @param {unknown} id */
  const clear = (id) => host.clearTimer(Number(id));
  define("setTimeout", timer(false));
  define("setInterval", timer(true));
  define("clearTimeout", clear);
  define("clearInterval", clear);
}

/** @param {string} name @param {unknown} value */
const define = (name, value) =>
  own.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

/** @param {unknown} value @param {number} maxChars */
function printed(value, maxChars) {
  if (typeof value === "string") return own.slice(value, 0, maxChars + 1);
  if (!isError(value)) return format(value, maxChars);
  return `${textOf(value, "name")}: ${own.slice(textOf(value, "message"), 0, maxChars)}`;
}

/**
 * @typedef {object} TestHost
 * @property {(kind: string, name: string, work: unknown, stack: string) => void} register
 */

/**
 * Adds the functions of tests, as globals that nothing can replace: the engine lets a read-only global be
 * defined anew, but not one that has a getter.
 *
 * @param {TestHost & import("./failing.js").Recorder} host
 */
export function setUpTests(host) {
  /** @param {string} kind */
  const named = (kind) => (/** @type {unknown} */ name, /** @type {unknown} */ work) => {
    if (typeof work !== "function") throw new own.NativeTypeError(`${kind}(name, fn) needs a function.`);
    const named = own.slice(`${name}`, 0, 200);
    host.register(kind, named, work, `${new own.NativeError().stack}`);
  };
  /** @param {string} kind */
  const unnamed = (kind) => (/** @type {unknown} */ work) => named(kind)("", work);
  const added = {
    test: named("test"),
    it: named("test"),
    describe: named("describe"),
    beforeEach: unnamed("beforeEach"),
    afterEach: unnamed("afterEach"),
    expect: expecting(host),
    assert: asserting(host),
  };
  for (const [name, value] of Object.entries(added)) {
    Object.freeze(value);
    own.defineProperty(globalThis, name, { get: () => value, configurable: false });
  }
}

/**
 * A thrown value in texts of bounded length; user code may run, and may throw, while it is read.
 *
 * @param {unknown} thrown
 */
export function describeThrown(thrown) {
  const object = isError(thrown) ? thrown : undefined;
  return {
    __proto__: null,
    name: object ? own.slice(textOf(object, "name") || "Error", 0, 100) : "Uncaught",
    message: object ? own.slice(textOf(object, "message"), 0, 2_000) : format(thrown, 1_000),
    stack: object ? own.slice(textOf(object, "stack"), 0, 8_000) : "",
  };
}

/**
 * A value as JSON, undefined where it is longer than allowed; what JSON cannot say is given as its text.
 *
 * @param {unknown} value
 * @param {number} maxChars
 */
export function toJson(value, maxChars) {
  const json = jsonOf(value, maxChars);
  return json.length > maxChars ? undefined : json;
}

/** @param {unknown} value @param {number} maxChars */
function jsonOf(value, maxChars) {
  try {
    const json = own.stringify(value);
    if (typeof json === "string") return json;
  } catch {}
  return toShown(value, maxChars);
}

/**
 * A value as the JSON of its text, in which what is deep is cut.
 *
 * @param {unknown} value
 * @param {number} maxChars
 */
export const toShown = (value, maxChars) => own.stringify(format(value, maxChars));
