import { describe, expect, it } from "vitest";
import { InputError, RefusedAnswerError } from "../../src/errors.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { askingGraph, QUESTION } from "./foreign.ts";

describe("an input", () => {
  it.each([
    ["a control character", { question: "Why\u0007?" }, /"question": .*U\+0007 at position 4/],
    ["half of a character", { question: "\udc00" }, /"question": .*U\+DC00/],
    [
      "too many characters",
      { question: "a".repeat(1_000_000) },
      /1000015 characters.*GRAPHWRIGHT_MAX_INPUT_CHARS/,
    ],
  ])("with %s is refused, and nothing is written", async (_, input, reason) => {
    const { checkpointer, ledger } = openStorage("memory:");
    const refused = run(askingGraph(), input, { thread: "t", checkpointer });
    await expect(refused).rejects.toBeInstanceOf(InputError);
    await expect(refused).rejects.toThrow(reason);
    expect(await ledger.latest("t")).toBeUndefined();
  });
});

describe("an answer", () => {
  it.each([
    ["a control character", "yes\u001b[2J", /U\+001B at position 4/],
    ["a control character in a field", { text: "\u0000" }, /"text": .*U\+0000/],
    ["too many characters", "a".repeat(1_000_000), /GRAPHWRIGHT_MAX_INPUT_CHARS/],
  ])("with %s is refused, is not recorded, and leaves the question open", async (_, resume, reason) => {
    const { checkpointer, ledger } = openStorage("memory:");
    const graph = askingGraph();
    await run(graph, QUESTION, { thread: "t", checkpointer });
    const refused = run(graph, null, { thread: "t", checkpointer, resume });
    await expect(refused).rejects.toBeInstanceOf(RefusedAnswerError);
    await expect(refused).rejects.toThrow(reason);
    expect(await ledger.auditHead()).toBeUndefined();
    const answered = await run(graph, null, { thread: "t", checkpointer, resume: "yes\n" });
    expect(answered).toMatchObject({ status: "done", output: { said: ["yes\n", "told yes\n"] } });
  });
});

describe("a thread's id", () => {
  it.each([
    ["a control character", "a\u001b[2J"],
    ["a line break", "a\nb"],
    ["a null", "a\u0000"],
    ["a mark that turns it around", "a\u202eb"],
    ["a character without width", "a\u200b"],
    ["half of a character", "a\ud800"],
    ["too many characters", "a".repeat(201)],
  ])("with %s is refused, to run and to look at", async (_, thread) => {
    const { checkpointer } = openStorage("memory:");
    const graph = askingGraph();
    const bad = { code: "BAD_THREAD" };
    await expect(run(graph, QUESTION, { thread, checkpointer })).rejects.toMatchObject(bad);
    await expect(run(graph, null, { thread, checkpointer, resume: true })).rejects.toMatchObject(bad);
    await expect(inspect(graph, { thread, checkpointer })).rejects.toMatchObject(bad);
  });

  it.each(["a".repeat(200), "Kundin 7: Größe/日本", "user@example.org#3"])("may be %s", async (thread) => {
    const { checkpointer } = openStorage("memory:");
    expect(await run(askingGraph(), QUESTION, { thread, checkpointer })).toMatchObject({ threadId: thread });
  });
});
