import { stripVTControlCharacters } from "node:util";

const BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** Control characters, but for tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;

/** A character that makes a picture of the one before it, or letters of the two around it. */
const JOINING = "\\u200c\\u200d\\ufe0e\\ufe0f";

/**
 * What is not seen: marks that turn the order of a line around, tags, variation selectors, characters without width.
 * What joins characters is told apart below.
 */
const UNSEEN = new RegExp(
  `(?![${JOINING}])[\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\ufff9-\\ufffb]`,
  "gu",
);

/** A joiner that has nothing to join: it stands not after, or a joiner of letters not before, what it could join. */
const IDLE = new RegExp(
  "(?<![\\p{L}\\p{M}\\p{S}\\p{Emoji}])[\\u200c\\u200d]|(?<=[\\p{Script=Latin}\\d])[\\u200c\\u200d]|" +
    "[\\u200c\\u200d](?![\\p{L}\\p{S}\\p{Emoji}])|(?<![\\p{S}\\p{Emoji}])[\\ufe0e\\ufe0f]",
  "gu",
);

const HALVES = /\p{Surrogate}/gu;

/**
 * A text of others without what hides or forges: terminal escape sequences, control characters other than tab and
 * line feed, marks that reorder a line, Unicode tags, and what else has no width. Line breaks of all kinds become
 * line feeds, and halves of characters become U+FFFD. What joins emojis, or letters of scripts that need it, stays.
 */
export const visible = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(BREAKS, "\n")
    .replace(CONTROLS, "")
    .replace(UNSEEN, "")
    .replace(IDLE, "")
    .replace(HALVES, "\ufffd");
