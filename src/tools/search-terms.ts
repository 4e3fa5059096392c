const words = (list: string) => new Set(list.split(/\s+/));

const STOP_WORDS =
  words(`a about above after again all also am an and any are as at be because been before being
  below between both but by can cannot could did do does doing done down during each either else etc few for from
  further get gets got had has have having he her here hers him his how however i if in into is it its itself just
  let like made make makes many may me might more most much must my need needs no nor not of off on once one only or
  other our ours out over own per please rather same shall she should so some such than that the their theirs them
  then there these they thing things this those through to too under until up upon us use used uses using very via
  want wants was way ways we were what when where whether which while who whom whose why will with within without
  would yes you your yours`);

/** What a question or a task asks to be done, rather than what it is about. */
const REQUEST_WORDS =
  words(`article describe detail details discuss essay explain explained explanation find give
  guide introduce introduction know learn outline overview show summarise summarize summary tell text topic tutorial
  understand understanding work works working write`);

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** The most terms that a query is searched by. */
const MAX_QUERY_TERMS = 32;

/** The terms that a text is found by: stems of its words without stop words, parts of compound names included. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

/** The different terms of a query, without the words that only say what to do with the answer. */
export function queryTerms(query: string): string[] {
  const asked = wordsOf(query.slice(0, 10_000)).filter((word) => !STOP_WORDS.has(word));
  const about = asked.filter((word) => !REQUEST_WORDS.has(word));
  return [...new Set((about.length > 0 ? about : asked).map(stem))].slice(0, MAX_QUERY_TERMS);
}

function wordsOf(text: string): string[] {
  const found = text.normalize("NFKC").match(/[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)*/gu) ?? [];
  return found.flatMap((word) => {
    if (UNSPACED.test(word)) return pairsOf(word);
    const whole = word.replace(/['’]s?$|['’](?=\p{L})/u, "");
    const parts = whole.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+/gu) ?? [];
    const compound = parts.length > 1 && /\p{Ll}\p{Lu}/u.test(whole);
    return (compound ? [whole, ...parts] : [whole]).map((part) => part.toLowerCase());
  });
}

/** Pairs of neighbouring letters stand for words where a script does not separate them. */
function pairsOf(word: string): string[] {
  const letters = [...word.toLowerCase()];
  if (letters.length === 1) return letters;
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}

/**
 * A light English stem, so that "resumes", "resumed" and "resuming" are one term.
 *
 * The stem need not be a word; other languages keep their words but for such an ending.
 */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  let root = word;
  if (/(?:ies|ied)$/.test(root) && root.length > 4) root = `${root.slice(0, -3)}y`;
  else if (/(?:ss|x|z|ch|sh)es$/.test(root)) root = root.slice(0, -2);
  else if (/[^sui]s$/.test(root)) root = root.slice(0, -1);
  const ending = /(?:ing|[^e]ed)$/.exec(root)?.[0];
  const shorter = ending ? root.slice(0, ending === "ing" ? -3 : -2) : root;
  if (shorter.length > 2 && /[aeiouy]/.test(shorter)) root = shorter;
  root = root.replace(/([^aeiou])e$/, "$1");
  return root.replace(/([b-df-hj-np-tv-z])\1$/, "$1");
}
