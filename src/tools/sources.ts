import { sourceBlock } from "../models/prompt.ts";
import type { Passage } from "../state/passage.ts";

/** Passages as a model reads them, numbered from 1. */
export const asSources = (passages: readonly Passage[]): string =>
  passages.map((passage, index) => sourceBlock({ ...passage, id: index + 1 })).join("\n\n");

/** The first passages that together have at most so many characters, but for the first one always. */
export function firstPassages(passages: readonly Passage[], maxChars: number): Passage[] {
  let chars = 0;
  return passages.filter(({ text }, index) => {
    chars += text.length;
    return index === 0 || chars <= maxChars;
  });
}
