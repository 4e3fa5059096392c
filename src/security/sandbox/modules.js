import { readFileSync } from "node:fs";
import { posix } from "node:path";

/** What our own modules inside the sandbox are called; no given file is. */
const OWN = "sandbox:";
/** The name of a module that cannot be; what follows says why. */
const REFUSED = `${OWN}refused:`;
const TESTING = /^(?:node:)?(?:test|assert)(?:\/strict)?$|vitest|jest|mocha|chai/;

/** The text of one of our own modules inside the sandbox. @param {string} name Such as "setup.js". */
export const ownModule = (name) => readFileSync(new URL(`./guest/${name}`, import.meta.url), "utf8");

/** @param {string} name */
export const ownName = (name) => `${OWN}${name}`;

/** @param {string} text */
export const isOwn = (text) => text.includes(OWN);

/**
 * The name of a module that another one imports: a given file, by relative path. What cannot be imported gets
 * a name that says why, which `sourceOf` throws: the engine takes a failure to name a module for the name "".
 *
 * @param {ReadonlyMap<string, string>} files
 * @param {string} from
 * @param {string} wanted
 */
export function nameOf(files, from, wanted) {
  if (from.startsWith(OWN)) return ownName(posix.basename(wanted));
  if (!/^\.\.?\//.test(wanted)) {
    const there = TESTING.test(wanted)
      ? " In tests, test, expect and assert are there without an import."
      : "";
    const name = JSON.stringify(wanted.slice(0, 200));
    return `${REFUSED}${name} cannot be imported: there are only the given files, by relative path such as "./sum.js".${there}`;
  }
  const path = posix.join(posix.dirname(from), wanted);
  if (files.has(path)) return path;
  const meant = [`${path}.js`, `${path}.mjs`, `${path}/index.js`].find((each) => files.has(each));
  const hint = meant ? `Write the whole name: ${meant}.` : `Given are: ${listed(files)}.`;
  return `${REFUSED}There is no file ${path.slice(0, 200)}, which ${from} imports. ${hint}`;
}

/** @param {ReadonlyMap<string, string>} files */
function listed(files) {
  const names = [...files.keys()];
  return names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
}

/**
 * The source of a module: code as it is, JSON and any other text as the default export.
 *
 * @param {ReadonlyMap<string, string>} files
 * @param {string} name
 * @throws Error that says why there is none
 */
export function sourceOf(files, name) {
  if (name.startsWith(REFUSED)) throw importError(name.slice(REFUSED.length));
  if (name.startsWith(OWN)) return ownModule(name.slice(OWN.length));
  const text = files.get(name) ?? "";
  if (/\.(?:[cm]?[jt]s|[jt]sx)$/.test(name)) return text;
  if (!name.endsWith(".json")) return `export default ${JSON.stringify(text)};`;
  try {
    JSON.parse(text);
  } catch (error) {
    throw importError(`${name} is not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  return `export default JSON.parse(${JSON.stringify(text)});`;
}

/** @param {string} message */
const importError = (message) => Object.assign(new Error(message), { name: "ImportError" });
