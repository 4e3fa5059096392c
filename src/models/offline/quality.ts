import { wordCount } from "./words.ts";

const SHORTEST = 5;
const LONGEST = 48;

/** Openers that can go without loss: what follows them stands alone. */
const CONNECTIVE =
  /^(?:for (?:this|that|these) reasons?|however|also|moreover|furthermore|additionally|in addition|besides|therefore|thus|hence|consequently|as a result|finally|of course|note that|please note that|note|for example|for instance|e\.g\.|i\.e\.|first|firstly|second|secondly|third|thirdly|lastly|in other words|that said|but|and|so|yet|in short|meanwhile|similarly|likewise|on the other hand|once again|again|as always|please|basically|simply put|in practice|in general|generally)(?:,\s*|:\s*|\s+)(?=\S)/i;

/** Openers that point at a sentence before, so that what follows cannot be understood alone. */
const DANGLING =
  /^(?:it|its|it's|they|their|them|he|she|his|her|these|those|such|both|neither|either|otherwise|then|instead|here|here's|doing so|if so|if not|the (?:latter|former|same|other|rest)|in (?:this|that|these|those|both|such) \w+|to do (?:this|so|that)|because of (?:this|that|it)|(?:this|that) (?:is|was|are|can|will|would|may|might|means|makes|allows|lets|has|does|also|ensures|includes|should|must|gives|happens|works|ones?)|(?:this|that) [a-z]+[^s\W]s (?=[a-z]))\b/i;

/** An opening phrase with a pronoun after it, whose noun is in the sentence before. */
const LATE_PRONOUN =
  /^(?!if|when|while|since|once|as|because|although|after|before|until|unless)[^,]{1,40}, (?:it|they|this|these|those)\b|^(?:after|in|at|on|for|by|with|during) (?:[\p{L}\d-]+ ){1,3}(?:it|they) /iu;

/** What announces a list and tells nothing of it. */
const ANNOUNCEMENT =
  /\b(?:twofold|threefold|as follows|(?:two|three|four|five|several|many|some|a few) (?:main |different )?(?:ways|reasons|options|things|kinds|steps|types|caveats))\b/i;

/** Words that point elsewhere on a page which the reader does not see. */
const POINTER =
  /\b(?:click|see (?:also|the|our|below|above)|(?:as|shown|described|mentioned|listed) (?:above|below)|the following|this (?:section|page|chapter|table|figure|document|guide|tutorial)|read more|learn more|for more (?:details?|information)|check out|have a look|above:|below:)\b|\b(?:here|below|above)[.:]?$/i;

/** A sentence without its subject, as reference pages have them: "Returns the number of …". */
const SUBJECTLESS = /^[A-Z][a-z]+s (?:the|an?|all|any|whether|if|how|true|false|`)/;

/** What sends the reader somewhere rather than telling anything. */
const ERRAND =
  /^(?:read|see|try|check|visit|click|refer|consult|look|feel free|make sure|be sure|remember|take a look)\b/i;

/** A sentence without the opener that ties it to its neighbours. */
export function trimmed(sentence: string): string {
  let text = sentence
    .trim()
    .replace(/^\(([^()]*?)\)?([.!])?\)?$/, "$1$2")
    .replace(/^[\s\-–—•*:;,]+/, "");
  for (let cut = text.replace(CONNECTIVE, ""); cut !== text; cut = text.replace(CONNECTIVE, "")) text = cut;
  const bare = text
    .replace(/\s+([,.;:!?])(?![\p{L}\p{N}])/gu, "$1")
    .replace(/(?<=\s)\(\s*\)/g, "")
    .trim();
  return /^\p{Ll}[\p{Ll}’'-]*(?=[\s,])/u.test(bare) ? bare.charAt(0).toUpperCase() + bare.slice(1) : bare;
}

/** Whether a sentence leans on one before it. */
const isDangling = (sentence: string) => DANGLING.test(sentence) || LATE_PRONOUN.test(sentence);

const withoutCode = (sentence: string) => sentence.replace(/`[^`]*`/g, " ");
const tooManyDigits = (sentence: string) =>
  (withoutCode(sentence).match(/\d/g)?.length ?? 0) > sentence.length * 0.12;

/**
 * How well a sentence serves as a statement by itself, 0 to 1; 0 for what is none: a question, a
 * fragment, the announcement of a list, code.
 */
export function quality(sentence: string): number {
  const length = wordCount(sentence);
  if (length < SHORTEST || length > LONGEST || /[:?,…]$|\.\.\.$/.test(sentence)) return 0;
  if ((withoutCode(sentence).match(/\p{L}{3,}/gu)?.length ?? 0) < 3 || tooManyDigits(sentence)) return 0;
  const code =
    (sentence.match(/`[^`]*`/g) ?? []).join("").length + (sentence.match(/[{}=<>\\|$]/g)?.length ?? 0) * 4;
  if (code > sentence.length * 0.5 || /https?:\/\/\S{40}/.test(sentence)) return 0;
  const ended = /[.!]["”')`]*$/.test(sentence);
  const fit = length > 34 ? 0.8 : length < 8 ? 0.8 : 1;
  return (
    fit *
    (ended ? 1 : 0.6) *
    (ANNOUNCEMENT.test(sentence) ? 0.5 : 1) *
    (ERRAND.test(sentence) ? 0.4 : 1) *
    (isDangling(sentence) ? 0.25 : 1) *
    (/^this\b|^that\b|^there\b/i.test(sentence) ? 0.7 : 1) *
    (/\bsuch an?\b/.test(sentence) ? 0.6 : 1) *
    (SUBJECTLESS.test(sentence) ? 0.5 : 1) *
    (POINTER.test(sentence) ? 0.4 : 1) *
    (/\b(?:I|I'm|my|we|we're|our|let's)\b/.test(sentence) ? 0.75 : 1) *
    (/!$/.test(sentence) ? 0.7 : 1) *
    (code > sentence.length * 0.3 ? 0.7 : 1)
  );
}
