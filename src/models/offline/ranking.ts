const SATURATION = 1.2;
const LENGTH_WEIGHT = 0.75;

/** BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75) of a query against each of some documents. */
export function rank(query: readonly string[], documents: readonly (readonly string[])[]): number[] {
  const wanted = [...new Set(query)];
  const counts = documents.map((document) => {
    const count = new Map<string, number>();
    for (const word of document) count.set(word, (count.get(word) ?? 0) + 1);
    return count;
  });
  const mean = documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, documents.length);
  const weights = wanted.map((word) => {
    const holders = counts.filter((count) => count.has(word)).length;
    return Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
  });
  return counts.map((count, index) => {
    const length = (documents[index]?.length ?? 0) / Math.max(1, mean);
    return wanted.reduce((score, word, at) => {
      const times = count.get(word) ?? 0;
      const damped = times + SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * length);
      return times === 0 ? score : score + ((weights[at] ?? 0) * times * (SATURATION + 1)) / damped;
    }, 0);
  });
}

/** How much each document says about a topic: BM25, and more for naming more of the topic's words. */
export function relevance(topic: readonly string[], documents: readonly (readonly string[])[]): number[] {
  return rank(topic, documents).map((score, at) => score * (0.4 + overlap(topic, documents[at] ?? [])));
}

/** From where an answer is wanted. */
export interface Angle {
  /** The words that tell what it leans to, in stems. */
  words: readonly string[];
  /** What the document that says most about them counts, against one that says nothing about them. */
  weight: number;
  /** Whether it begins with what it leans to, rather than with what answers most directly. */
  leads: boolean;
  /** How many statements it has at most. */
  most: number;
}

/** How many statements a short answer has, one of the usual length, and one that leaves out little. */
export const LENGTHS = { short: 5, usual: 9, long: 14 };

/** The angle of an answer that leans to nothing. */
export const NO_ANGLE: Angle = { words: [], weight: 1, leads: false, most: LENGTHS.usual };

/** The angle of an answer that leans far to what some words tell, and begins with it. */
export const angleOn = (words: readonly string[]): Angle =>
  words.length > 0 ? { ...NO_ANGLE, words, weight: 4, leads: true } : NO_ANGLE;

/** How much more each document counts from an angle; 1 for all without one. */
export function leaning({ words, weight }: Angle, documents: readonly (readonly string[])[]): number[] {
  const scores = rank(words, documents);
  const most = Math.max(0.01, ...scores);
  return scores.map((score) => 1 + (weight - 1) * (score / most));
}

/** Which of the wanted stems a text has. */
export function shared(wanted: Iterable<string>, text: Iterable<string>): string[] {
  const held = new Set(text);
  return [...new Set(wanted)].filter((word) => held.has(word));
}

/** The part of the wanted stems that a text has, 0 to 1; 0 if none are wanted. */
export function overlap(wanted: Iterable<string>, text: Iterable<string>): number {
  const all = new Set(wanted);
  return all.size === 0 ? 0 : shared(all, text).length / all.size;
}

/** How alike two texts are: shared stems over all stems, 0 to 1. */
export function likeness(one: Iterable<string>, other: Iterable<string>): number {
  const first = new Set(one);
  const second = new Set(other);
  const common = shared(first, second).length;
  return common === 0 ? 0 : common / (first.size + second.size - common);
}

/** Whether two texts say the same: nearly the same words, or one within the other. */
export function isRepeat(one: readonly string[], other: readonly string[]): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return likeness(one, other) >= 0.7 || (short.length >= 3 && overlap(short, long) >= 0.9);
}

/** Whether a text says what none before it in the list says; for `filter`. */
export const isNew = <Text extends { stems: readonly string[] }>(
  each: Text,
  at: number,
  texts: readonly Text[],
): boolean => !texts.slice(0, at).some((before) => isRepeat(before.stems, each.stems));

/** The place of the highest value, the first of equals; -1 if there is none above the floor. */
export function indexOfBest(values: readonly number[], floor = 0): number {
  return values.reduce((best, value, at) => (value > (values[best] ?? floor) ? at : best), -1);
}
