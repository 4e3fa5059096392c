import { describe, expect, it } from "vitest";
import { Assessment } from "../../graphs/support/state.ts";
import { block } from "../../src/models/prompt.ts";
import { queues } from "./offline-corpora.ts";
import { answered, sources, task } from "./offline-driver.ts";

const assess = (inquiry: string, ...parts: string[]) =>
  answered("Assessment", Assessment, task(inquiry), ...parts);
const exchange = (question: string, answer: string) => block("context", answer, { question });

describe("an assessment by the offline model", () => {
  it("resolves what the documents speak of, also where only an answer says what it is", async () => {
    expect(await assess(queues.task, ...sources(queues))).toMatchObject({ next: "resolve", missing: [] });
    const told = exchange("What did you want to do?", queues.task);
    expect(await assess("Help!", told, ...sources(queues))).toMatchObject({
      next: "resolve",
      facts: [{ name: "What did you want to do?", value: queues.task }],
    });
  });

  it.each([
    ["Let me talk to a real person", /human/],
    ["Please connect me to your support agent", /human/],
    ["I want a manager", /human/],
    ["Refund my last invoice", /money/],
    ["My lawyer will hear of this", /legal/],
    ["The device gave me an electric shock", /safety/],
  ])("escalates “%s”, whatever the documents say", async (inquiry, reason) => {
    const given = await assess(inquiry, ...sources({ ...queues, task: inquiry }));
    expect(given).toMatchObject({ next: "escalate", reason: expect.stringMatching(reason) });
  });

  it.each([
    "How does one agent hand work to a specialist?",
    "How do agents talk when one connects to Postgres?",
    "What does a resumed call cost?",
    "Which courtesy phrases pursue a customer?",
  ])("does not take “%s” for a matter for a person", async (inquiry) => {
    expect((await assess(inquiry)).reason).toMatch(/^The documents say nothing on/);
  });

  it("asks one thing after the other where the inquiry says too little, and then escalates", async () => {
    const first = await assess("Help!");
    expect(first).toMatchObject({ next: "ask", missing: ["what was wanted", "what happened"], facts: [] });
    const told = exchange(first.question, "It");
    const second = await assess("Help!", told);
    expect(second).toMatchObject({ next: "ask", missing: ["what happened"] });
    expect(second.facts).toEqual([{ name: "what was wanted", value: "It" }]);
    expect(second.question).not.toBe(first.question);
    const third = await assess("Help!", told, exchange(second.question, "Nothing"));
    expect(third).toMatchObject({
      next: "escalate",
      reason: "The documents say nothing on “Help! It Nothing”.",
    });
  });
});
