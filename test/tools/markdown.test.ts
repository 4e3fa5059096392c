import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inlineText } from "../../src/tools/inline-text.ts";
import { readMarkdown } from "../../src/tools/markdown.ts";

const textOf = (markdown: string) =>
  readMarkdown(markdown).pieces.flatMap((piece) => (piece.kind === "code" ? [] : [piece.text]));

describe("Markdown as plain text", () => {
  test.each([
    ["[a link](https://example.org/a_(b)) and [another][ref]", "a link and another"],
    ["**bold**, *slanted*, __both__ and ~~gone~~", "bold, slanted, both and gone"],
    ["**`code` in bold**", "code in bold"],
    ["`a_b_c`, `**x**`, ``a ` b`` and snake_case_name", "a_b_c, **x**, a ` b and snake_case_name"],
    ["a badge ![build](x.svg) here", "a badge  here"],
    ["2 * 3 * 4 and \\*stars\\*", "2 * 3 * 4 and *stars*"],
    ["a claim[^1] &amp; more&nbsp;&#8212; &bogus;", "a claim & more — &bogus;"],
    ["<b>tag</b><br/>and <https://example.org>", "tag and https://example.org"],
    ["`Promise<string>` keeps its tag", "Promise<string> keeps its tag"],
  ])("%s", (markdown, text) => {
    expect(inlineText(markdown)).toBe(text);
  });

  test("keeps headings, joins wrapped lines, and keeps code apart", () => {
    expect(
      readMarkdown("# Title #\n\nOne line\nand the next.\n\n```ts\n# no heading\n```\n\n## C# {#id}\n"),
    ).toEqual({
      title: "Title",
      pieces: [
        { kind: "heading", level: 1, text: "Title" },
        { kind: "prose", text: "One line and the next." },
        { kind: "code", text: "# no heading" },
        { kind: "heading", level: 2, text: "C#" },
      ],
    });
  });

  test("reads underlined headings, and rules as nothing", () => {
    expect(readMarkdown("Big\n===\n\nSmall\n---\n\ntext\n\n---\n\nmore").pieces).toEqual([
      { kind: "heading", level: 1, text: "Big" },
      { kind: "heading", level: 2, text: "Small" },
      { kind: "prose", text: "text" },
      { kind: "prose", text: "more" },
    ]);
  });

  test("makes sentences of list items, with their continuation lines", () => {
    expect(textOf("- one\n  goes on\n- [x] two!\n  1. three:\n\nAfter.")).toEqual([
      "one goes on.",
      "two!",
      "three:",
      "After.",
    ]);
  });

  test("leaves out a table of contents, and reads what follows it as prose", () => {
    expect(readMarkdown("- [Install](#install)\n- [Use](#use)\n\nThe text").pieces).toEqual([
      { kind: "prose", text: "The text" },
    ]);
  });

  test("makes sentences of table rows", () => {
    expect(textOf("| Name | Meaning |\n|---|:-:|\n| `a` | the first |\n| b | x \\| y. |")).toEqual([
      "a: the first.",
      "b: x | y.",
    ]);
    expect(textOf("Kind | Size | Cost\n--- | --- | ---\nbig | 10 | 5\nsmall | | 1")).toEqual([
      "big — Size: 10; Cost: 5.",
      "small — Cost: 1.",
    ]);
  });

  test("takes the title of the front matter and drops the rest of it", () => {
    expect(readMarkdown('---\ntags: [a]\ntitle: "The title"\n---\n\n# Other\n\nText')).toMatchObject({
      title: "The title",
      pieces: [{ text: "Other" }, { text: "Text" }],
    });
    expect(textOf("---\n\nNot front matter.\n\n---\n\nText")).toEqual(["Not front matter.", "Text"]);
  });

  test("drops comments, definitions, modules of MDX and the marks of quotes and notes", () => {
    const markdown =
      'import Box from "./box";\n\n<!-- a\nb -->> [!NOTE]\n> quoted\n> text\n\n[ref]: https://example.org\n';
    expect(textOf(markdown)).toEqual(["quoted text"]);
  });

  test("an open fence takes the rest; indented code needs no fence", () => {
    expect(textOf("Before\n\n    indented\n\n~~~\nopen\n\n# nothing")).toEqual(["Before"]);
  });

  test("reads any text without failing, and gives single lines", () => {
    const marks = fc.constantFrom(
      "#",
      "-",
      "|",
      "`",
      "```",
      "\n",
      "\n\n",
      " ",
      "    ",
      "a",
      "[",
      "](",
      ")",
      "<",
      "*",
      "_",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(marks, { maxLength: 80 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const line of textOf(text)) expect(line).toMatch(/^\S(?:.*\S)?$/u);
      }),
    );
  });

  test.each(["[", "<", "`", "``", "![", "<!--", "&#", "\\", "|", "# ", "- ", "> ", "*", "\n", " ", "a "])(
    "takes long nonsense of %j in its stride",
    (seed) => {
      expect(Array.isArray(textOf(seed.repeat(300_000)))).toBe(true);
    },
  );
});
