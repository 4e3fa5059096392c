import { posix } from "node:path";
import filenamify from "filenamify";
import { ToolError } from "../errors.ts";

/** The longest path, in characters, and the most folders above a file. */
const MAX_PATH = 300;
const MAX_FOLDERS = 8;

/**
 * A path that a file may be written under, as its parts below a folder: names that every system takes, and none
 * that leads elsewhere or hides. Links are not looked at.
 *
 * @throws ToolError that says what is wrong with the path, and where there is one, which path to take instead
 */
export function writableParts(path: string, endings: readonly string[]): string[] {
  const refuse = (why: string) => {
    const shown = JSON.stringify(path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path);
    return new ToolError(
      `${shown} cannot be written: ${why}. Give a path such as notes/summary${endings[0] ?? ""}.`,
    );
  };
  if (path.length > MAX_PATH)
    throw refuse(`it has ${path.length} characters, and at most ${MAX_PATH} are allowed`);
  if (/\p{Cc}|\p{Cs}/u.test(path)) throw refuse("it holds control characters");
  if (path.includes("\\")) throw refuse("it holds a backslash; folders are parted by /");
  if (posix.isAbsolute(path) || /^[a-z]:|^~/i.test(path))
    throw refuse("it does not begin below the output folder");
  const parts = path
    .normalize()
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("it leads out of the output folder");
  if (parts.length > MAX_FOLDERS + 1) throw refuse(`it has more than ${MAX_FOLDERS} folders`);
  if (parts.some((part) => part.startsWith("."))) throw refuse("names that begin with a dot are hidden");
  const safe = parts.map((part) => filenamify(part, { replacement: "-" }));
  if (safe.join("/") !== parts.join("/")) {
    throw refuse(`its name is not one that every system takes; ${JSON.stringify(safe.join("/"))} would be`);
  }
  const ending = posix.extname(parts.at(-1) ?? "").toLowerCase();
  if (path.endsWith("/") || !endings.includes(ending))
    throw refuse(`only ${endings.join(", ")} files are written`);
  return parts;
}
