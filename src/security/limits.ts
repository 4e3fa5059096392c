import { messageOf } from "../errors.ts";

/** What no text from outside holds: control characters other than tab and line breaks, and halves of characters. */
const UNFIT = /[^\P{Cc}\t\n\r]|\p{Surrogate}/u;

/**
 * Why a value from outside cannot be taken: it is no JSON, too long as JSON, or holds characters that no text has,
 * with the path of the field; undefined where it can.
 */
export function unfitness(value: unknown, maxChars: number): string | undefined {
  try {
    const json = JSON.stringify(value) ?? "null";
    if (json.length <= maxChars) return unfitText(JSON.parse(json), "");
    return `as JSON it has ${json.length} characters, and at most ${maxChars} are taken (GRAPHWRIGHT_MAX_INPUT_CHARS)`;
  } catch (error) {
    return `it cannot be written as JSON, for ${messageOf(error).split("\n")[0]}`;
  }
}

function unfitText(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return unfitCharacter(value, path);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    const inside = path ? `${path}.${name}` : name;
    const found = unfitCharacter(name, path) ?? unfitText(each, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unfitCharacter(text: string, path: string): string | undefined {
  const found = UNFIT.exec(text);
  if (!found) return undefined;
  const point = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const kind = /\p{Cc}/u.test(found[0]) ? "the control character" : "half of a character,";
  return `${path ? `"${path}": ` : ""}it holds ${kind} U+${point} at position ${found.index + 1}`;
}
