import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { checkText, MAX_CHECKED, TextReport, textChecker } from "../../src/tools/text-checks.ts";
import { called } from "./call.ts";

const found = async (text: string) =>
  (await checkText(text)).findings.map(({ kind, line, suggestion }) => [kind, line, suggestion]);

describe("checking a text", () => {
  test("finds faults with their lines, over line ends, marks and list items", async () => {
    const text = [
      "# A apple",
      "",
      "He **dont** have a apple",
      "in the",
      "the box [1]. It is red.",
      "",
      "1. The ATM machine is here.",
      "2. An unit of it is not [1][2].",
    ].join("\n");
    expect(await found(text)).toEqual([
      ["apostrophe", 3, 'Write "don\'t" instead of "dont".'],
      ["article", 3, 'Write "an" instead of "a".'],
      ["repeated_word", 4, 'Write "the" instead of "the the".'],
      ["redundant_acronym", 7, 'Write "ATM" instead of "ATM machine".'],
      ["article", 8, 'Write "A" instead of "An".'],
    ]);
  });

  test("quotes what it found with some words around it", async () => {
    const long =
      "It was a long way to the house, and and nobody who lived there had ever seen the sea before.";
    const [finding] = (await checkText(long)).findings;
    expect(finding?.quote).toBe("…a long way to the house, and and nobody who lived there…");
  });

  test("finds sentences that are too long, and those alone", async () => {
    const long = `It is ${Array.from({ length: 45 }, (_, at) => `n${at}`).join(" and ")}.`;
    const { findings } = await checkText(`It is short. ${long} It is short again.`);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: "long_sentence",
      suggestion: expect.stringMatching(/91 words/),
    });
  });

  test.each([
    ["code", "It is so.\n\n```\na apple the the\n```\n\n    a apple the the\n"],
    ["addresses", "It is at https://example.org/a/the/the/apple for all."],
    ["both forms of apostrophes", "It isn't so, and it isn’t otherwise."],
    ["words that only begin like a vowel", "It is a unit of an hour for a user with an SQL query."],
  ])("does not take %s for faults", async (_, text) => {
    expect(await found(text)).toEqual([]);
  });

  test("measures by Flesch's and Kincaid's formulas: 3 sentences, 18 words, 18 syllables", async () => {
    const text = "The cat sat on the mat. The dog sat on the cat. The man sat on the dog.";
    const { words, sentences, ease, grade } = await checkText(text);
    expect({ words, sentences }).toEqual({ words: 18, sentences: 3 });
    expect(ease).toBe(Math.round((206.835 - 1.015 * 6 - 84.6) * 10) / 10);
    expect(grade).toBe(0);
  });

  test("finds a text of long words harder than one of short ones", async () => {
    const hard = await checkText(
      "Organisational restructuring necessitates comprehensive consideration of administrative interdependencies.",
    );
    const easy = await checkText("If you want to change how we work, you have to think of all who do it.");
    expect(hard.ease).toBeLessThan(0);
    expect(easy.ease).toBeGreaterThan(80);
    expect(hard.grade).toBeGreaterThan(easy.grade + 10);
  });

  test("gives a bounded number of findings, and says how many more there are", async () => {
    const { findings, omitted } = await checkText("It is a apple.\n\n".repeat(50));
    expect(findings).toHaveLength(30);
    expect(omitted).toBe(20);
  });

  test("finds no fault of grammar in this project's own documents", async () => {
    const guide = readFileSync(new URL("../../docs/guide.md", import.meta.url), "utf8");
    const { findings, words } = await checkText(guide);
    expect(words).toBeGreaterThan(1000);
    expect(findings.filter(({ kind }) => kind !== "long_sentence")).toEqual([]);
  });

  test.each([
    ["nothing but code", "```\nconst x = 1;\n```", /no sentences to check/],
    ["only marks", "***\n\n---", /no sentences/],
    [
      "another language",
      "Ein Floß schwimmt auf dem Wasser und trägt uns alle. ".repeat(3),
      /not look like English/,
    ],
  ])("refuses %s", async (_, text, message) => {
    const refused = checkText(text);
    await expect(refused).rejects.toBeInstanceOf(ToolError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe("a text that is made to keep the check busy", () => {
  test("may hold a word as long as itself", async () => {
    const { findings, words } = await checkText(`It is the the ${"a".repeat(MAX_CHECKED - 20)}.`);
    expect(words).toBe(5);
    expect(findings).toMatchObject([{ kind: "repeated_word", line: 1 }]);
  });

  test("has only the faults looked up in it that are shown", async () => {
    const { findings, omitted } = await checkText("the ".repeat(MAX_CHECKED / 4));
    expect(findings).toHaveLength(30);
    expect(omitted).toBeGreaterThan(5_000);
  });

  test("lets others have their turn between paragraphs, and ends with the signal", async () => {
    const stop = new AbortController();
    const checking = checkText("It is so.\n\n".repeat(100), stop.signal);
    setImmediate(() => stop.abort(new Error("stopped")));
    await expect(checking).rejects.toThrow("stopped");
  });
});

describe("the tool check_text", () => {
  test("tells the measures with their meaning, then the findings; programs get a report", async () => {
    const { text, artifact } = await called(textChecker(), { text: "It is a apple. It is red." });
    expect(text).toMatch(/^7 words, 2 sentences, 4 words a sentence\.\nFlesch reading ease: [\d.]+, easy \(/);
    expect(text).toContain('- line 1, "It is a apple. It is red.": Write "an" instead of "a".');
    expect(TextReport.parse(artifact).findings).toHaveLength(1);
    expect((await called(textChecker(), { text: "It is red." })).text).toMatch(/found nothing to change\.$/);
  });

  test("takes neither an empty text nor one that is too long", async () => {
    await expect(called(textChecker(), { text: "" })).rejects.toThrow();
    await expect(called(textChecker(), { text: "a ".repeat(MAX_CHECKED) })).rejects.toThrow();
  });
});
