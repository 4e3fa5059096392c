import { expect, it } from "vitest";
import { visible } from "../../src/security/text.ts";

it.each([
  ["escape sequences", "a\u001b[2J\u001b]0;title\u0007\u009b31mb", "ab"],
  ["an escape sequence that does not end", "a\u001b]8;;b", "a;;b"],
  ["control characters", "a\u0000\u0007\u007f\u0085b\u0090", "a\nb"],
  ["marks that reorder a line", "a\u202eb\u2066c\u200fd", "abcd"],
  ["characters without width", "a\u200bb\u2060c\ufeffd\u00ade", "abcde"],
  ["tags, which no terminal shows and every model reads", "a\u{e0049}\u{e0067}\u{e007f}b", "ab"],
  ["variation selectors that carry bytes", "a\u{e0100}\u{e0101}\ufe00b", "ab"],
  ["joiners that join nothing", "a\u200db\u200d\u200cc 1\u200d2", "abc 12"],
  ["joiners in a row", "👩\u200d\u200d\u200d💻", "👩💻"],
  ["halves of characters", "a\ud800b\udc00", "a\ufffdb\ufffd"],
  ["carriage returns, which overwrite a line", "good\rbad\r\nnext", "good\nbad\nnext"],
])("%s are removed", (_, text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(visible(shown)).toBe(shown);
});

it.each([
  "Plain text,\twith a tab,\nand a line.",
  "日本語です",
  "cafe\u0301",
  "👩‍👩‍👧‍👦 ❤️ 👨🏽‍💻 1️⃣ ☝🏽",
  "می\u200cخواهم",
  "क्\u200dष",
])("what is seen stays, and what joins it: %s", (text) => {
  expect(visible(text)).toBe(text);
});

it.each([
  "\u001b",
  "\u001b]",
  "\u001b[",
  "\u001b]0;a",
  "\u001b;",
  "\u200d",
  "👩\u200d",
  "\ufe0f",
  ";a",
  "\u202e",
])("a long text of nothing but %j is looked through to its end", (piece) => {
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
  expect(visible(`${text}\u202e end`)).toMatch(/[^\u202e] end$|^ end$/);
});
