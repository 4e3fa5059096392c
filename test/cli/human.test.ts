import { expect, it } from "vitest";
import { askingGraph, askingTwice } from "../runtime/foreign.ts";
import { callHere, resultOf } from "./command.ts";

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
