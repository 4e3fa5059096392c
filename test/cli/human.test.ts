import { expect, it } from "vitest";
import { startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { askingGraph, askingTwice } from "../runtime/foreign.ts";
import { callHere, resultOf, Workplace } from "./command.ts";

const workflow = (graph: ReturnType<typeof askingGraph> | ReturnType<typeof askingTwice>) => [
  { name: graph.name ?? "", summary: "Asks.", input: "question", load: async () => ({ graph }) },
];

it("a question ends the command with code 3, and the answer goes on with it", async () => {
  const workflows = workflow(askingGraph());
  const first = await callHere(["asking", "Why?", "--thread", "t"], { workflows });
  expect(first).toMatchObject({ code: 3, out: "" });
  expect(first.err).toMatch(/Asked \(\w+\): \{"ask":"Which one\?"\}\n/);
  expect(first.err).toMatch(/Go on with: graphwright asking --thread t --resume ANSWER\n$/);

  const unanswered = await callHere(["asking", "--thread", "t", "--resume"], { workflows });
  expect(unanswered).toMatchObject({ code: 2, out: "" });
  expect(unanswered.err).toMatch(/^Thread t waits for an answer .*Which one\?.*--resume VALUE.*\n$/);

  const last = await callHere(["asking", "--thread", "t", "--resume", "the first"], { workflows });
  expect(last.code).toBe(0);
  expect(JSON.parse(last.out)).toEqual({ question: "Why?", said: ["the first", "told the first"] });
});

it("several questions are answered by their ids", async () => {
  const workflows = workflow(askingTwice());
  const args = ["asking-twice", "--thread", "t", "--output", "json"];
  const first = await callHere([...args, "Why?"], { workflows });
  const { interrupts, status } = resultOf(first);
  expect({ code: first.code, status }).toEqual({ code: 3, status: "needs_human" });

  const both = await callHere([...args, "--resume", "yes"], { workflows });
  expect(both).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/waits for 2 answers/) });

  const answers = Object.fromEntries(interrupts.map(({ id }, i) => [id, `answer ${i}`]));
  const last = await callHere([...args, "--resume", JSON.stringify(answers)], { workflows });
  expect(resultOf(last).output).toMatchObject({ said: ['left "answer 0"', 'right "answer 1"'] });
});

it("support without a terminal ends with code 3, refuses what does not fit, and takes the answer days later", async () => {
  const place = new Workplace();
  const support = (...args: string[]) => place.call(["support", ...args, "--docs", "docs", "--thread", "t"]);
  const asked = await support("Please connect me to a human");
  expect(asked).toMatchObject({ code: 3, out: "" });
  expect(asked.err).toMatch(
    /Asked \(\w+\): \{"kind":"escalation","reason":"The customer asks for a human\."/,
  );
  expect(asked.err).toContain('  answer: {"action":"close","reason":"…"}\n');

  const refused = await support("--resume", '{"action":"close"}');
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.err).toContain('which still waits: "reason": ');

  const closed = await support("--resume", '{"action":"close","reason":"A test."}', "--output", "json");
  expect(closed.code).toBe(0);
  expect(resultOf(closed).output).toMatchObject({ status: "closed", by: "human", resolution: "A test." });
});

it("support by a language model asks over HTTP, with a strict schema, and resolves with the answer", async () => {
  const ready = { facts: [], missing: [], next: "resolve", question: "", reason: "All is known." };
  const ask = { ...ready, missing: ["the version"], next: "ask", question: "Which version?" };
  const endpoint = await startEndpoint({
    answer: writerAnswers({ Assessment: ({ n }) => (n === 0 ? ask : ready) }),
  });
  const place = new Workplace();
  const env = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test", OPENAI_STRUCTURED_OUTPUT: "strict" };
  const support = (...args: string[]) =>
    place.call(["support", ...args, "--docs", "docs", "--thread", "t", "--output", "json"], { env });
  const asked = await support("How does a workflow survive a crash?");
  expect(asked.code).toBe(3);
  expect(resultOf(asked).interrupts).toMatchObject([{ value: { question: "Which version?" } }]);
  const last = await support("--resume", "1.2");
  await endpoint.close();
  expect(last.code).toBe(0);
  expect(resultOf(last)).toMatchObject({
    output: { status: "resolved", by: "agent", questions: 1, sources: [{ file: "durable.md" }] },
    spend: { calls: 3 },
  });
  expect(endpoint.requests[0]?.body.response_format).toMatchObject({ json_schema: { strict: true } });
});
