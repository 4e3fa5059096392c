import { setTimeout as sleep } from "node:timers/promises";
import {
  type BaseCheckpointSaver,
  Command,
  END,
  MemorySaver,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { readAnswer } from "../../src/cli/input.ts";
import { answered, formsOf } from "../../src/cli/questions.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { parallel } from "../../src/nodes/branch.ts";
import { agent, type NodeConfig, whenReady } from "../../src/nodes/index.ts";
import { type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import { defineRole } from "../../src/roles/role.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { openStorage } from "../../src/storage/open.ts";
import { after, calls, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { boundedTool } from "../../src/tools/bounded.ts";
import { temporaryFolder } from "../storage/databases.ts";

const Team = new StateSchema({ task: z.string(), said: z.array(z.string()) });

const pays = (...amounts: number[]) => calls(...amounts.map((amount) => ({ name: "pay", args: { amount } })));
const looks = () => calls({ name: "look", args: {} });
const APPROVED = { decision: "approve" } as const;
const DENIED = { decision: "deny", reason: "too dear" } as const;

type Work = { who: string; work: () => Promise<string> };
const sideBySide = {
  parallel: (all: Work[]) => parallel(all, "all"),
  whenReady: (all: Work[]) =>
    whenReady(
      all.map(({ who: id, work }) => ({ id, dependsOn: [], work })),
      { maxParallel: 9 },
    ),
} satisfies Record<string, (all: Work[]) => Promise<Outcome<string>[]>>;

interface Options {
  how?: keyof typeof sideBySide;
  /** Gives the storage of each graph that is compiled; one in memory for all of them unless given. */
  saver?: () => BaseCheckpointSaver;
  /** How long a payment takes, in milliseconds. */
  payingMs?: number;
}

/** Agents who work side by side in one node, and pay with a person's approval; each with lines of its own. */
function team(lines: Record<string, Line[]>, { how = "parallel", saver, payingMs = 0 }: Options = {}) {
  const memory = new MemorySaver();
  const paid: number[] = [];
  let looked = 0;
  const pay = boundedTool(
    { name: "pay", description: "Pays.", schema: z.object({ amount: z.number() }) },
    async ({ amount }) => {
      paid.push(amount);
      await sleep(payingMs);
      return "It is paid.";
    },
  );
  const look = boundedTool(
    { name: "look", description: "Looks.", schema: z.object({}) },
    () => `${++looked}`,
  );
  const working = (name: string) =>
    agent({
      role: defineRole({ name, goal: "Pay.", tools: [{ tool: "pay", approval: true }, "look"] }),
      prompt: ({ task }: { task: string }) => task,
      tools: [pay, look],
      into: "report",
    });
  const work = async ({ task }: typeof Team.State, config: NodeConfig) => {
    const all = Object.keys(lines).map((who) => ({
      who,
      work: async () => (await working(who)({ task }, config)).report.text,
    }));
    const { given } = parted(await sideBySide[how](all));
    return { said: given.map(({ value }) => value) };
  };
  const graph = () =>
    new StateGraph(Team, { context: RunContext })
      .addNode("work", work)
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ name: "team", checkpointer: saver?.() ?? memory });
  const models = new ScriptedModel(lines);
  const begun = (options: RunOptions = {}) =>
    run(graph(), { task: "Pay." }, { thread: "t", models, ...options });
  const resumed = (resume: unknown, options: RunOptions = {}) =>
    run(graph(), null, { thread: "t", models, ...options, resume });
  return { graph, models, paid, looked: () => looked, begun, resumed };
}

/** Which calls a run asks about: who wants to pay how much. */
const asked = ({ interrupts }: Pick<RunResult, "interrupts">) =>
  interrupts.map(({ value }) => {
    const { role, args } = Question.parse(value);
    return `${role} ${args.amount}`;
  });
const Question = z.object({ role: z.string(), args: z.object({ amount: z.number() }) });
const idOf = ({ interrupts: [first] }: Pick<RunResult, "interrupts">) => first?.id ?? "";

/** Answers each question by what is asked, until nothing is asked any more, and tells in which order. */
async function settled(first: RunResult, denied: string[], resume: (answer: unknown) => Promise<RunResult>) {
  const questions: string[] = [];
  let result = first;
  while (result.status === "needs_human") {
    const [question = ""] = asked(result);
    questions.push(question);
    result = await resume({ [idOf(result)]: denied.includes(question) ? DENIED : APPROVED });
  }
  return { result, questions };
}

/** What an agent was told of its calls, in the order of its turns. */
const toldTo = (role: string, { requests }: ScriptedModel) =>
  requests
    .findLast((request) => request.role === role)
    ?.messages.filter((message) => message.getType() === "tool")
    .map(({ text }) => text);

const PAID = '<material from="pay">\nIt is paid.\n</material>';
const NOT_PAID = "Error: A person denied the call of pay: too dear";

describe.each(["parallel", "whenReady"] as const)("agents side by side by %s", (how) => {
  it("are each asked about their own call, which the answer counts for alone", async () => {
    const lines = { a: [pays(1), "A"], b: [pays(2), "B"], c: [looks(), "C"] };
    const { begun, resumed, paid, looked, models } = team(lines, { how });
    const first = await begun();
    expect([first.status, asked(first).length, paid]).toEqual(["needs_human", 1, []]);
    const { result, questions } = await settled(first, ["a 1"], resumed);
    expect(questions.sort()).toEqual(["a 1", "b 2"]);
    expect(result).toMatchObject({ status: "done", output: { said: ["A", "B", "C"] } });
    expect([paid, looked()]).toEqual([[2], 1]);
    expect([toldTo("a", models), toldTo("b", models)]).toEqual([[NOT_PAID], [PAID]]);
    expect(models.requests.map(({ role }) => role).sort()).toEqual(["a", "a", "b", "b", "c", "c"]);
    models.assertDone();
  });

  it("are asked about each call of each turn, whoever is slower", async () => {
    const lines = {
      a: [after(40, pays(1, 11)), pays(111), "A"],
      b: [pays(2, 22), after(40, pays(222)), "B"],
    };
    const { begun, resumed, paid, models } = team(lines, { how });
    const { result, questions } = await settled(await begun(), ["a 11", "b 222"], resumed);
    expect(questions.sort()).toEqual(["a 1", "a 11", "a 111", "b 2", "b 22", "b 222"]);
    expect(result.status).toBe("done");
    expect(paid.sort((one, other) => one - other)).toEqual([1, 2, 22, 111]);
    expect(toldTo("a", models)).toEqual([PAID, NOT_PAID, PAID]);
    expect(toldTo("b", models)).toEqual([PAID, PAID, NOT_PAID]);
    expect(models.requests).toHaveLength(6);
  });

  it("may ask for the same, and are answered each for itself", async () => {
    const lines = { a: [pays(5), "A"], b: [pays(5), "B"] };
    const { begun, resumed, paid, models } = team(lines, { how });
    const { result } = await settled(await begun(), ["b 5"], resumed);
    expect([result.status, paid]).toEqual(["done", [5]]);
    expect([toldTo("a", models), toldTo("b", models)]).toEqual([[PAID], [NOT_PAID]]);
  });

  it("finish what was approved while another one is asked, and pay nothing twice", async () => {
    const lines = { a: [pays(1), "A"], b: [pays(2), "B"] };
    const { begun, resumed, paid } = team(lines, { how, payingMs: 60 });
    const { result } = await settled(await begun(), [], resumed);
    expect([result.status, paid.sort()]).toEqual(["done", [1, 2]]);
  });

  it("go on in SQLite with a graph of their own after each answer", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const lines = { a: [pays(1), pays(11), "A"], b: [pays(2), "B"], c: ["C"] };
    const opened = () => {
      const storage = openStorage(url);
      onTestFinished(() => storage.close());
      return storage;
    };
    const { models, begun, paid, resumed } = team(lines, { how, saver: () => opened().checkpointer });
    const { result, questions } = await settled(await begun(), ["a 1"], resumed);
    expect(questions.sort()).toEqual(["a 1", "a 11", "b 2"]);
    expect(result).toMatchObject({ status: "done", output: { said: ["A", "B", "C"] } });
    expect(paid.sort((one, other) => one - other)).toEqual([2, 11]);
    models.assertDone();
  });
});

describe("an answer", () => {
  it("to a question that has one already does nothing, and the next one stays open", async () => {
    const { begun, resumed, paid } = team({ a: [pays(1), pays(2), "A"] });
    const first = await begun();
    const second = await resumed({ [idOf(first)]: APPROVED });
    expect(asked(second)).toEqual(["a 2"]);
    await expect(resumed({ [idOf(first)]: APPROVED })).rejects.toMatchObject({ code: "REFUSED_ANSWER" });
    expect([paid, (await resumed({ [idOf(second)]: DENIED })).status]).toEqual([[1], "done"]);
    expect(paid).toEqual([1]);
  });

  it("that is given again after a stop serves for no later call of the agent", async () => {
    const stop = new AbortController();
    // The other agent is held up by the budget first, and is then at work while this one asks a second time.
    const lines = { a: [pays(1), pays(2), "A"], b: [looks(), after(600_000, "Never said."), "B"] };
    const { begun, resumed, paid } = team(lines, { how: "whenReady" });
    const first = await begun({ budget: { calls: 2 } });
    expect(asked(first)).toEqual(["a 1"]);
    const onEvent = (event: RunEvent) => {
      const again = event.type === "permission" && event.decision === "asked";
      if (again && paid.length > 0) setTimeout(() => stop.abort(), 50);
    };
    const options = { budget: { calls: 20 }, signal: stop.signal, onEvent };
    const stopped = await resumed({ [idOf(first)]: APPROVED }, options);
    expect([stopped.status, paid]).toEqual(["cancelled", [1]]);
    const given = asked(stopped).includes("a 1") ? { [idOf(first)]: APPROVED } : true;
    const next = await resumed(given);
    expect([next.status, asked(next), paid]).toEqual(["needs_human", ["a 2"], [1]]);
    const last = await resumed({ [idOf(next)]: DENIED });
    expect([last.status, paid]).toEqual(["done", [1]]);
  });

  it.each([["sure"], [{ decision: "maybe" }], [{ decision: "approve", all: true }], [{}]])(
    "that is none is refused, and nothing is called: %j",
    async (answer) => {
      const { begun, resumed, paid } = team({ a: [pays(1), "A"], b: [pays(2), "B"] });
      const id = idOf(await begun());
      await expect(resumed({ [id]: answer })).rejects.toMatchObject({ code: "REFUSED_ANSWER" });
      const again = await settled(await resumed({ [id]: DENIED }), ["a 1", "b 2"], resumed);
      expect([again.result.status, paid]).toEqual(["done", []]);
    },
  );

  it("by its id counts for its own call without run, too", async () => {
    const { graph, models, paid } = team({ a: [after(40, pays(1)), "A"], b: [pays(2), "B"] });
    const config = { configurable: { thread_id: "t" }, context: { models } };
    const go = async (input: Parameters<ReturnType<typeof graph>["invoke"]>[0]) =>
      Interrupted.parse(await graph().invoke(input, config));
    let { __interrupt__: open } = await go({ task: "Pay." });
    const questions: string[] = [];
    for (let [question] = open; question; [question] = open) {
      questions.push(question.value.role);
      const answer = question.value.role === "a" ? DENIED : APPROVED;
      ({ __interrupt__: open } = await go(new Command({ resume: { [question.id]: answer } })));
    }
    expect([questions.sort(), paid]).toEqual([["a", "b"], [2]]);
  });
});

const Interrupted = z.object({
  __interrupt__: z.array(z.object({ id: z.string(), value: Question })).default([]),
});

describe("on the command line", () => {
  it("the question shows the forms of its answer, and each is taken as it stands", async () => {
    const { begun, resumed, paid, models } = team({ a: [pays(1), "A"], b: [pays(2), "B"] });
    let result: RunResult = await begun();
    for (const at of [0, 1]) {
      const [question] = result.interrupts;
      const forms = question ? formsOf(question) : [];
      expect(forms).toEqual(['{"decision":"approve"}', '{"decision":"deny","reason":"…"}']);
      result = await resumed(readAnswer(forms[at] ?? "", question?.schema ?? null));
    }
    expect([result.status, paid.length]).toEqual(["done", 1]);
    expect([toldTo("a", models), toldTo("b", models)].flat().sort()).toEqual(
      [PAID, "Error: A person denied the call of pay: …"].sort(),
    );
  });

  it("a person answers one question after the other, and is asked again where an answer does not fit", async () => {
    const { begun, resumed, paid, models } = team({ a: [pays(1), pays(11), "A"], b: [pays(2), "B"] });
    const shown: string[] = [];
    const script = new Map([
      ['"amount":11', ["approve"]],
      ['"amount":1}', ["perhaps", "deny", "too dear"]],
      ['"amount":2', ["approve"]],
    ]);
    let lines: string[] = [];
    const person = {
      say: (text: string) => {
        shown.push(text);
        for (const [amount, answers] of script) if (text.includes(amount)) lines = [...answers];
      },
      ask: async () => lines.shift(),
      signal: new AbortController().signal,
    };
    const result = await answered(await begun(), person, (answer) => resumed(answer));
    expect([result.status, paid.sort((one, other) => one - other)]).toEqual(["done", [2, 11]]);
    expect(toldTo("a", models)).toEqual([NOT_PAID, PAID]);
    expect(shown.filter((text) => text.includes("role: a"))).toHaveLength(2);
    expect(shown).toContainEqual(expect.stringContaining("has to be one of approve, deny"));
  });
});
