import * as own from "./built-ins.js";
import { isDate, isError, isMap, isObject, isPattern, isSet, kindOf } from "./kinds.js";

/**
 * Pairs that are being compared, so that circles come to an end, and whether classes and `undefined` count.
 *
 * @typedef {{ strict: boolean, above: Map<unknown, unknown> }} Comparing
 */

/**
 * Whether two values are equal by what they hold. Where it is not `strict`, the class of an object and a
 * property that is `undefined` do not count.
 *
 * @param {unknown} one
 * @param {unknown} other
 * @param {boolean} strict
 */
export const equals = (one, other, strict) => same(one, other, { strict, above: new own.NativeMap() });

/** @param {unknown} one @param {unknown} other @param {Comparing} comparing @returns {boolean} */
function same(one, other, comparing) {
  if (own.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  const kind = kindOf(one);
  if (kind === "function" || kind !== kindOf(other)) return false;
  if (comparing.strict && own.getPrototypeOf(one) !== own.getPrototypeOf(other)) return false;
  if (own.mapHas(comparing.above, one)) return own.mapGet(comparing.above, one) === other;
  own.mapPut(comparing.above, one, other);
  const equal = sameInside(one, other, comparing) && sameProperties(one, other, comparing);
  own.mapDrop(comparing.above, one);
  return equal;
}

/** @param {object} one @param {object} other @param {Comparing} comparing */
function sameInside(one, other, comparing) {
  if (isDate(one) && isDate(other)) return own.is(own.time(one), own.time(other));
  if (isPattern(one) && isPattern(other)) return own.regExpText(one) === own.regExpText(other);
  if (isMap(one) && isMap(other)) return sameMaps(one, other, comparing);
  if (isSet(one) && isSet(other)) return sameSets(one, other, comparing);
  if (isError(one) && isError(other)) return one.name === other.name && one.message === other.message;
  if (own.isArray(one) && own.isArray(other)) return one.length === other.length;
  return true;
}

/** @param {object} one @param {object} other @param {Comparing} comparing */
function sameProperties(one, other, comparing) {
  const holder = /** @type {Record<PropertyKey, unknown>} */ (one);
  const rival = /** @type {Record<PropertyKey, unknown>} */ (other);
  const names = comparedKeys(holder, comparing.strict);
  if (names.length !== comparedKeys(rival, comparing.strict).length) return false;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? "";
    if (!own.hasOwn(rival, name) || !same(holder[name], rival[name], comparing)) return false;
  }
  return true;
}

/** @param {Record<PropertyKey, unknown>} value @param {boolean} strict */
function comparedKeys(value, strict) {
  const all = own.ownKeys(value);
  /** @type {PropertyKey[]} */
  const compared = [];
  for (let index = 0; index < all.length; index += 1) {
    const key = all[index] ?? "";
    if (!own.getOwnPropertyDescriptor(value, key)?.enumerable) continue;
    if (strict || value[key] !== undefined) own.push(compared, key);
  }
  return compared;
}

/** @param {Map<unknown, unknown>} one @param {Map<unknown, unknown>} other @param {Comparing} comparing */
function sameMaps(one, other, comparing) {
  if (own.mapSize(one) !== own.mapSize(other)) return false;
  let equal = true;
  own.eachOfMap(one, (value, key) => {
    if (!equal) return;
    if (own.mapHas(other, key)) equal = same(value, own.mapGet(other, key), comparing);
    else equal = isObject(key) && someEntry(other, key, value, comparing);
  });
  return equal;
}

/** @param {Map<unknown, unknown>} map @param {unknown} key @param {unknown} value @param {Comparing} comparing */
function someEntry(map, key, value, comparing) {
  let found = false;
  own.eachOfMap(map, (each, name) => {
    found ||= same(key, name, comparing) && same(value, each, comparing);
  });
  return found;
}

/** @param {Set<unknown>} one @param {Set<unknown>} other @param {Comparing} comparing */
function sameSets(one, other, comparing) {
  if (own.setSize(one) !== own.setSize(other)) return false;
  let equal = true;
  own.eachOfSet(one, (value) => {
    if (!equal || own.setHas(other, value)) return;
    let found = false;
    own.eachOfSet(other, (each) => {
      found ||= isObject(value) && same(value, each, comparing);
    });
    equal = found;
  });
  return equal;
}
