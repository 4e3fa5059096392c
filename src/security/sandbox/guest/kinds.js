import * as own from "./built-ins.js";

/**
 * What an object is by its inside, which no property of it can pretend.
 *
 * @typedef {"array" | "date" | "map" | "set" | "pattern" | "error" | "view" | "function" | "object"} Kind
 */

/** @param {unknown} value @returns {value is object} */
export const isObject = (value) =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** @param {() => unknown} read */
function succeeds(read) {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** @param {unknown} value @returns {value is Date} */
export const isDate = (value) => succeeds(() => own.time(/** @type {Date} */ (value)));

/** @param {unknown} value @returns {value is Map<unknown, unknown>} */
export const isMap = (value) => succeeds(() => own.mapSize(value));

/** @param {unknown} value @returns {value is Set<unknown>} */
export const isSet = (value) => succeeds(() => own.setSize(value));

/** @param {unknown} value @returns {value is RegExp} */
export const isPattern = (value) =>
  isObject(value) && typeof value === "object" && "lastIndex" in value && succeeds(() => own.source(value));

/** @param {unknown} value @returns {value is Error} */
export const isError = (value) => own.hasInstance(own.NativeError, value);

/** @param {object} value @returns {Kind} */
export function kindOf(value) {
  if (typeof value === "function") return "function";
  if (own.isArray(value)) return "array";
  if (own.isView(value)) return "view";
  if (isDate(value)) return "date";
  if (isMap(value)) return "map";
  if (isSet(value)) return "set";
  if (isPattern(value)) return "pattern";
  return isError(value) ? "error" : "object";
}
