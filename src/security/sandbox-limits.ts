import { posix } from "node:path";
import { UsageError } from "../errors.ts";
import type { SandboxFile } from "./sandbox-protocol.ts";

/** What a run in the sandbox may use, and what can end it. */
export interface SandboxOptions {
  /** How long its code may run; 5 s unless given. */
  timeoutMs?: number | undefined;
  /** How much memory its engine may take, 24 MB at least; 64 MB unless given. */
  memoryMb?: number | undefined;
  /** How much it may print, in characters; 20,000 unless given. The value that it gives is held to the same. */
  maxOutput?: number | undefined;
  /** Ends it at once. */
  signal?: AbortSignal | undefined;
}

const MAX_FILES = 500;
/** The most code and other text, in characters. */
const MAX_TEXT = 2_000_000;

/**
 * The limits of a run, complete.
 *
 * @throws UsageError where one cannot be kept
 */
export function limitsOf({ timeoutMs = 5_000, memoryMb = 64, maxOutput = 20_000 }: SandboxOptions) {
  within("timeoutMs", timeoutMs, 1, 3_600_000);
  within("memoryMb", memoryMb, 24, 2_048);
  within("maxOutput", maxOutput, 1, 10_000_000);
  return { timeoutMs, memoryMb, maxOutput };
}

function within(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    "BAD_SANDBOX",
    `The sandbox's ${name} is ${value}; give a whole number from ${least} to ${most}.`,
  );
}

/** What is wrong with the files of a run, in words that a model can act on; undefined where nothing is. */
export function problemOfFiles(files: readonly SandboxFile[]): string | undefined {
  if (files.length > MAX_FILES) return `There are ${files.length} files; at most ${MAX_FILES} can be given.`;
  const paths = new Set<string>();
  for (const { path } of files) {
    if (!isPlainPath(path)) {
      return `"${path.slice(0, 200)}" is not a path of a file; write one such as "src/sum.js", relative and without "..".`;
    }
    if (paths.has(path)) return `${path} is given twice.`;
    paths.add(path);
  }
  const chars = files.reduce((sum, { text }) => sum + text.length, 0);
  return chars > MAX_TEXT
    ? `The files have ${chars} characters; at most ${MAX_TEXT} can be given.`
    : undefined;
}

/** Whether a path is relative, normal and names a file; a colon would make it look like a scheme. */
function isPlainPath(path: string): boolean {
  return (
    path.length > 0 &&
    path.length <= 200 &&
    !/[\\:\0\n\r]|\/$/.test(path) &&
    !posix.isAbsolute(path) &&
    path === posix.normalize(path) &&
    !/^\.\.?(?:\/|$)/.test(path)
  );
}
