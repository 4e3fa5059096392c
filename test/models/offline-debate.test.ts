import { describe, expect, it } from "vitest";
import { z } from "zod";
import { alternativesIn } from "../../src/models/offline/alternatives.ts";
import { block } from "../../src/models/prompt.ts";
import { answered, task } from "./offline-driver.ts";

describe("the alternatives of a question", () => {
  it.each([
    ["Should state live in SQLite or in Postgres?", ["sqlit"], ["postgr"]],
    ["tabs or spaces", ["tab"], ["spac"]],
    ["For a small team, are tabs better, or spaces?", undefined, undefined],
    ["Rust vs. Zig for a parser", ["rust"], ["zig"]],
    ["Do we need a server or not?", undefined, undefined],
    ["Keep one table or a table per tenant?", undefined, undefined],
    ["Why is the sky blue?", undefined, undefined],
  ])("%s", (question, first, last) => {
    const found = alternativesIn(question);
    if (first === undefined) expect(found).toBeUndefined();
    else expect(found).toEqual([first, last]);
  });
});

const QUESTION = "Should the kitchen cook with gas or with electricity?";
const POSITIONS = block("choices", "- for: Yes, for what it gains.\n- against: No, for what it costs.");
const SOURCES = [
  "Gas heats the pans of the kitchen at once, and every cook knows the flame. Gas gives a fine flame to cook on.",
  "Electricity cooks the meals of the kitchen without an open flame. Electricity costs half as much as it did.",
  "Gas can leak in the kitchen, and a leak of gas is a danger to all who cook there.",
].map((text, at) => block("source", text, { id: at + 1, title: `Part ${at + 1}` }));

const Speech = z.object({ argument: z.string().min(1), holds: z.enum(["for", "against"]) });
const speak = (who: string, ...said: string[]) =>
  answered(
    "Speech",
    Speech,
    task(QUESTION),
    POSITIONS,
    block("context", "Its stance.", { perspective: who }),
    ...SOURCES,
    ...said,
  );
const said = (from: string, argument: string) => block("report", argument, { from });

describe("a speech", () => {
  it("says what the sources say for the position's own alternative, and cites them", async () => {
    const first = await speak("for");
    expect(first.argument).toMatch(/^Gas .*\[1\]/);
    expect(first.holds).toBe("for");
    const other = await speak("against");
    expect(other.argument).toMatch(/^Electricity .*\[2\]/);
    expect(other.argument).not.toContain("fine flame");
  });

  it("answers what the others claim, and says nothing again", async () => {
    const first = await speak("for");
    const reply = await speak("against", said("for", first.argument));
    expect(reply.argument).toMatch(/^> for: “Gas /);
    const again = await speak("against", said("against", reply.argument), said("for", first.argument));
    for (const sentence of again.argument.split(/(?<=\]\.) /).filter((each) => !each.startsWith(">"))) {
      expect(reply.argument).not.toContain(sentence.trim());
    }
  });

  it("gives up a position that nothing speaks for, where something speaks for another", async () => {
    const sources = block("source", "Gas heats the pans of the kitchen where cooks cook with gas.", {
      id: 1,
      title: "Gas",
    });
    const context = block("context", "Its stance.", { perspective: "against" });
    expect(await answered("Speech", Speech, task(QUESTION), POSITIONS, context, sources)).toMatchObject({
      holds: "for",
    });
  });

  it("says so where the sources are about something else", async () => {
    const context = block("context", "Its stance.", { perspective: "for" });
    const sources = block("source", "Leases run out after a while.", { id: 1, title: "Leases" });
    const { argument, holds } = await answered("Speech", Speech, task(QUESTION), POSITIONS, context, sources);
    expect(argument).toContain("it has no material on");
    expect(holds).toBe("for");
  });
});

describe("a judgement", () => {
  const Judgement = z.object({
    winner: z.enum(["for", "against"]).nullable(),
    reasons: z.array(z.string()),
    dissent: z.array(z.object({ position: z.enum(["for", "against"]), argument: z.string() })),
    confidence: z.number().min(0).max(1),
  });
  const judge = (...speeches: string[]) =>
    answered("Judgement", Judgement, task(QUESTION), POSITIONS, ...SOURCES, ...speeches);
  const FLAME = "Gas gives a fine flame to cook on [1].";
  const HALF = "Electricity costs half as much as it did [2].";

  it("goes to the position with more claims that their sources bear out", async () => {
    const given = await judge(
      said("for", `${FLAME} Gas heats the pans of the kitchen at once [1].`),
      said("against", HALF),
    );
    expect(given.winner).toBe("for");
    expect(given.reasons[0]).toContain("“for” 2, “against” ");
    expect(given.confidence).toBeGreaterThan(0.5);
  });

  it("counts no claim that its source does not bear out, and gives nobody the better of equals", async () => {
    const invented = "Gas was invented by the Romans near Pompeii [1].";
    const given = await judge(
      said("for", invented),
      said("against", "Electricity never fails anyone anywhere [2]."),
    );
    expect(given).toMatchObject({ winner: null, confidence: 0 });
  });
});
