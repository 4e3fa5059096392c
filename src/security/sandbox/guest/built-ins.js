/**
 * The built-ins as they are before any code of the run is loaded, so that what that code changes changes
 * nothing here: no comparison, no report.
 *
 * @module
 */
const { apply } = Reflect;

/**
 * A method as a function of its object.
 *
 * @template Self, Result
 * @template {unknown[]} Args
 * @param {(this: Self, ...args: Args) => Result} method
 * @returns {(self: Self, ...args: Args) => Result}
 */
const unbound =
  (method) =>
  (self, ...args) =>
    apply(method, self, args);

/** @param {object} holder @param {string} name @returns {(this: unknown) => unknown} */
function getter(holder, name) {
  const get = Object.getOwnPropertyDescriptor(holder, name)?.get;
  if (!get) throw new TypeError(`${name} has no getter.`);
  return get;
}

export { apply };
export const { abs, min } = Math;
export const { isView } = ArrayBuffer;
export const { stringify } = JSON;
export const { ownKeys } = Reflect;
export const {
  assign,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  is,
  keys,
  prototype: objectPrototype,
} = Object;
export const { isArray, prototype: arrayPrototype } = Array;
export const NativeError = Error;
export const NativeMap = Map;
export const NativeTypeError = TypeError;

export const push = unbound(/** @type {(this: unknown[], item: unknown) => number} */ (Array.prototype.push));
export const join = unbound(/** @type {(this: string[], by: string) => string} */ (Array.prototype.join));
export const slice = unbound(
  /** @type {(this: string, from: number, to: number) => string} */ (String.prototype.slice),
);
export const contains = unbound(
  /** @type {(this: string, part: string) => boolean} */ (String.prototype.includes),
);
export const split = unbound(/** @type {(this: string, by: string) => string[]} */ (String.prototype.split));
export const symbolText = unbound(/** @type {(this: symbol) => string} */ (Symbol.prototype.toString));
export const exec = unbound(
  /** @type {(this: RegExp, text: string) => RegExpExecArray | null} */ (RegExp.prototype.exec),
);
export const regExpText = unbound(/** @type {(this: RegExp) => string} */ (RegExp.prototype.toString));
export const source = unbound(getter(RegExp.prototype, "source"));
export const time = unbound(/** @type {(this: Date) => number} */ (Date.prototype.getTime));
export const isoTime = unbound(/** @type {(this: Date) => string} */ (Date.prototype.toISOString));
export const hasInstance = unbound(
  /** @type {(this: Function, value: unknown) => boolean} */ (Function.prototype[Symbol.hasInstance]),
);
export const mapSize = unbound(getter(Map.prototype, "size"));
export const mapGet = unbound(
  /** @type {(this: Map<unknown, unknown>, key: unknown) => unknown} */ (Map.prototype.get),
);
export const mapHas = unbound(
  /** @type {(this: Map<unknown, unknown>, key: unknown) => boolean} */ (Map.prototype.has),
);
export const mapPut = unbound(
  /** @type {(this: Map<unknown, unknown>, key: unknown, value: unknown) => unknown} */ (Map.prototype.set),
);
export const mapDrop = unbound(
  /** @type {(this: Map<unknown, unknown>, key: unknown) => boolean} */ (Map.prototype.delete),
);
export const eachOfMap = unbound(
  /** @type {(this: Map<unknown, unknown>, see: (value: unknown, key: unknown) => void) => void} */ (
    Map.prototype.forEach
  ),
);
export const setSize = unbound(getter(Set.prototype, "size"));
export const setHas = unbound(
  /** @type {(this: Set<unknown>, value: unknown) => boolean} */ (Set.prototype.has),
);
export const eachOfSet = unbound(
  /** @type {(this: Set<unknown>, see: (value: unknown) => void) => void} */ (Set.prototype.forEach),
);
