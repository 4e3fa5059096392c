import { setTimeout as sleep } from "node:timers/promises";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { comparisonTable } from "../../src/cli/comparison-table.ts";
import { widthOf } from "../../src/cli/width.ts";
import { UsageError } from "../../src/errors.ts";
import { prompt } from "../../src/models/prompt.ts";
import { nodesFor } from "../../src/nodes/index.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { RunContext } from "../../src/state/context.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import {
  type Answer,
  type Endpoint,
  type EndpointRequest,
  hang,
  promptOf,
  startEndpoint,
  writerAnswers,
} from "../endpoint/server.ts";
import { callHere, Result, resultOf, TOPIC, Workplace } from "./command.ts";

type Prices = typeof import("@pydantic/genai-prices");

/** The endpoint of these tests has the vendor's prices: the table goes by an endpoint's address. */
vi.mock("@pydantic/genai-prices", async (original: () => Promise<Prices>): Promise<Partial<Prices>> => {
  const { calcPrice } = await original();
  return { calcPrice: (usage, model) => calcPrice(usage, model) };
});

const place = new Workplace();
const usual = writerAnswers();
let answer: Answer = usual;
let endpoint: Endpoint;
let count = 0;

// The settings of this process, read at the first use.
beforeAll(async () => {
  endpoint = await startEndpoint({ answer: (request) => answer(request) });
  Object.assign(process.env, {
    DATABASE_URL: `file:${place.folder}/runs.db`,
    OPENAI_BASE_URL: endpoint.url,
    OPENAI_API_KEY: "test",
    OPENAI_MODEL: "gpt-4.1-mini",
    OPENAI_TIMEOUT_SECONDS: "3",
    OPENAI_MAX_ATTEMPTS: "1",
  });
});
afterAll(() => endpoint.close());
beforeEach(() => {
  answer = usual;
});

const Compared = z.strictObject({
  task: z.string(),
  budget: z.record(z.string(), z.number()),
  runs: z.array(Result.extend({ name: z.string() })),
});

/** Compares workflows on threads of their own, by the documents of the place. */
async function compare(graphs: string, options: string[] = [], called: Parameters<typeof callHere>[1] = {}) {
  const prefix = `c${++count}`;
  const docs = ["--docs", `${place.folder}/docs`];
  const ended = await callHere(
    ["compare", TOPIC, "--graphs", graphs, "--thread", prefix, ...docs, ...options],
    called,
  );
  return { ...ended, prefix };
}

const compared = ({ out }: { out: string }) => Compared.parse(JSON.parse(out));
const statuses = (ended: { out: string }) =>
  Object.fromEntries(compared(ended).runs.map(({ name, status }) => [name, status]));

/** Only the writer of a review loop plans an article. */
const isOutline = ({ body }: EndpointRequest) => promptOf(body).includes("Plan an article");

describe("a comparison", () => {
  it("gives each workflow the task on a thread of its own, and shows how each ended and what it spent", async () => {
    const { code, out, err, prefix } = await compare("review-loop,router,fan-out");
    expect(code).toBe(0);
    const [heads, ...rows] = out.trimEnd().split("\n");
    expect(heads?.split(/ {2,}/)).toEqual([
      "Workflow",
      "Status",
      "Calls",
      "Tokens",
      "Cost",
      "Time",
      "Answer",
    ]);
    for (const name of ["review-loop", "router", "fan-out"]) {
      const line = rows.find((row) => row.startsWith(`${name} `));
      expect(line).toMatch(
        /^\S+ +done +\d+ +[\d,]+ {2}\$0\.00\d+ +\d+\.\d s {2}.*The sources agree on the main/,
      );
      expect(err).toMatch(new RegExp(`^${name} begins on thread ${prefix}-${name}$`, "m"));
      expect(err).toMatch(
        new RegExp(`^${name} done · \\d+ nodes · \\d+ calls · [\\d,]+ tokens · \\$0\\.0`, "m"),
      );
    }
    expect(err).toMatch(/\n3 of 3 runs done · \d+ calls · [\d,]+ tokens · \$0\.0\d+\n$/);
    expect(err).not.toMatch(/offline|Go on with/);
  });

  it("is given as JSON to programs: the task, the budget of each, and each whole result", async () => {
    const ended = await compare("router,review-loop", ["--output", "json", "--budget-tokens", "90000"]);
    const { task, budget, runs } = compared(ended);
    expect({ code: ended.code, task, budget }).toEqual({
      code: 0,
      task: TOPIC,
      budget: { calls: 100, tokens: 90_000 },
    });
    expect(runs.map(({ name, threadId }) => [name, threadId])).toEqual([
      ["router", `${ended.prefix}-router`],
      ["review-loop", `${ended.prefix}-review-loop`],
    ]);
    expect(runs[1]).toMatchObject({ status: "done", output: { approved: true }, spend: { calls: 6 } });
    expect(runs[1]?.spend.usd).toBeGreaterThan(0);
  });

  it("has no two of its runs at once where it is told so", async () => {
    const { err } = await compare("router,fan-out", ["--parallel", "1"]);
    expect(err).toMatch(/router begins[\s\S]*router done[\s\S]*fan-out begins[\s\S]*fan-out done/);
  });

  it("costs nothing with the offline model, which is said once", async () => {
    const { code, out, err } = await compare("router,fan-out", ["--model", "offline"]);
    expect(code).toBe(0);
    expect(out.match(/ no cost /g)).toHaveLength(2);
    expect(err.match(/The offline model writes/g)).toHaveLength(1);
  });

  it("says that a cost is estimated where the endpoint reports no usage", async () => {
    answer = async (request) => ({ ...(await usual(request)), usage: "absent" });
    const { out } = await compare("router");
    expect(out).toMatch(/ about [\d,]+ {2}\$0\.\d+ estimated {2}/);
  });

  it("takes the workflows that are marked for it where none are named, and all where it is told so", async () => {
    const marked = catalogue.filter((entry) => entry.compared).map(({ name }) => name);
    expect(marked.length).toBeGreaterThan(1);
    const usualOnes = await callHere(["compare", TOPIC, "--output", "json"]);
    expect(compared(usualOnes).runs.map(({ name }) => name)).toEqual(marked);
    const two = catalogue.filter(({ name }) => ["router", "fan-out"].includes(name));
    const all = await callHere(["compare", TOPIC, "--graphs", "all", "--output", "json"], {
      workflows: two,
    });
    expect(compared(all).runs.map(({ name }) => name)).toEqual(["router", "fan-out"]);
  });
});

describe("a run of a comparison that does not come to its end is a row of it", () => {
  it("where it spends its budget of dollars, and goes on with the command that is printed", async () => {
    const ended = await compare("review-loop,router", ["--budget-usd", "0.0006", "--output", "json"]);
    expect(ended.code).toBe(4);
    expect(statuses(ended)).toEqual({ "review-loop": "budget_exhausted", router: "done" });
    for (const { spend } of compared(ended).runs) expect(spend.usd).toBeLessThanOrEqual(0.0006);
    const thread = `${ended.prefix}-review-loop`;
    const again = `graphwright review-loop --thread ${thread} --resume --budget-usd X --docs`;
    expect(ended.err).toContain(`Go on with: ${again}`);
    expect(ended.err.match(/Go on with/g)).toHaveLength(1);
    const args = ["review-loop", "--thread", thread, "--resume", "--budget-usd", "1", "--output", "json"];
    const resumed = await callHere(args);
    expect(resultOf(resumed)).toMatchObject({ status: "done", output: { approved: true } });
  });

  it("where its endpoint hangs", async () => {
    answer = (request) => (isOutline(request) ? hang() : usual(request));
    const ended = await compare("review-loop,router,fan-out");
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(
      /^review-loop {2}failed +2 .* estimated +\d\.\d s {2}gpt-4\.1-mini at .* did not/m,
    );
    expect(ended.out.match(/ {2}done {2}/g)).toHaveLength(2);
    expect(ended.err).toMatch(/\n2 of 3 runs done · /);
  });

  it("where it needs a human, whose question and its answers are printed", async () => {
    const escalates = {
      facts: [],
      missing: [],
      next: "escalate",
      question: "",
      reason: "It is about money.",
    };
    answer = writerAnswers({ Assessment: () => escalates });
    const ended = await callHere(["compare", "I want my money back.", "--graphs", "support,router"]);
    expect(ended.code).toBe(3);
    expect(ended.out).toMatch(/^support +needs human .* It asks: It is about money\.$/m);
    expect(ended.err).toMatch(/^support: Asked \(\w+\): /m);
    expect(ended.err).toMatch(
      /^Go on with: graphwright support --thread compare-[\da-f]{8}-support --resume A/m,
    );
  });

  it("where it makes no progress", async () => {
    const objections = [{ aspect: "completeness", problem: "It names no cost.", change: "Name one." }];
    answer = writerAnswers({ Verdict: () => ({ approved: false, objections }) });
    const ended = await compare("review-loop,router", ["--output", "json"]);
    expect([ended.code, statuses(ended)]).toEqual([5, { "review-loop": "stalled", router: "done" }]);
  });

  it("where its thread is in use, and where its workflow cannot be loaded", async () => {
    const first = await compare("router");
    expect(first.code).toBe(0);
    const load = async () => {
      throw new Error("No such module.");
    };
    const workflows = catalogue.map((entry) => (entry.name === "support" ? { ...entry, load } : entry));
    const other = ["review-loop", TOPIC, "--thread", "taken-fan-out", "--budget-calls", "1"];
    expect((await callHere(other)).code).toBe(4);
    const args = ["compare", TOPIC, "--graphs", "router,fan-out,support", "--thread", "taken"];
    const ended = await callHere(args, { workflows });
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(/^router +done /m);
    expect(ended.out).toMatch(
      /^fan-out +failed +0 +0 {2}no cost .* Thread taken-fan-out belongs to review-loop/m,
    );
    expect(ended.out).toMatch(/^support +failed .* No such module\./m);
    expect(ended.err).not.toMatch(/Go on with/);
  });

  it("where it throws after it has begun, with what it has spent until then", async () => {
    const State = new StateSchema({ task: z.string(), text: z.string() });
    const { ask } = nodesFor(State);
    const graph = new StateGraph(State, { context: RunContext })
      .addNode("write", ask({ role: "writer", prompt: ({ task }) => prompt(task), into: "text" }))
      .addNode("break", () => {
        throw new UsageError("BROKEN", "It cannot go on.");
      })
      .addEdge(START, "write")
      .addEdge("write", "break")
      .addEdge("break", END)
      .compile({ name: "router", checkpointer: defaultCheckpointer() });
    const load = async () => ({ graph });
    const workflows = catalogue.map((entry) => (entry.name === "router" ? { ...entry, load } : entry));
    const ended = await compare("router", ["--output", "json"], { workflows });
    expect(ended.code).toBe(1);
    expect(compared(ended).runs).toMatchObject([
      { status: "failed", error: { code: "BROKEN" }, spend: { calls: 1 }, path: ["write"] },
    ]);
    expect(ended.err).toMatch(/^router failed/m);
    expect(ended.err).toContain(`Go on with: graphwright router --thread ${ended.prefix}-router --resume`);
  });

  it("but what none of them can begin with ends the command", async () => {
    const ended = await compare("router,fan-out", ["--model", "my-own", "--budget-usd", "1"]);
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toMatch(/^The price of "my-own" is not known.*\n$/);
  });
});

describe("a comparison that is stopped", () => {
  const asked = async (until: () => boolean) => {
    while (!until()) await sleep(5);
  };

  it("by Ctrl-C cancels what runs, begins nothing more, and still shows its table", async () => {
    const cancel = new AbortController();
    const before = endpoint.requests.length;
    answer = (request) => (isOutline(request) ? hang() : usual(request));
    const options = ["--parallel", "1", "--output", "json"];
    const ending = compare("router,review-loop,fan-out", options, { cancel: cancel.signal });
    await asked(() => endpoint.requests.slice(before).some(isOutline));
    cancel.abort();
    const ended = await ending;
    expect(ended.code).toBe(130);
    const wanted = { router: "done", "review-loop": "cancelled", "fan-out": "cancelled" };
    expect(statuses(ended)).toEqual(wanted);
    expect(compared(ended).runs[2]).toMatchObject({
      path: [],
      spend: { calls: 0 },
      error: { code: "NOT_BEGUN" },
    });
    expect(ended.err.match(/Go on with: .*/g)).toEqual([
      expect.stringContaining(`review-loop --thread ${ended.prefix}-review-loop --resume --docs`),
    ]);
  });

  it("by SIGTERM lets each run finish its step", async () => {
    const drain = new AbortController();
    const before = endpoint.requests.length;
    answer = async (request) => {
      if (isOutline(request)) drain.abort();
      return usual(request);
    };
    const ended = await compare("review-loop,router", ["--parallel", "1"], { drain: drain.signal });
    expect(ended.code).toBe(143);
    expect(ended.out).toMatch(/^review-loop {2}cancelled +2 /m);
    expect(ended.out).toMatch(/^router +cancelled +0 .* The comparison was stopped before this run began\./m);
    expect(endpoint.requests).toHaveLength(before + 2);
  });

  it("in a process of its own by SIGINT to its whole group, as a script and as a command", async () => {
    answer = (request) => (isOutline(request) ? hang() : usual(request));
    const env = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test" };
    const args = [TOPIC, "--graphs", "review-loop,router", "--docs", "docs"];
    const before = endpoint.requests.length;
    const interrupted = async (script: "run" | "compare", words: readonly string[]) => {
      const { child, ended } = new Workplace().start(words, { env, script, detached: true });
      let told = "";
      child.stderr?.on("data", (part) => {
        told += part;
      });
      const hanging = () => endpoint.requests.slice(before).filter(isOutline).length;
      await asked(() => told.includes("router done") && hanging() === 2);
      if (child.pid === undefined) throw new Error("It has not started.");
      process.kill(-child.pid, "SIGINT");
      return ended;
    };
    const both = [interrupted("compare", args), interrupted("run", ["compare", ...args])];
    for (const { code, out } of await Promise.all(both)) {
      expect(code).toBe(130);
      expect(out).toMatch(/^review-loop +cancelled [\s\S]*^router +done /m);
    }
  });
});

describe("the table of a comparison", () => {
  const answer = `# What a crash costs\n\n${"Nothing that was paid is paid again [1]. ".repeat(9)}`;
  const ended = (name: string, more: Partial<RunResult>) => {
    const nothing = { output: null, partial: null, interrupts: [], error: null, path: [] };
    const result = {
      status: "done" as const,
      ...nothing,
      threadId: `t-${name}`,
      spend: NOTHING_SPENT,
      ...more,
    };
    return { name, result };
  };
  const RUNS = [
    ended("single", { partial: `${answer}\n\n## Sources\n\n- [1] Crashes (crashes.md)` }),
    ended("content-pipeline", {
      status: "budget_exhausted",
      partial: "Half an answer.",
      error: { code: "BUDGET", message: "The run's budget of calls is spent.", cap: "calls" },
      spend: { ...NOTHING_SPENT, calls: 100, inputTokens: 1_234_567, usd: 12.5, estimated: true },
    }),
    ended("support", { status: "needs_human", interrupts: [{ id: "q", value: "Which one?", schema: null }] }),
    ended("router", { output: { report: "A text." } }),
    ended("fan-out", { partial: "An \u001b[2Janswer." }),
    ended("debate", { status: "failed", error: { code: "X", message: `No: ${"x".repeat(300)}` } }),
  ];

  it.each([200, 120, 80, 60, 40, 24])("fits on %i columns, and has all that matters", (columns) => {
    const table = comparisonTable(RUNS, columns);
    for (const line of table.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    const words = table.replace(/\s+/g, " ");
    for (const { name } of RUNS) expect(words).toContain(name);
    expect(words).toMatch(/\$12\.5000 estimated/);
    expect(words).toMatch(/about 1,234,567/);
    expect(words).toContain("Nothing that was paid is paid again [1].");
    expect(words).not.toMatch(/What a crash costs|Sources|\p{Cc}/u);
  });

  it("shows the beginning of each answer on three lines, after why there is no whole one", () => {
    const lines = comparisonTable(RUNS, 120).split("\n");
    expect(lines[0]).toMatch(/^Workflow +Status +Calls +Tokens +Cost +Time +Answer$/);
    const at = (name: string) => lines.findIndex((line) => line.startsWith(name));
    expect(at("content-pipeline") - at("single")).toBe(3);
    expect(lines[at("content-pipeline") - 1]).toMatch(/…$/);
    expect(lines[at("content-pipeline")]).toMatch(/ The run's budget of calls is$/);
    expect(lines.join("\n")).toMatch(/It asks: Which one\?\n/);
    expect(lines[at("router")]).toMatch(/\{"report":"A text\."\}$/);
  });

  it("is as wide as a page where no terminal says how wide it is", () => {
    expect(comparisonTable(RUNS)).toBe(comparisonTable(RUNS, 120));
  });
});

describe("bad arguments of a comparison", () => {
  it.each([
    ["no task", ["--graphs", "router"], /needs its task/],
    ["an empty task", [" "], /task is empty/],
    [
      "a mistyped workflow",
      ["x", "--graphs", "router,reviewloop"],
      /"reviewloop"; did you mean review-loop\?$/m,
    ],
    ["no workflow", ["x", "--graphs", ","], /names no workflow/],
    ["a workflow twice", ["x", "--graphs", "router, router"], /names router twice/],
    ["no run at once", ["x", "--parallel", "0"], /--parallel has to be a whole number above 0/],
    ["a mistyped option", ["x", "--bugdet-usd", "1"], /Did you mean --budget-usd\?/],
    ["a task that is not quoted", ["Explain", "it"], /more than one input/],
    ["a thread that moves the cursor", ["x", "--thread", "a\u001b[2J"], /thread's id holds/],
    ["documents that do not exist", ["x", "--docs", "/no/such/folder"], /does not exist/],
  ])("%s end with code 2 and one sentence", async (_, args, says) => {
    const { code, out, err } = await callHere(["compare", ...args]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    expect(err).toMatch(/^[^\n\p{Cc}]+\n$/u);
  });

  it.each([[[]], [["--help"]]])("are none where there is help: %j", async (args) => {
    const { code, out, err } = await callHere(["compare", ...args]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const option of [
      "--graphs",
      "--parallel",
      "--budget-usd",
      "--docs",
      "--output",
      "Exit codes",
      "publishes",
    ])
      expect(out).toContain(option);
  });
});
