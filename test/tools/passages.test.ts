import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMarkdown } from "../../src/tools/markdown.ts";
import { MAX_WORDS, passagesOf, wordsIn } from "../../src/tools/passages.ts";
import { readPlainText } from "../../src/tools/plain-text.ts";

const words = (count: number, word = "word") => `${Array(count).fill(word).join(" ")}.`;

describe("passages", () => {
  test("follow the headings, and are titled by them", () => {
    const passages = passagesOf(
      "a/b.md",
      readMarkdown("Intro.\n\n# Doc\n\nFirst.\n\n## Part\n\nSecond.\n\n### Empty\n"),
    );
    expect(passages.map(({ title, heading, outline, text }) => ({ title, heading, outline, text }))).toEqual([
      { title: "Doc", heading: "", outline: "", text: "Intro." },
      { title: "Doc", heading: "Doc", outline: "", text: "First." },
      { title: "Doc › Part", heading: "Part", outline: "Doc", text: "Second." },
    ]);
    expect(passages.every(({ file }) => file === "a/b.md")).toBe(true);
  });

  test("a document without a title is called by its file", () => {
    expect(passagesOf("x/on-call_rota.md", readMarkdown("Text."))[0]?.title).toBe("on call rota");
  });

  test("a long section is cut at its paragraphs into passages of about equal length", () => {
    const markdown = Array.from({ length: 9 }, () => words(50)).join("\n\n");
    const lengths = passagesOf("x.md", readMarkdown(markdown)).map(({ text }) => wordsIn(text));
    expect(lengths).toEqual([150, 150, 150]);
  });

  test("a long paragraph is cut at its sentences, an endless one between words", () => {
    const sentences = passagesOf("x.md", readMarkdown(Array.from({ length: 20 }, () => words(20)).join(" ")));
    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.every(({ text }) => text.endsWith("."))).toBe(true);
    expect(passagesOf("x.txt", readPlainText(words(1000))).length).toBeGreaterThan(4);
  });

  test("code does not stand in the text, but is searched", () => {
    const [passage] = passagesOf("x.md", readMarkdown("Call it so:\n\n```ts\nopenStorage();\n```\n"));
    expect(passage).toMatchObject({ text: "Call it so:", code: "openStorage();" });
  });

  test("code stands in the text where that is asked for, in fences, and cut between its lines", () => {
    const lines = Array.from({ length: 90 }, (_, at) => `  call(${at}, more, words);`);
    const markdown = `Call it so:\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\`\n\nThat is all.`;
    const texts = passagesOf("x.md", readMarkdown(markdown), { withCode: true }).map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("\n\n")).toMatch(/^Call it so:\n\n```\ncall\(0, more, words\);\n {2}call\(1,/);
    for (const text of texts) expect(text.split("```").length % 2).toBe(1);
    const code = texts
      .join("\n")
      .split("\n")
      .filter((line) => line.includes("call("));
    expect(code.map((line) => line.trim())).toEqual(lines.map((line) => line.trim()));
    expect(texts.at(-1)).toMatch(/That is all\.$/);
  });

  test("keep every word in its order, none too long", () => {
    const paragraph = fc.array(fc.stringMatching(/^[a-z]{1,14}[.!?]?$/), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.array(paragraph, { maxLength: 6 }), (paragraphs) => {
        const text = paragraphs.map((all) => all.join(" ")).join("\n\n");
        const passages = passagesOf("x.md", { title: "x", pieces: text ? [{ kind: "prose", text }] : [] });
        expect(passages.flatMap((passage) => passage.text.split(/\s+/))).toEqual(
          text.split(/\s+/).filter(Boolean),
        );
        for (const passage of passages) expect(wordsIn(passage.text)).toBeLessThanOrEqual(MAX_WORDS + 40);
      }),
    );
  });
});

describe("plain text", () => {
  test("takes a short first line that stands alone for its title", () => {
    expect(readPlainText("The title\n\nOne\nparagraph.\n\nTwo.")).toEqual({
      title: "The title",
      pieces: [
        { kind: "prose", text: "One paragraph." },
        { kind: "prose", text: "Two." },
      ],
    });
    expect(readPlainText("Title\n=====\nText.\n\nMore.")).toMatchObject({
      title: "Title",
      pieces: [{ text: "Text." }, {}],
    });
    expect(readPlainText("A sentence.\n\nMore.").title).toBeUndefined();
    expect(readPlainText("").pieces).toEqual([]);
  });
});
