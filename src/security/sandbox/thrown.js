import { isOwn } from "./modules.js";

/** @typedef {import("../sandbox-protocol.ts").Thrown} Thrown */

const MAX_FRAMES = 10;
const TYPESCRIPT =
  /\b(?:interface|enum|declare|namespace)\s+\w+|\btype\s+\w+(?:<[^>]*>)?\s*=|\bas\s+(?:const|\w+)|\b(?:private|public|protected|readonly)\s+\w|[\w\])]\??\s*:\s*(?:string|number|boolean|unknown|void|any|never|[A-Z]\w*|\w+\[\])\b|\bimport\s+type\b/;
const NO_TYPES = "The code is run as JavaScript: leave out the types and all else that is TypeScript alone.";

/**
 * What was thrown, with the lines of the given files alone, and a word on TypeScript where that is what could
 * not be read.
 *
 * @param {Thrown} told
 * @param {ReadonlyMap<string, string>} files
 * @returns {Thrown}
 */
export function thrownAs({ name, message, stack }, files) {
  const frames = stack
    .split("\n")
    .filter((line) => line.trim() && !isOwn(line) && !line.endsWith("(native)"));
  const shown = frames.slice(0, MAX_FRAMES).map((line) => `  ${line.trim()}`);
  if (frames.length > MAX_FRAMES) shown.push("  …");
  const typed = name === "SyntaxError" && isTypeScript(frames[0] ?? "", files);
  return { name, message: typed ? `${message}. ${NO_TYPES}` : message, stack: shown.join("\n") };
}

/** @param {string} frame Such as "at sum.js:1:6". @param {ReadonlyMap<string, string>} files */
function isTypeScript(frame, files) {
  const [, path = "", line = ""] = /at (.+?):(\d+)/.exec(frame.trim()) ?? [];
  if (/\.(?:[cm]?ts|tsx|jsx)$/.test(path)) return true;
  return TYPESCRIPT.test(files.get(path)?.split("\n")[Number(line) - 1] ?? "");
}

/**
 * Whether the code that is running was begun by one of the files `entries`: the outermost frame of a stack is in
 * one of them, and that of a callback is where the callback stands. Functions can have any name, so that only the
 * end of a line counts.
 *
 * @param {string} stack
 * @param {readonly string[]} entries
 * @param {ReadonlyMap<string, string>} files
 */
export function isRunBy(stack, entries, files) {
  const places = stack.split("\n").flatMap((line) => /^(.*):\d+:\d+\)$/.exec(line)?.[1] ?? []);
  const outermost = places.filter((place) => !/\(sandbox:[\w.]+$/.test(place)).at(-1);
  const found = [...files.keys()].filter((path) => outermost?.endsWith(`(${path}`));
  return found.length > 0 && found.every((path) => entries.includes(path));
}

/** Where a thrown error comes from in the given files: "sum.js:3:5". @param {Thrown} thrown */
export const placeOf = ({ stack }) => /at (?:.*\()?([^()\s]+:\d+:\d+)/.exec(stack)?.[1];
