import { randomBytes } from "node:crypto";
import { constants, promises as fs } from "node:fs";
import path from "node:path";
import { codeOf, messageOf, NotDone } from "../errors.ts";
import { isWithin } from "./document-files.ts";

/** A file to be put in place. */
export interface Placing {
  /** The folder that it must stay below, without symbolic links. */
  root: string;
  /** Its path below, by parts. */
  parts: readonly string[];
  content: Buffer;
  /** Whether a file that is there may be replaced. */
  overwrite: boolean;
  signal: AbortSignal;
}

/** What became of a file that was put in place. */
export type Placed = "created" | "replaced" | "unchanged";

/**
 * Puts a file in place: at every moment it is there whole, as it was before or as it is to be. Others may do the
 * same at the same time, each by a file of its own that is written first.
 *
 * @throws NotDone where it certainly was not put there; the message is for the one who asked
 */
export async function placeFile(placing: Placing): Promise<Placed> {
  const { root, parts, content } = placing;
  const shown = parts.join("/");
  const folder = await folderFor(root, parts.slice(0, -1));
  const target = path.join(folder, parts.at(-1) ?? "");
  if ((await standing(placing, target)) === "same") return "unchanged";
  const first = path.join(folder, `${TEMPORARY}${randomBytes(12).toString("hex")}.tmp`);
  try {
    await swept(folder);
    await writeWhole(first, content);
    placing.signal.throwIfAborted();
    const placed = await putThere(placing, first, target);
    await synced(folder);
    return placed;
  } catch (error) {
    throw error instanceof NotDone ? error : notWritten(shown, error);
  } finally {
    // One that cannot be removed is swept later; the file stands all the same.
    await fs.rm(first, { force: true }).catch(() => {});
  }
}

/** How often a file is looked at again that comes and goes by the hands of others. */
const MAX_LOOKS = 5;

/** Gives what was written first the name of the target, unless the target holds the same by now. */
async function putThere(placing: Placing, first: string, target: string): Promise<Placed> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const found = await standing(placing, target);
    if (found === "same") return "unchanged";
    if (found === "other") {
      await fs.rename(first, target);
      return "replaced";
    }
    if (await createdFrom(first, target)) return "created";
  }
  throw new NotDone(`${placing.parts.join("/")} is made and removed by others all the time. Try it again.`);
}

/** What stands at the target, unless nothing may be written there. */
async function standing(
  { parts, content, overwrite }: Placing,
  target: string,
): Promise<"nothing" | "same" | "other"> {
  const shown = parts.join("/");
  const found = await lookedAt(target, content);
  if (found === "none_of_ours")
    throw new NotDone(`${shown} is there and is no regular file. Choose another path.`);
  if (found === "other" && !overwrite) throw isThere(shown);
  return found;
}

/** Whether a file is there with exactly this content, and no link to one. */
export async function holds(root: string, parts: readonly string[], content: Buffer): Promise<boolean> {
  const target = path.join(root, ...parts);
  const real = await fs.realpath(path.dirname(target)).catch(() => undefined);
  if (real === undefined || !isWithin(root, real)) return false;
  return (await lookedAt(path.join(real, path.basename(target)), content)) === "same";
}

const isThere = (shown: string) =>
  new NotDone(
    `${shown} is there already, with another text. Pass overwrite: true to replace it, or choose another path.`,
  );

const notWritten = (shown: string, error: unknown) =>
  new NotDone(`${shown} could not be written (${codeOf(error) ?? messageOf(error)}).`, { cause: error });

/** The folder of these names below a root, made where it is missing; no link on the way leads out of the root. */
async function folderFor(root: string, names: readonly string[]): Promise<string> {
  let folder = root;
  for (const [at, name] of names.entries()) {
    const next = path.join(folder, name);
    const shown = names.slice(0, at + 1).join("/");
    try {
      await fs.mkdir(next).catch((error) => {
        if (codeOf(error) !== "EEXIST") throw error;
      });
      folder = await fs.realpath(next);
      if (!(await fs.stat(folder)).isDirectory())
        throw new NotDone(`${shown} is a file, and no folder. Choose another path.`);
    } catch (error) {
      throw error instanceof NotDone ? error : notWritten(shown, error);
    }
    if (!isWithin(root, folder))
      throw new NotDone(`${shown} is a link that leads out of the output folder. Choose another path.`);
  }
  return folder;
}

/** What stands at a path, a link not followed, beside a content that is looked for. */
export async function lookedAt(
  target: string,
  content: Buffer,
): Promise<"nothing" | "same" | "other" | "none_of_ours"> {
  const found = await fs.lstat(target).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw notWritten(path.basename(target), error);
  });
  if (!found) return "nothing";
  if (!found.isFile()) return "none_of_ours";
  if (found.size !== content.byteLength) return "other";
  const file = await fs.open(target, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw notWritten(path.basename(target), error);
  });
  if (!file) return "nothing";
  try {
    return (await file.readFile()).equals(content) ? "same" : "other";
  } finally {
    await file.close();
  }
}

async function writeWhole(target: string, content: Buffer): Promise<void> {
  const file = await fs.open(target, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

const TEMPORARY = ".graphwright-";
const STALE_MS = 60 * 60 * 1_000;

/** Removes what killed processes left in a folder; whoever still writes did not begin an hour ago. */
async function swept(folder: string): Promise<void> {
  const names = await fs.readdir(folder);
  for (const name of names.filter((each) => each.startsWith(TEMPORARY) && each.endsWith(".tmp"))) {
    const left = path.join(folder, name);
    const found = await fs.lstat(left).catch(() => undefined);
    if (found?.isFile() && Date.now() - found.mtimeMs > STALE_MS)
      await fs.rm(left, { force: true }).catch(() => {});
  }
}

/** What a disk says that knows no hard links. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Gives a file its name only if nobody has it; where the disk knows no hard links, nobody has to have had it just before. */
async function createdFrom(first: string, target: string): Promise<boolean> {
  try {
    await fs.link(first, target);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EEXIST") return false;
    if (!NO_LINKS.has(code)) throw error;
  }
  const there = await fs.lstat(target).catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (there) return false;
  await fs.rename(first, target);
  return true;
}

/** Has a folder's names written to disk, where the system can. */
async function synced(folder: string): Promise<void> {
  const opened = await fs.open(folder, constants.O_RDONLY).catch(() => undefined);
  await opened?.sync().catch(() => {});
  await opened?.close();
}
