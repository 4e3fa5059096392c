import { interrupt } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { askingGraph, askingTwice, graphOf, QUESTION } from "./foreign.ts";

const here = { thread: "t" };

describe("a question", () => {
  it("suspends the run until it is answered", async () => {
    const graph = askingGraph();
    const first = await run(graph, QUESTION, here);
    expect(first).toMatchObject({
      status: "needs_human",
      output: null,
      error: null,
      interrupts: [{ id: expect.stringMatching(/./), value: { ask: "Which one?" } }],
      path: [],
    });
    expect(await inspect(graph, here)).toMatchObject({
      unfinished: true,
      next: ["ask"],
      interrupts: first.interrupts,
    });
    expect(await run(graph, null, { ...here, resume: "the first" })).toMatchObject({
      status: "done",
      output: { question: "Why?", said: ["the first", "told the first"] },
      interrupts: [],
      path: ["ask", "tell"],
    });
  });

  it.each([[false], [0], [""], [null], [["a", "b"]]])("takes the answer %j as it is", async (answer) => {
    const graph = askingGraph();
    await run(graph, QUESTION, here);
    const { output } = await run(graph, null, { ...here, resume: answer });
    expect(output?.said[0]).toBe(String(answer));
  });

  it("takes an answer by its id too", async () => {
    const graph = askingGraph();
    const { interrupts } = await run(graph, QUESTION, here);
    const resume = Object.fromEntries(interrupts.map(({ id }) => [id, "by id"]));
    expect((await run(graph, null, { ...here, resume })).output?.said[0]).toBe("by id");
  });

  it("is not answered by `true`, which only goes on; the refusal says what is asked", async () => {
    const graph = askingGraph();
    const { interrupts } = await run(graph, QUESTION, here);
    const id = interrupts[0]?.id ?? "";
    const refused = run(graph, null, { ...here, resume: true });
    await expect(refused).rejects.toMatchObject({ name: "ThreadError", problem: "needs_answer" });
    await expect(refused).rejects.toThrow(/an answer to \{"ask":"Which one\?"\}.*--resume VALUE.*`resume`/);
    await expect(refused).rejects.toThrow(id);
    expect((await inspect(graph, here))?.interrupts).toEqual(interrupts);
    const answered = await run(graph, null, { ...here, resume: { [id]: true } });
    expect(answered).toMatchObject({ status: "done", output: { said: ["true", "told true"] } });
  });

  it("is told once, as an event", async () => {
    const told: unknown[] = [];
    const graph = askingGraph();
    const onEvent = (event: { type: string }) => {
      if (["interrupt", "node_ended"].includes(event.type)) told.push(event);
    };
    const { interrupts } = await run(graph, QUESTION, { ...here, onEvent });
    expect(told).toMatchObject([
      { type: "node_ended", node: "ask", outcome: "interrupted" },
      { type: "interrupt", ...interrupts[0] },
    ]);
  });
});

describe("several questions", () => {
  it("are answered by their ids, one after the other", async () => {
    const graph = askingTwice();
    const first = await run(graph, QUESTION, here);
    expect(first.interrupts.map(({ value }) => value)).toEqual([{ ask: "Left?" }, { ask: "Right?" }]);
    const [left, right] = first.interrupts;
    const half = await run(graph, null, { ...here, resume: { [right?.id ?? ""]: { yes: 1 } } });
    expect(half).toMatchObject({ status: "needs_human", interrupts: [left], path: ["right"] });
    const last = await run(graph, null, { ...here, resume: "L" });
    expect(last).toMatchObject({ status: "done", path: ["right", "left"] });
    expect(last.output?.said.toSorted()).toEqual(['left "L"', 'right {"yes":1}']);
  });

  it("are answered by their ids at once", async () => {
    const graph = askingTwice();
    const { interrupts } = await run(graph, QUESTION, here);
    const resume = Object.fromEntries(interrupts.map(({ id }, i) => [id, i]));
    const { output, path } = await run(graph, null, { ...here, resume });
    expect(output?.said.toSorted()).toEqual(["left 0", "right 1"]);
    expect(path.toSorted()).toEqual(["left", "right"]);
  });

  it("do not take one answer for both", async () => {
    const graph = askingTwice();
    const { interrupts } = await run(graph, QUESTION, here);
    const refused = run(graph, null, { ...here, resume: "both" });
    await expect(refused).rejects.toMatchObject({ name: "ThreadError", problem: "needs_answer" });
    for (const { id } of interrupts) await expect(refused).rejects.toThrow(id);
    await expect(run(graph, null, { ...here, resume: true })).rejects.toThrow(
      /2 answers.*"Left\?".*"Right\?"/,
    );
    expect((await inspect(graph, here))?.interrupts).toEqual(interrupts);
  });
});

it("a graph that was compiled to stop before a node waits there, and goes on", async () => {
  const { builder } = askingGraph();
  const graph = builder.compile({
    interruptBefore: ["tell"],
    checkpointer: askingGraph().checkpointer ?? false,
  });
  await run(graph, QUESTION, here);
  expect(await run(graph, null, { ...here, resume: "x" })).toMatchObject({
    status: "needs_human",
    interrupts: [],
    path: ["ask"],
  });
  expect(await run(graph, null, { ...here, resume: true })).toMatchObject({
    status: "done",
    path: ["ask", "tell"],
  });
});

it("a node that asks twice takes one answer after the other", async () => {
  const graph = graphOf(() => ({ said: [`${interrupt("First?")}, ${interrupt("Second?")}`] }));
  expect((await run(graph, QUESTION, here)).interrupts).toMatchObject([{ value: "First?" }]);
  expect((await run(graph, null, { ...here, resume: "1" })).interrupts).toMatchObject([{ value: "Second?" }]);
  expect(await run(graph, null, { ...here, resume: "2" })).toMatchObject({
    status: "done",
    output: { said: ["1, 2"] },
  });
});

it("an answer is kept where the node fails after it", async () => {
  let working = false;
  const graph = graphOf(() => {
    const answer = interrupt("Which?");
    if (!working) throw new Error("Not yet.");
    return { said: [String(answer)] };
  });
  await run(graph, QUESTION, here);
  expect(await run(graph, null, { ...here, resume: "this" })).toMatchObject({
    status: "failed",
    interrupts: [],
  });
  working = true;
  expect(await inspect(graph, here)).toMatchObject({ unfinished: true, interrupts: [] });
  expect(await run(graph, null, { ...here, resume: true })).toMatchObject({
    status: "done",
    output: { said: ["this"] },
  });
});
