import { PassThrough } from "node:stream";
import { interrupt } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { askLineOn } from "../../src/cli/ask-line.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { askingGraph, askingTwice, graphOf } from "../runtime/foreign.ts";
import { callHere, resultOf } from "./command.ts";

const workflow = (graph: AnyGraph) => [
  { name: graph.name ?? "", summary: "Asks.", input: "question", load: async () => ({ graph }) },
];

/** A person who types these lines and then leaves, and what the person was asked for. */
function typing(...lines: string[]) {
  const prompts: string[] = [];
  const ask = async (prompt: string) => {
    prompts.push(prompt);
    return lines.shift();
  };
  return { ask, prompts, lines };
}

const Ruling = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("grant").describe("let it happen"),
    days: z.number().int().min(1).describe("For how long."),
    note: z.string().optional(),
  }),
  z.strictObject({ action: z.literal("deny"), reason: z.string().trim().min(1) }),
]);

/** A graph that asks for an answer of a schema, and says it. */
const asking = (responseSchema: z.ZodType, shown: unknown = "Which?") =>
  graphOf(() => ({ said: [JSON.stringify(interrupt(shown, { responseSchema }))] }));

const saidIn = ({ out }: { out: string }) => resultOf({ code: 0, out, err: "" }).output?.["said"];

describe("at a terminal", () => {
  it("a question is asked at once, and the run goes on with the answer until it is done", async () => {
    const { ask, prompts } = typing("the first");
    const ended = await callHere(["asking", "Why?", "--output", "json"], {
      workflows: workflow(askingGraph()),
      ask,
    });
    expect(ended.code).toBe(0);
    expect(saidIn(ended)).toEqual(["the first", "told the first"]);
    expect(prompts).toEqual(["> "]);
    expect(ended.err).toContain("\n  ask: Which one?\n");
    expect(ended.err).not.toContain("Go on with");
  });

  it("several questions are asked one after the other", async () => {
    const { ask } = typing("L", "R");
    const ended = await callHere(["asking-twice", "Why?", "--output", "json"], {
      workflows: workflow(askingTwice()),
      ask,
    });
    expect(saidIn(ended)).toEqual(expect.arrayContaining(['left "L"', 'right "R"']));
  });

  it("a person who leaves ends the command with code 3, and the run goes on days later", async () => {
    const workflows = workflow(askingGraph());
    const { ask } = typing();
    const left = await callHere(["asking", "Why?", "--thread", "t"], { workflows, ask });
    expect(left).toMatchObject({ code: 3, out: "" });
    expect(left.err).toMatch(/Go on with: graphwright asking --thread t --resume ANSWER\n$/);
    const last = await callHere(["asking", "--thread", "t", "--resume", "now", "--output", "json"], {
      workflows,
    });
    expect(saidIn(last)).toEqual(["now", "told now"]);
  });

  it("an answer that does not fit is asked for again, with the reason", async () => {
    const { ask, lines } = typing("", "Annabelle", " Ann ");
    const workflows = workflow(asking(z.string().trim().min(1).max(5)));
    const ended = await callHere(["one-node", "Why?", "--output", "json"], { workflows, ask });
    expect(saidIn(ended)).toEqual(['"Ann"']);
    expect(lines).toEqual([]);
    expect(ended.err).toMatch(/That does not fit: .*>=1 characters\.\n\nWhich\?\n[\s\S]*<=5 characters/);
  });

  it.each<[string, z.ZodType, string, unknown]>([
    ["a number", z.number(), "42", 42],
    ["yes or no", z.boolean(), "true", true],
    ["one of some words", z.enum(["left", "right"]), "right", "right"],
    ["text that looks like a number", z.string(), "42", "42"],
    ["a list", z.array(z.string()), '["a"]', ["a"]],
  ])("%s is read by the question's schema", async (_, schema, line, answer) => {
    const ended = await callHere(["one-node", "Why?", "--output", "json"], {
      workflows: workflow(asking(schema)),
      ask: typing(line).ask,
    });
    expect(saidIn(ended)).toEqual([JSON.stringify(answer)]);
  });
});

describe("a typed answer", () => {
  const form = (...lines: string[]) => {
    const person = typing(...lines);
    const shown = { kind: "ruling", of: "a leave", because: [], more: { days: 3 } };
    const called = callHere(["one-node", "Why?", "--output", "json", "--thread", "t"], {
      workflows: workflow(asking(Ruling, shown)),
      ask: person.ask,
    });
    return { ...person, called };
  };

  it("is asked for kind first, then field by field, with what each means", async () => {
    const { called, prompts } = form("grant", "3", "Enjoy.");
    const ended = await called;
    expect(saidIn(ended)).toEqual(['{"action":"grant","days":3,"note":"Enjoy."}']);
    expect(prompts).toEqual(["action: ", "days: ", "note: "]);
    expect(ended.err).toContain(
      '\nruling\n  of: a leave\n  more: {"days":3}\n  grant: let it happen\n  deny\n',
    );
    expect(ended.err).toContain("For how long.\n");
  });

  it("leaves out a field that is not required where the line is empty", async () => {
    expect(saidIn(await form("grant", "3", "").called)).toEqual(['{"action":"grant","days":3}']);
  });

  it("is asked for again where there is no such kind, or a field does not fit", async () => {
    const { called, prompts } = form("sell", "deny", " ", "deny", "Too long.");
    const ended = await called;
    expect(saidIn(ended)).toEqual(['{"action":"deny","reason":"Too long."}']);
    expect(prompts).toEqual(["action: ", "action: ", "reason: ", "action: ", "reason: "]);
    expect(ended.err).toContain("That does not fit: it has to be one of grant, deny.\n");
    expect(ended.err).toMatch(/That does not fit: "reason": /);
  });

  it.each([[[]], [["grant"]], [["grant", "3"]]])("is not given by one who leaves after %j", async (lines) => {
    const ended = await form(...lines).called;
    expect(ended.code).toBe(3);
    expect(resultOf(ended)).toMatchObject({ status: "needs_human", path: [] });
    expect(ended.err).toContain('  answer: {"action":"grant","days":"…","note":"…"}\n');
    expect(ended.err).toContain('  answer: {"action":"deny","reason":"…"}\n');
  });
});

describe("a line of a terminal", () => {
  const CTRL_C = "\u0003";
  const CTRL_D = "\u0004";
  const { signal } = new AbortController();

  it.each<[string, string, string | undefined]>([
    ["is what was typed", "yes\r", "yes"],
    ["may be empty", "\r", ""],
    ["is none after Ctrl-C, whatever was typed", `ye${CTRL_C}`, undefined],
    ["is none after Ctrl-D", CTRL_D, undefined],
  ])("%s", async (_, typed, line) => {
    const input = new PassThrough();
    const given = askLineOn(input, new PassThrough())("> ", signal);
    input.write(typed);
    expect(await given).toBe(line);
  });

  it("is none where its signal aborts, or has aborted before", async () => {
    const stop = new AbortController();
    const ask = askLineOn(new PassThrough(), new PassThrough());
    const given = ask("> ", stop.signal);
    stop.abort();
    expect(await given).toBeUndefined();
    expect(await ask("> ", stop.signal)).toBeUndefined();
  });

  it("is none where the input has ended", async () => {
    const input = new PassThrough();
    input.end();
    expect(await askLineOn(input, new PassThrough())("> ", signal)).toBeUndefined();
  });
});
