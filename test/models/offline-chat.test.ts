import { describe, expect, it } from "vitest";
import { z } from "zod";
import { block } from "../../src/models/prompt.ts";
import { queues } from "./offline-corpora.ts";
import { answered, ask, sources, task } from "./offline-driver.ts";

const TOPIC = "How should the bakery store bread?";
const SOURCES = [
  "The bakery stores bread in wooden boxes. A wooden box keeps bread crisp for two days. Bread from the bakery costs less on the second day. A bakery with a cold store of bread sells it for a week. The shop of the bakery shows its bread behind glass.",
  "A store of bread in the bakery can catch mould. Mould spoils the bread of a damp store within hours.",
].map((text, at) => block("source", text, { id: at + 1, title: `Part ${at + 1}` }));

const Remark = z.object({ text: z.string().min(1), finished: z.boolean() });
const remark = (angle: string, ...said: string[]) =>
  answered(
    "Remark",
    Remark,
    task(TOPIC),
    block("context", angle, { perspective: "keeper" }),
    ...SOURCES,
    ...said,
  );
const said = (from: string, text: string, more: object = {}) => block("report", text, { from, ...more });

describe("a remark", () => {
  it("says what the sources say from the speaker's angle first, and cites them", async () => {
    expect((await remark("Mould and what spoils.")).text).toMatch(/^[^.]*mould[^.]*\[2\]/i);
    expect((await remark("Wooden boxes.")).text).toMatch(/^[^.]*wooden box[^.]*\[1\]/i);
  });

  it("says nothing again, and comes to an end", async () => {
    const texts: string[] = [];
    const next = () =>
      answered(
        "Remark",
        Remark,
        task(queues.task),
        ...sources(queues),
        ...texts.map((text) => said("other", text)),
      );
    for (let last = await next(); !last.finished; last = await next()) {
      expect(texts.length).toBeLessThan(9);
      for (const sentence of last.text.split(/(?<=\]\.)\s+/).filter((each) => !each.startsWith(">"))) {
        expect(texts.join("\n")).not.toContain(sentence.trim());
      }
      texts.push(last.text);
    }
    expect(texts.length).toBeGreaterThan(0);
  });

  it("answers what another claims behind a quotation of it", async () => {
    const { text } = await remark("Mould.", said("ann", "The bakery stores bread in wooden boxes [1]."));
    expect(text).toMatch(/^> ann: “The bakery stores bread in wooden boxes.”\n\n\w/);
  });

  it("is finished with nothing to add where all was said, and where the sources are about something else", async () => {
    const all = SOURCES.map((each, at) =>
      said("other", each.replace(/<.*?>/g, "").replaceAll(".", ` [${at + 1}].`)),
    );
    expect(await remark("Boxes.", ...all)).toEqual({
      text: "The sources shown say nothing more that was not said.",
      finished: true,
    });
    const none = await answered("Remark", Remark, task("Explain glaciers"), ...SOURCES);
    expect(none).toMatchObject({ finished: true, text: expect.stringContaining("it has no material on") });
  });

  it("answers a person's words, or says that nothing does", async () => {
    const person = (text: string) => said("person", text, { by: "person" });
    const told = await remark("Boxes.", person("What about mould in a damp store of bread?"));
    expect(told.text).toMatch(/^[^.]*mould/i);
    const untold = await remark("Boxes.", person("Who invented the telephone?"));
    expect(untold.text).toMatch(/^Nothing that is shown here answers that\./);
  });
});

describe("the conclusion", () => {
  it("leaves out what speakers quote of others, and who had nothing to say", async () => {
    const text = await ask(
      "answer",
      task(TOPIC),
      said("ann", "A wooden box keeps bread crisp for two days [1]."),
      said(
        "bob",
        "> ann: “A wooden box keeps bread crisp for two days.”\n\nMould spoils the bread of a damp store [2].",
      ),
      said("cid", "The sources shown say nothing more that was not said."),
    );
    expect(text).toContain("**Ann.** A wooden box keeps bread crisp for two days [1].");
    expect(text).toContain("**Bob.** Mould spoils the bread of a damp store [2].");
    expect(text).not.toContain("Cid");
  });
});

describe("the next speaker", () => {
  it("is the one who has spoken least", async () => {
    const NextSpeaker = z.object({ speaker: z.enum(["ann", "bob"]), reason: z.string() });
    const choose = (...spoken: string[]) =>
      answered(
        "NextSpeaker",
        NextSpeaker,
        task(TOPIC),
        block("choices", "- ann: Asks.\n- bob: Answers."),
        ...spoken,
      );
    expect(await choose()).toEqual({ speaker: "ann", reason: "The ann has not spoken yet." });
    expect(await choose(said("ann", "Why?"), said("bob", "So."), said("ann", "Oh."))).toMatchObject({
      speaker: "bob",
    });
  });
});
