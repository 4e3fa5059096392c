import { overlap } from "./ranking.ts";
import { isStopWord, stem, stems, words } from "./words.ts";

const DETERMINERS = new Set(
  `a an the its their each every any no one two three four own our your another such
  several some both all`.split(/\s+/),
);
const PREPOSITIONS = new Set(
  `of in on at for from with by as into over under between within without through across per`.split(/\s+/),
);
/** Words that end a phrase as "to" does, and that number words and verbs follow. */
const BREAKS = new Set("to twice ten twenty thirty forty fifty hundred thousand left back".split(" "));
const SINGULAR = new Set(["a", "an", "each", "every", "this", "another"]);
const LONGEST = 3;
/** What may stand alone as a phrase: a word of some length, in one piece. */
const LONG_WORD = /^\p{L}{5,}$/u;

/** A noun phrase as written, and whether a statement opens with it, as with its subject. */
interface Phrase {
  text: string;
  isSubject: boolean;
}

/** The words of a text in runs that no punctuation interrupts; code stands as a mark of its own. */
function runs(text: string): string[][] {
  return text
    .replace(/`[^`]*`/g, " ` ")
    .split(/[.,;:!?()"“”—–→[\]/|]|\s-+\s/)
    .map((run) => run.match(/[\p{L}\p{N}][\p{L}\p{N}'’_-]*|`/gu) ?? []);
}

/**
 * The noun phrases of a text, found without a grammar: up to three content words after an article or a
 * possessive, or opening the text. A last word before an article or code is a verb ("the engine stores the …").
 */
function phrasesIn(text: string): Phrase[] {
  return runs(text).flatMap((run, part) =>
    run.flatMap((word, at) => {
      const opens = part === 0 && at === 0 && !isFunctionWord(word);
      if (!opens && !DETERMINERS.has(word.toLowerCase()) && !PREPOSITIONS.has(word.toLowerCase())) return [];
      const rest = run.slice(opens ? at : at + 1);
      const isSingular = SINGULAR.has(word.toLowerCase());
      const end = rest.findIndex(
        (each) => each === "`" || isFunctionWord(each) || (isSingular && isPlural(each)),
      );
      const taken = withoutVerb(rest.slice(0, end < 0 ? rest.length : end), rest[end]);
      const alone =
        taken.length === 1 && (!LONG_WORD.test(taken[0] ?? "") || PREPOSITIONS.has(word.toLowerCase()));
      if (taken.length === 0 || alone || !/^\p{L}\D*$/u.test(taken.join(" "))) return [];
      return [{ text: taken.join(" "), isSubject: part === 0 && at === 0 }];
    }),
  );
}

/** A plural, or a verb in the third person: neither goes on a phrase in the singular. */
const isPlural = (word: string) => /[^siu]s$/.test(word);

const isFunctionWord = (word: string) => {
  const plain = word.toLowerCase();
  return isStopWord(plain) || BREAKS.has(plain) || DETERMINERS.has(plain) || PREPOSITIONS.has(plain);
};

function withoutVerb(taken: readonly string[], next: string | undefined): string[] {
  const plural = taken.findIndex(isPlural);
  if (plural > 0 && plural < taken.length - 1) return taken.slice(0, plural);
  if (taken.length > LONGEST) return [];
  const kept = [...taken];
  const before = next?.toLowerCase() ?? "";
  const isObjectNext =
    next === "`" ||
    DETERMINERS.has(before) ||
    /^(?:it|them|when|if|how|what|whether|only|once)$/.test(before) ||
    (/^(?:on|at|to|from|into|by|with|as|above|below|after|before)$/.test(before) &&
      /[^s]s$/.test(kept.at(-1) ?? ""));
  if (kept.length > 1 && isObjectNext) kept.pop();
  while (/(?:ed|ing|ly|left|made|done|given|sent|kept)$/.test(kept.at(-1) ?? "")) kept.pop();
  return kept;
}

/**
 * The phrase that tells a group of texts from the others: said often in it, seldom elsewhere, rather the
 * subject of a sentence, rather two words than one. Empty if the texts have no phrase that is not taken.
 */
export function namingPhrase(
  group: readonly string[],
  others: readonly string[],
  taken: readonly string[],
): string {
  const within = group.map(stems);
  const outside = others.map(stems);
  const used = new Set(taken.flatMap((heading) => words(heading).map(stem)));
  const candidates = group.flatMap(phrasesIn).map(({ text, isSubject }, place) => {
    const parts = stems(text);
    const said = within.filter((each) => overlap(parts, each) === 1).length;
    const elsewhere = outside.filter((each) => overlap(parts, each) === 1).length;
    const size = parts.length === 1 ? (said > 1 ? 0.9 : 0.5) : 1.5;
    const fresh = 1 - 0.8 * overlap(parts, used);
    return {
      text,
      score: (size * fresh * (said + (isSubject ? 0.7 : 0))) / (1 + 0.7 * elsewhere) - place * 0.01,
    };
  });
  const [best] = candidates.sort((one, other) => other.score - one.score);
  return best && best.score > 0.2 ? best.text : "";
}
