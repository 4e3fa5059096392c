import { splitSentences } from "../models/offline/sentences.ts";
import { wordCount } from "../models/offline/words.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";

const counter = onceLoaded(() => import("syllable"));

/** How hard an English text is to read. */
export interface Readability {
  words: number;
  sentences: number;
  /** Flesch's reading ease: 100 is easy, 60 to 70 is plain English, below 30 is hard. */
  ease: number;
  /** Flesch and Kincaid's grade: the years of US schooling that a reader needs. */
  grade: number;
}

/**
 * Measures English paragraphs by the formulas of Flesch (1948) and of Kincaid and others (1975); syllables are
 * counted by rules, which is right for about nine words in ten.
 */
export async function readabilityOf(paragraphs: readonly string[]): Promise<Readability> {
  const { syllable } = await counter();
  const text = paragraphs.join("\n");
  const words = Math.max(1, wordCount(text));
  const sentences = Math.max(1, paragraphs.flatMap(splitSentences).length);
  const length = words / sentences;
  const syllables = syllable(text) / words;
  return {
    words,
    sentences,
    ease: tenth(206.835 - 1.015 * length - 84.6 * syllables),
    grade: Math.max(0, tenth(0.39 * length + 11.8 * syllables - 15.59)),
  };
}

const tenth = (value: number) => Math.round(value * 10) / 10;
