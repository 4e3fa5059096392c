import { readFileSync } from "node:fs";

/** A change that the guide shows: some lines of a file, and what comes in their place. */
export interface Change {
  file: string;
  from: string;
  to: string;
}

const BLOCK = /^```diff (\S+)\n([\s\S]*?)^```$/gm;

/** The changes that a guide leads through, in their order. */
export function changesIn(guide: string): Change[] {
  return [...readFileSync(guide, "utf8").matchAll(BLOCK)].flatMap(([, file = "", code = ""]) =>
    code.split(/^@@\n/m).map((hunk) => ({ file, from: linesOf(hunk, "+"), to: linesOf(hunk, "-") })),
  );
}

/** The lines of a hunk without those of one sign, and without their signs. */
const linesOf = (hunk: string, without: "+" | "-") =>
  hunk
    .split(/^/m)
    .filter((line) => !line.startsWith(without))
    .map((line) => line.slice(1) || "\n")
    .join("");

/**
 * A text with a change.
 *
 * @throws Error unless it holds what is changed, once
 */
export function withChange(text: string, { file, from, to }: Change): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} has to hold this once:\n${from}`);
  }
  return `${before}${to}${after}`;
}
