import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { UsageError } from "../../src/errors.ts";

/**
 * The text of a file as the repository's formatter and linter leave it.
 *
 * @throws UsageError where they can make nothing of it
 */
export async function tidied(file: string, source: string, root: string): Promise<string> {
  const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
  const args = [biome, "check", "--write", `--stdin-file-path=${file}`];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  child.stdin.end(source);
  const tidy = await text(child.stdout);
  if (tidy.trim()) return tidy;
  throw new UsageError("UNFIT_FILE", `${file} cannot be formatted by Biome; nothing was written.`);
}

/**
 * Writes all of the files, or none of them.
 *
 * @throws UsageError where one of `created` is there already, and what the file system throws
 */
export function writeAll(
  root: string,
  created: ReadonlyMap<string, string>,
  changed: ReadonlyMap<string, string>,
): void {
  const at = (file: string) => path.join(root, file);
  const there = [...created.keys()].find((file) => existsSync(at(file)));
  if (there !== undefined)
    throw new UsageError("FILE_EXISTS", `${there} is there already; nothing was written.`);
  const before = [...changed.keys()].map((file) => ({ file, text: readFileSync(at(file), "utf8") }));
  const made: string[] = [];
  try {
    for (const [file, text] of created) {
      const folder = mkdirSync(path.dirname(at(file)), { recursive: true });
      if (folder !== undefined) made.push(folder);
      writeFileSync(at(file), text, { flag: "wx" });
      made.push(at(file));
    }
    for (const [file, text] of changed) writeFileSync(at(file), text);
  } catch (error) {
    for (const { file, text } of before) writeFileSync(at(file), text);
    for (const each of made) rmSync(each, { recursive: true, force: true });
    throw error;
  }
}
