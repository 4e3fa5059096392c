import { isStopWord, stem, words } from "../models/offline/words.ts";

/** The words and numbers that a source knows. */
export interface Named {
  words: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
}

const NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");

/** A number, but none that is a part of a name such as v2 or SHA-256. */
const FIGURE = /(?<![\p{L}\p{N}_])(?<![\p{L}_][-/.])\d+(?:[.,]\d+)*/gu;
const NUMBER = /\d+(?:[.,]\d+)*/g;

/** The figures of a statement, each once, as numbers are written in code: 1200.5. */
export const numbersIn = (text: string): string[] => [
  ...new Set([...text.matchAll(FIGURE)].map(plainNumber)),
];

/** Every number that a source holds, those in words and in names included. */
export function numbersNamed(text: string): ReadonlySet<string> {
  const spelled = words(text).flatMap((word) => {
    const value = NUMBER_WORDS.indexOf(word);
    return value < 0 ? [] : [String(value)];
  });
  return new Set([...[...text.matchAll(NUMBER)].map(plainNumber), ...spelled]);
}

function plainNumber([written]: RegExpMatchArray): string {
  const grouped = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(written) ? written.replaceAll(",", "") : written;
  return Number.isNaN(Number(grouped)) ? grouped : String(Number(grouped));
}

/** A capitalised word within a sentence; and anywhere one with two capitals, such as SQLite or CAP. */
const NAME =
  /(?<=[\p{L}\p{N},;)(]\s+["“'(]?)\p{Lu}[\p{L}\p{N}'’-]*|(?<![\p{L}\p{N}])[\p{L}\p{N}]*\p{Lu}[\p{L}\p{N}]*\p{Lu}[\p{L}\p{N}]*/gu;

/** The names of a statement, each once, as written. */
export const namesIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(NAME)].map(([name]) => name).filter((name) => !isStopWord(name.toLowerCase())),
  ),
];

/** The words of a source, and their stems. */
export const wordsNamed = (text: string): ReadonlySet<string> =>
  new Set(words(text).flatMap((word) => [word, stem(word)]));

/** The letters that a short form has to share with a name, from its beginning. */
const SHORT_FORM = 4;

/** Whether a source knows a name, be it in another form of the word or a short one: Postgres for PostgreSQL. */
export const knows = (source: Named, name: string): boolean =>
  words(name).every(
    (word) =>
      source.words.has(word) ||
      source.words.has(stem(word)) ||
      (word.length >= SHORT_FORM &&
        [...source.words].some(
          (each) => each.length >= SHORT_FORM && (each.startsWith(word) || word.startsWith(each)),
        )),
  );
