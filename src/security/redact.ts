import { secrets } from "../settings.ts";
import { patterns } from "./secret-patterns.ts";

const REDACTED = "[redacted]";

/** No secret is shorter, and no pattern finds anything in less. */
const SHORTEST = 8;

/** What lies deeper in a value than this is not looked into, and so not shown. */
const DEEPEST = 100;

/** How the names end under which a text or a number is a secret, whatever it looks like, in small letters alone. */
const SECRET_NAME =
  /((api|private|secret|access|signing|encryption)key|token|secret|authorization|pass(word|wd|phrase)|pwd|credentials?|cookie)$/;

/**
 * The same text or JSON value without secrets: the keys and passwords of the environment, what looks like a key, a
 * token or a password, and what is named like one. The value itself where there is none.
 *
 * It knows no secret that looks like nothing and stands in no variable, nor one that is spread over several texts.
 */
export function redacted<Value>(value: Value): Value {
  return without(value, 0) as Value;
}

function without(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length < SHORTEST ? value : withoutSecrets(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === DEEPEST) return REDACTED;
  return Array.isArray(value) ? listWithout(value, depth + 1) : objectWithout(value, depth + 1);
}

function listWithout(list: unknown[], depth: number): unknown[] {
  const found = list.map((each) => without(each, depth));
  return found.some((each, index) => each !== list[index]) ? found : list;
}

function objectWithout(value: object, depth: number): object {
  let changed = false;
  const found = Object.entries(value).map(([name, each]: [string, unknown]) => {
    const shown = isSecretName(name) ? hidden(each, depth) : without(each, depth);
    changed ||= shown !== each;
    return [name, shown];
  });
  return changed ? Object.fromEntries(found) : value;
}

const isSecretName = (name: string) => SECRET_NAME.test(name.replace(/[^A-Za-z]/g, "").toLowerCase());

/** What stands under a secret name. An object there may be no secret, but the schema of one. */
function hidden(value: unknown, depth: number): unknown {
  if (typeof value === "string" || typeof value === "number") return REDACTED;
  if (Array.isArray(value) && depth < DEEPEST) return value.map((each) => hidden(each, depth + 1));
  return without(value, depth);
}

function withoutSecrets(text: string): string {
  let shown = text;
  for (const secret of secrets()) shown = shown.replaceAll(secret, REDACTED);
  for (const [pattern, replacement] of patterns) shown = shown.replace(pattern, replacement);
  return shown;
}
