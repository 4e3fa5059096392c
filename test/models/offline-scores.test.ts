import { describe, expect, it } from "vitest";
import { labelsFor, scoresOf } from "../../graphs/best-of-n/criteria.ts";
import { block } from "../../src/models/prompt.ts";
import { corpora, lighthouses } from "./offline-corpora.ts";
import { answered, ask, sources, task } from "./offline-driver.ts";

const CRITERIA = [
  { name: "accuracy", brief: "It is right: the sources say so." },
  { name: "completeness", brief: "It does the whole task." },
  { name: "clarity", brief: "A reader can follow it." },
  { name: "xyzzy", brief: "Qwertz." },
];

/** The scores of some texts, in their order. */
async function scored(texts: readonly string[], corpus = lighthouses) {
  const labels = labelsFor(texts.length);
  const { candidates } = await answered(
    "Scores",
    scoresOf(CRITERIA, labels),
    task(corpus.task),
    ...sources(corpus),
    ...texts.map((text, at) => block("draft", text, { candidate: labels[at] ?? "" })),
    block("choices", CRITERIA.map(({ name, brief }) => `- ${name}: ${brief}`).join("\n")),
  );
  expect(candidates.map(({ candidate }) => candidate)).toEqual(labels);
  return candidates;
}

const approach = (words: string) => block("context", words, { approach: "own" });
const attempted = (words: string, corpus = lighthouses) =>
  ask("answer", task(corpus.task), approach(words), ...sources(corpus));

describe("the offline model", () => {
  it.each(corpora)("makes attempts that differ as their approaches say: $task", async (corpus) => {
    const short = await attempted("Say it short.", corpus);
    const long = await attempted("Leave out nothing: every condition.", corpus);
    expect(long.length).toBeGreaterThan(short.length);
    expect(short).toContain(long.split("\n")[0]?.slice(0, 20));
  });

  it("scores what the sources bear out, what they say, and what is easy to read", async () => {
    const [whole, wrong, part, none] = await scored([
      await attempted("Leave out nothing: every condition."),
      "A lighthouse lens is made of cheese, and its beam is painted by elephants [1].",
      "The lens turns on a bath of mercury, which carries tons of glass almost without friction [2].",
      await ask("answer", task("Zebras in Kenya")),
    ]);
    expect(whole?.scores["accuracy"]).toBe(10);
    expect(wrong?.scores["accuracy"]).toBeLessThan(6);
    expect(part?.scores["accuracy"]).toBe(10);
    expect(part?.scores["completeness"]).toBeLessThan(whole?.scores["completeness"] ?? 0);
    expect(part?.scores["clarity"]).toBeGreaterThan(5);
    expect(none).toMatchObject({ scores: { accuracy: 0, completeness: 0, clarity: 0, xyzzy: 0 } });
    expect(none?.reason).toBe("It only says that it has no material.");
    expect(part?.reason).toMatch(
      /^Claims that the cited sources bear out: 1 of 1; statements .* that it holds: \d of \d+\.$/,
    );
  });

  it("scores a candidate alike wherever it stands", async () => {
    const texts = ["The lens turns on a bath of mercury [2].", await attempted("Say it short.")];
    const [one, other] = await scored(texts);
    const [last, first] = await scored([...texts].reverse());
    expect([first?.scores, last?.scores]).toEqual([one?.scores, other?.scores]);
  });
});
