import type { YAMLError } from "yaml";

/** When a text has to be quoted. */
export const QUOTES =
  "A text that holds a colon, or begins with one of @ ` % ! & * { [ ' \", has to stand in double quotes";
const INDENT =
  "Or the line is not indented as it has to be: fields of one group begin in one column, those of a group two spaces behind its name";

/** What to do about faults of YAML, by the library's codes. */
const REMEDIES: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "A line is indented with a tab; use spaces.",
  BAD_INDENT: `The indentation does not fit, or a bracket is not closed. ${INDENT}.`,
  BLOCK_AS_IMPLICIT_KEY: `This does not fit where it stands. ${QUOTES}. ${INDENT}.`,
  MULTILINE_IMPLICIT_KEY: `A colon is missing behind a field's name here, or in the line before. ${INDENT}.`,
  DUPLICATE_KEY: "This field stands here for the second time; keep one of them.",
  MULTIPLE_DOCS: "The line --- begins a second document; write several roles as a list below roles:.",
  TAG_RESOLVE_FAILED: `A word that begins with ! names a type, and there are none here. ${QUOTES}.`,
  BAD_SCALAR_START: `A text cannot begin with this character. ${QUOTES}.`,
  BAD_ALIAS: `The name of a part of the file is missing behind & or *. ${QUOTES}.`,
  UNEXPECTED_TOKEN: `This cannot stand here. ${QUOTES}. ${INDENT}.`,
  NON_STRING_KEY: "A field's name has to be a plain word.",
};

/** What is wrong with a text that is no YAML, and what to write instead. */
export function syntaxInWords({ code, message }: YAMLError): string {
  if (code === "MISSING_CHAR" && /closing/.test(message)) return "A quotation mark is not closed.";
  return REMEDIES[code] ?? `${message.replace(/[.:]*$/, "")}. ${QUOTES}.`;
}
