import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expressionsIn } from "../../src/models/offline/expression.ts";
import { piecesOf, plain } from "../../src/models/offline/markdown.ts";
import { pointOf } from "../../src/models/offline/outline.ts";
import { quality, trimmed } from "../../src/models/offline/quality.ts";
import { citationsIn, cite, splitSentences } from "../../src/models/offline/sentences.ts";
import { titleOf } from "../../src/models/offline/titles.ts";
import { stem, topicWords } from "../../src/models/offline/words.ts";

describe("sentences", () => {
  it.each([
    ["One is here. Two is there.", 2],
    ["Tools, e.g. a search, help. Others do not.", 2],
    ["Call `a.b(). C` first. Then stop.", 2],
    ["The first (see No. 2. It is long) ends. The next one.", 2],
    ["Cited at the end [1]. The next one [2].", 2],
    ["Cited after it. [1] The next one. [2]", 2],
    ["It maps it (probed). `run` maps it back.", 2],
    ["Version 1.2.3 is out.", 1],
  ])("splits “%s” into %i", (text, count) => {
    expect(splitSentences(text)).toHaveLength(count);
  });

  it("keep every word, whatever the text", () => {
    fc.assert(
      fc.property(fc.lorem({ mode: "sentences", maxCount: 6 }), (text) => {
        expect(splitSentences(text).join(" ")).toBe(text.replace(/\s+/g, " ").trim());
      }),
    );
  });

  it("carry their citations before the full stop", () => {
    expect(cite("A claim.", [1, 2])).toBe("A claim [1][2].");
    expect(cite("One. Two.", [3])).toBe("One [3]. Two [3].");
    expect(citationsIn("A [1, 2] and [2][3].")).toEqual([1, 2, 3]);
  });

  it("count for less when they lean on others, and for nothing when they state nothing", () => {
    const standing = quality("A worker takes a job from the queue by a lease.");
    for (const leaning of [
      "It takes a job from the queue by a lease.",
      "This means that the lease of a job runs out.",
      "By default, they are kept in the queue for a day.",
    ]) {
      expect(quality(leaning)).toBeLessThan(standing / 2);
    }
    for (const none of [
      "Does a worker take a job from the queue?",
      "The options of the queue are:",
      "Too short.",
      "1.0 | 2.0 | 17.3 | 19.1 ms",
    ]) {
      expect(quality(none), none).toBe(0);
    }
    expect(trimmed("(Note that the queue holds.)")).toBe("The queue holds.");
    expect(trimmed("`open`: `() => void` of `run()`.")).toBe("`open`: `() => void` of `run()`.");
    expect(trimmed("However, for example, the queue holds.")).toBe("The queue holds.");
  });
});

describe("Markdown", () => {
  it("is read as prose, items and rows under their headings, without code, rules and link lists", () => {
    const text =
      "# Head\n\nProse with a [link](https://a.b/c_(d)) and **bold**.\n\n```\ncode\n```\n\n- item one\n  goes on\n- item two\n\n| a | b |\n| - | - |\n| key | its value |\n\n---\n[ref]: https://a.b\n\n    indented code\n";
    expect(piecesOf(text)).toEqual([
      { kind: "prose", heading: "Head", text: "Prose with a link and bold." },
      { kind: "item", heading: "Head", text: "item one goes on" },
      { kind: "item", heading: "Head", text: "item two" },
      { kind: "row", heading: "Head", text: "key: its value" },
    ]);
  });

  it("leaves inline code untouched", () => {
    expect(plain("Use `a_b_c <tag> **x**` and snake_case_names, _not_ this.")).toBe(
      "Use `a_b_c <tag> **x**` and snake_case_names, not this.",
    );
  });
});

describe("words", () => {
  it.each([
    ["checkpoint", "checkpoints"],
    ["resume", "resuming"],
    ["resumed", "resumes"],
    ["durable", "durability"],
    ["compression", "compressed"],
    ["reviewer", "reviews"],
    ["creation", "creates"],
    ["policy", "policies"],
    ["running", "run"],
    ["class", "classes"],
  ])("%s and %s meet", (one, other) => {
    expect(stem(one)).toBe(stem(other));
  });

  it("name a topic without the words that only ask for it", () => {
    expect(topicWords("Please write a short article about how the queue works")).toEqual(["queue"]);
  });

  it("make a title of a task", () => {
    expect(titleOf("Explain the CAP theorem")).toBe("The CAP theorem");
    expect(titleOf("Write a short blog post about how tea is made.")).toBe("How tea is made");
    expect(titleOf("How does a lease end? Be brief.")).toBe("How does a lease end?");
    expect(titleOf("tea")).toBe("Tea");
  });

  it("make a point of a statement: its first clause, in whole words", () => {
    expect(pointOf("A lease ends.")).toBe("A lease ends");
    const long =
      "A worker takes a job from the queue by a lease, which it has to renew every ten seconds or lose.";
    expect(pointOf(long)).toBe("A worker takes a job from the queue by a lease");
  });
});

describe("arithmetic in a task", () => {
  it.each([
    ["What is 2 + 2?", ["2 + 2"]],
    ["Compute (12 + 30) * 2 / 7, please", ["(12 + 30) * 2 / 7"]],
    ["How much is 15% of 240?", ["15 / 100 * 240"]],
    ["calculate 1,200 × 3", ["1200 * 3"]],
    ["What is sqrt(16) + 1?", ["sqrt(16) + 1"]],
    ["What is 17*23 and what is 4-1?", ["17*23", "4-1"]],
    ["The release of 2024-01-02 was version 1.4.0", []],
    ["Support is there 24/7, for 3-7 people", []],
    ["Explain step 3", []],
  ])("“%s” holds %j", (text, expressions) => {
    expect(expressionsIn(text)).toEqual(expressions);
  });
});
