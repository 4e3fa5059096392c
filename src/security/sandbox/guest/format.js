import * as own from "./built-ins.js";
import { isDate, isError, isMap, isObject, isPattern, isSet } from "./kinds.js";

const MAX_DEPTH = 5;
const MAX_ENTRIES = 100;
const LINE = 72;

/**
 * How many characters are left, and the objects that are being shown.
 *
 * @typedef {{ left: number, above: Map<unknown, unknown> }} Showing
 */

/**
 * A value as text, the same for the same value: keys in their order, getters not called; what is circular,
 * deep or long is cut, and said.
 *
 * @param {unknown} value
 * @param {number} maxChars
 */
export function format(value, maxChars) {
  const text = shown(value, { left: maxChars, above: new own.NativeMap() }, 0);
  return text.length > maxChars ? `${own.slice(text, 0, maxChars)}…` : text;
}

/** @param {unknown} value @param {Showing} showing @param {number} depth @returns {string} */
function shown(value, showing, depth) {
  if (showing.left <= 0) return "…";
  if (isObject(value)) return shownObject(value, showing, depth);
  const text = shownPrimitive(value, showing.left);
  showing.left -= text.length;
  return text;
}

/** @param {unknown} value @param {number} maxChars */
function shownPrimitive(value, maxChars) {
  if (typeof value === "string") return own.stringify(own.slice(value, 0, maxChars));
  if (typeof value === "symbol") return own.symbolText(value);
  if (typeof value === "bigint") return `${value}n`;
  return own.is(value, -0) ? "-0" : `${value}`;
}

/** @param {object} value @param {Showing} showing @param {number} depth */
function shownObject(value, showing, depth) {
  if (own.mapHas(showing.above, value)) return "[Circular]";
  if (typeof value === "function") return `[Function: ${textOf(value, "name") || "(anonymous)"}]`;
  if (isDate(value)) return own.is(own.time(value), Number.NaN) ? "Invalid Date" : own.isoTime(value);
  if (isPattern(value)) return own.regExpText(value);
  if (isError(value)) return `[${textOf(value, "name")}: ${textOf(value, "message")}]`;
  const name = classOf(value);
  if (depth >= MAX_DEPTH) return `[${name || "Object"}]`;
  own.mapPut(showing.above, value, true);
  const parts = partsOf(value, showing, depth + 1);
  own.mapDrop(showing.above, value);
  const list = own.isArray(value) || own.isView(value);
  return `${name}${name ? " " : ""}${list ? laidOut(parts, "[", "]", depth) : laidOut(parts, "{", "}", depth)}`;
}

/** The name of an object's class; none for what a literal makes. @param {object} value */
function classOf(value) {
  const prototype = own.getPrototypeOf(value);
  if (prototype === own.objectPrototype || prototype === own.arrayPrototype || prototype === null) return "";
  const made = own.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof made === "function" ? textOf(made, "name") : "";
}

/** A property's text, "" where it has none or the property throws. @param {object} value @param {string} key */
export function textOf(value, key) {
  try {
    const text = /** @type {Record<string, unknown>} */ (value)[key];
    return typeof text === "string" ? text : "";
  } catch {
    return "";
  }
}

/** @param {object} value @param {Showing} showing @param {number} depth */
function partsOf(value, showing, depth) {
  /** @type {string[]} */
  const parts = [];
  let left = 0;
  /** @param {() => string} part */
  const add = (part) => {
    if (parts.length < MAX_ENTRIES && showing.left > 0) own.push(parts, part());
    else left += 1;
  };
  /** @param {unknown} each */
  const inner = (each) => shown(each, showing, depth);
  if (isMap(value)) own.eachOfMap(value, (each, key) => add(() => `${inner(key)} => ${inner(each)}`));
  else if (isSet(value)) own.eachOfSet(value, (each) => add(() => inner(each)));
  else if (own.isArray(value) || own.isView(value)) left += addItems(value, add, inner);
  else addProperties(value, showing, add, inner);
  if (left > 0) own.push(parts, `… ${left} more`);
  return parts;
}

/**
 * Adds the first items of a list, and gives how many are left: a list of a thousand million is not walked through.
 *
 * @param {object} list
 * @param {(part: () => string) => void} add
 * @param {(item: unknown) => string} inner
 */
function addItems(list, add, inner) {
  const items = /** @type {ArrayLike<unknown>} */ (list);
  const count = own.min(items.length, MAX_ENTRIES);
  for (let index = 0; index < count; index += 1) {
    add(() => (own.hasOwn(items, index) ? inner(items[index]) : "<empty>"));
  }
  return items.length - count;
}

/**
 * @param {object} value
 * @param {Showing} showing
 * @param {(part: () => string) => void} add
 * @param {(item: unknown) => string} inner
 */
function addProperties(value, showing, add, inner) {
  const keys = own.ownKeys(value);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] ?? "";
    const property = own.getOwnPropertyDescriptor(value, key);
    if (!property?.enumerable) continue;
    const written = typeof key === "symbol" ? `[${own.symbolText(key)}]` : keyText(key);
    add(() => {
      showing.left -= written.length;
      return `${written}: ${property.get || property.set ? "[Getter]" : inner(property.value)}`;
    });
  }
}

/** @param {string} key */
const keyText = (key) => (own.exec(/^[A-Za-z_$][\w$]*$/, key) ? key : own.stringify(key));

/** @param {string[]} parts @param {string} open @param {string} close @param {number} depth */
function laidOut(parts, open, close, depth) {
  if (parts.length === 0) return `${open}${close}`;
  const line = own.join(parts, ", ");
  const gap = open === "[" ? "" : " ";
  if (line.length <= LINE && !own.contains(line, "\n")) return `${open}${gap}${line}${gap}${close}`;
  let indent = "\n";
  for (let level = 0; level < depth; level += 1) indent += "  ";
  return `${open}${indent}  ${own.join(parts, `,${indent}  `)}${indent}${close}`;
}
