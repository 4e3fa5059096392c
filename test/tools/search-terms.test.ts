import { describe, expect, test } from "vitest";
import { queryTerms, stem, termsOf } from "../../src/tools/search-terms.ts";

describe("search terms", () => {
  test.each([
    ["resume resumes resumed resuming"],
    ["crash crashes crashed crashing"],
    ["retry retries retried retrying"],
    ["run runs running"],
    ["call calls called calling"],
    ["survive survives survived surviving"],
    ["process processes processed"],
    ["checkpoint checkpoints"],
  ])("are one for the forms of a word: %s", (forms) => {
    expect(new Set(forms.split(" ").map(stem)).size).toBe(1);
  });

  test.each(["status", "string", "thing", "need", "bus", "analysis", "zürich", "a1b2"])(
    "leave %s as it is",
    (word) => {
      expect(stem(word)).toBe(word);
    },
  );

  test("leave out stop words, and split compound names", () => {
    expect(termsOf("What is the openStorage of DATABASE_URL?")).toEqual([
      stem("openstorage"),
      "open",
      stem("storage"),
      stem("database"),
      "url",
    ]);
  });

  test("of a query are what it is about; what is asked to be done does not count", () => {
    expect(queryTerms("Explain the CAP theorem")).toEqual(["cap", "theorem"]);
    expect(queryTerms("Explain how it works")).toEqual([stem("explain"), stem("works")]);
    expect(queryTerms("how is it?")).toEqual([]);
  });

  test("of scripts without spaces are pairs of letters", () => {
    expect(termsOf("検索機能")).toEqual(["検索", "索機", "機能"]);
  });
});
