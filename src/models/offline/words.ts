/** Words that carry no topic: function words, and verbs and adverbs found in any text. */
const STOP = new Set(
  `a about above across after again against all almost along already also although always am among an and
  another any anybody anyone anything are aren't as at away be became because become been before being below between
  both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't done down due
  during each either else enough etc even ever every everyone everything few first for from further get
  gets getting give given gives go goes going got had hadn't has hasn't have haven't having he her here hers him
  his how however i if in instead into is isn't it it's its itself just keep kind last least less let let's
  like made make makes making many may me might mine more most much must my need needs neither never
  no nobody none nor not nothing now of off often on once one only onto or other others otherwise our
  ours out over own per perhaps quite rather really same second see seem seems several shall she
  should shouldn't since so some something sometimes soon still such take takes than that that's the their theirs
  them then there there's therefore these they thing things this those three through thus to together too toward
  two under unless until up upon us use used useful uses using very via want wants was wasn't way
  ways we well went were weren't what whatever when whenever where whether which while who whole whom
  whose why will with within without won't work worked working works would wouldn't yes yet you your yours`.split(
    /\s+/,
  ),
);

/** Words that ask for something rather than name a topic. */
const REQUEST = new Set(
  `answer article articles blog brief briefly compare comparison compose cover describe description detail detailed
  details difference differences discuss document documents documentation draft essay example examples explain
  explains explanation find good best better great guide help information introduce introduction investigate
  know learn list look me mean means mention note notes outline overview paragraph paragraphs piece please post present
  question report research review say short show simple summarise summarize summary tell text topic tutorial
  understand write writing written`.split(/\s+/),
);

/** The words of a text, in lower case: letters and digits, without possessive endings. */
export function words(text: string): string[] {
  const found = text
    .toLowerCase()
    .replaceAll("’", "'")
    .match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu);
  return (found ?? []).map((word) => word.replace(/'s?$/, ""));
}

export const isStopWord = (word: string) => STOP.has(word);

/** How many words a text has. */
export const wordCount = (text: string) => text.match(/[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu)?.length ?? 0;

const SUFFIXES: readonly [ending: RegExp, kept: string, least: number][] = [
  [/(?:ational|ations?|ating|ated|ates?|ators?|ative)$/, "at", 3],
  [/(?:abilit(?:y|ies)|ables?|ably)$/, "abl", 3],
  [/(?:ie[sd])$/, "y", 2],
  [/sses$/, "ss", 1],
  [/(?:ments?)$/, "", 4],
  [/(?:ings?|ed|ers?)$/, "", 3],
  [/ions?$/, "", 4],
  [/(?:ly)$/, "", 3],
  [/(?<![su])s$/, "", 3],
];

/** A light English stem: endings of number, tense and derivation off, so that inflected forms meet. */
export function stem(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  let base = word;
  for (const [ending, kept, least] of SUFFIXES) {
    const cut = base.replace(ending, "");
    if (cut === base || cut.length < least || !/[aeiouy]/.test(cut + kept)) continue;
    base = cut + kept;
    break;
  }
  if (base.length > 4) base = base.replace(/e?s$/, (end) => (end === "s" && /[su]s$/.test(base) ? end : ""));
  base = base.replace(/([bdfgmnprt])\1$/, "$1");
  return base.length > 3 ? base.replace(/e$/, "").replace(/y$/, "i") : base;
}

/** The stems of a text's content words, in order, repeats included. */
export const stems = (text: string) =>
  words(text)
    .filter((word) => !STOP.has(word) && (word.length > 1 || /\d|[^\p{ASCII}]/u.test(word)))
    .map(stem);

/** The words that name a task's topic, as written and without repeats. */
export function topicWords(task: string): string[] {
  const content = words(task).filter((word) => !STOP.has(word) && word.length > 1);
  const topic = content.filter((word) => !REQUEST.has(word));
  return [...new Map((topic.length > 0 ? topic : content).map((word) => [stem(word), word])).values()];
}

/** The stems that name a task's topic. */
export const topicStems = (task: string) => topicWords(task).map(stem);
