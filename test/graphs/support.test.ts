import { describe, expect, it } from "vitest";
import type { Message } from "../../graphs/support/delivery.ts";
import {
  defineSupport,
  graph as published,
  result,
  type SupportOptions,
  workflow,
} from "../../graphs/support/graph.ts";
import { openaiModel } from "../../src/models/openai.ts";
import { run } from "../../src/runtime/run.ts";
import type { Passage } from "../../src/state/passage.ts";
import { openStorage } from "../../src/storage/open.ts";
import { fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { PASSAGES, searchFor } from "../runtime/articles.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { searchTool } from "../tools/search-tool.ts";
import { edgesOf } from "./drawings.ts";

const INQUIRY = { inquiry: "My run is gone." };
const FACT = { name: "version", value: "1.2" };
const ANSWER = "Resume it by its thread [2].";

const READY = { facts: [FACT], missing: [], next: "resolve", question: "", reason: "All is known." };
const escalated = (reason = "It is about money.") => ({ ...READY, next: "escalate", reason });
const asks = (question = "Which version?", missing = ["the version"]) => ({
  facts: [],
  missing,
  next: "ask",
  question,
  reason: "It decides the answer.",
});

/** A support workflow on a script, which goes on with each answer in another call of `run`. */
function support(
  assessor: readonly Line[],
  writer: readonly Line[] = [],
  { url = "memory:", passages = PASSAGES, ...options }: Given = {},
) {
  const models = new ScriptedModel({ assessor, writer });
  const { search, queries } = searchTool({ find: () => passages });
  const { graph } = defineSupport(options);
  const stretch = async (input: typeof INQUIRY | null, more: object = {}) => {
    const storage = openStorage(url);
    const { checkpointer, ledger } = memory ?? storage;
    const ended = await run(graph, input, {
      models,
      tools: [search],
      checkpointer,
      ledger,
      thread: "t",
      ...more,
    });
    await storage.close();
    return ended;
  };
  const memory = url === "memory:" ? openStorage(url) : undefined;
  return {
    models,
    queries,
    ask: (more?: object) => stretch(INQUIRY, more),
    answer: (resume: unknown, more?: object) => stretch(null, { resume, ...more }),
  };
}

interface Given extends SupportOptions {
  url?: string;
  passages?: Passage[];
}

const takeOver = (reply = "I look into it.") => ({ action: "take_over", reply });
const instruct = (instruction = "Offer a call.") => ({ action: "instruct", instruction });
const close = (reason = "It is spam.") => ({ action: "close", reason });

describe("an inquiry", () => {
  it("that the documents answer is resolved at once, citing them", async () => {
    const { ask, models, queries } = support([READY], [ANSWER]);
    const ended = await ask();
    expect(ended).toMatchObject({ status: "done", path: ["receive", "assess", "resolve", "deliver"] });
    expect(ended.output).toEqual({
      resolution: ANSWER,
      status: "resolved",
      by: "agent",
      facts: [FACT],
      questions: 0,
      sources: [{ id: 2, ...PASSAGES[1] }],
      receipt: null,
    });
    expect(ended.partial).toBe(`${ANSWER}\n\n## Sources\n\n- [2] Costs (cost.md)`);
    expect(queries).toEqual(["My run is gone.", "My run is gone."]);
    models.assertDone();
  });

  it("with something missing is resolved with what the customer answers, in another call of run", async () => {
    const { ask, answer, models, queries } = support([asks(), asks("Which system?"), READY], [ANSWER]);
    expect(await ask()).toMatchObject({
      status: "needs_human",
      output: null,
      partial: null,
      interrupts: [{ value: { kind: "question", question: "Which version?" }, schema: { type: "string" } }],
      path: ["receive", "assess"],
    });
    expect(await answer(" Version 1.2 ")).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { question: "Which system?" } }],
    });
    const ended = await answer("Linux");
    expect(ended).toMatchObject({
      status: "done",
      output: { resolution: ANSWER, by: "agent", questions: 2 },
      path: ["receive", "assess", "ask", "assess", "ask", "assess", "resolve", "deliver"],
    });
    expect(queries).toEqual([
      "My run is gone.",
      ...["My run is gone.", "Version 1.2"],
      ...["My run is gone.", "Version 1.2", "Linux"],
      ...["My run is gone.", "Version 1.2", "Linux"],
    ]);
    for (const { text } of models.requests.slice(2)) {
      expect(text).toContain('<context question="Which version?">\nVersion 1.2\n</context>');
      expect(text).toContain('<context question="Which system?">\nLinux\n</context>');
    }
    models.assertDone();
  });

  it.each([
    [
      "take_over",
      takeOver(),
      ["escalate", "deliver"],
      { resolution: "I look into it.", status: "resolved", by: "human" },
    ],
    [
      "instruct",
      instruct(),
      ["escalate", "resolve", "deliver"],
      { resolution: ANSWER, status: "resolved", by: "agent" },
    ],
    ["close", close(), ["escalate"], { resolution: "It is spam.", status: "closed", by: "human" }],
  ])("that is escalated ends as the human agent rules: %s", async (_, ruling, path, output) => {
    const { ask, answer, models } = support([escalated()], path.includes("resolve") ? [ANSWER] : []);
    expect(await ask()).toMatchObject({
      status: "needs_human",
      interrupts: [
        {
          value: {
            kind: "escalation",
            reason: "It is about money.",
            inquiry: "My run is gone.",
            facts: [FACT],
            draft: null,
          },
        },
      ],
    });
    const ended = await answer(ruling);
    expect(ended).toMatchObject({ status: "done", output: { ...output, facts: [FACT], questions: 0 } });
    expect(ended.path).toEqual(["receive", "assess", ...path]);
    models.assertDone();
  });
});

describe("a human agent's ruling", () => {
  it("that takes over is delivered word for word, and cites nothing by itself", async () => {
    const { ask, answer } = support([escalated()]);
    await ask();
    const ended = await answer(takeOver("See [1] and [9]."));
    expect(ended).toMatchObject({ partial: "See [1] and [9].", output: { sources: [] } });
  });

  it("that instructs is shown to the writer, and searched for", async () => {
    const { ask, answer, models, queries } = support([escalated()], [ANSWER]);
    await ask();
    await answer(instruct("Offer a call."));
    expect(models.requests.at(-1)?.text).toContain('<report from="human">\nOffer a call.\n</report>');
    expect(queries.slice(1)).toEqual(["My run is gone.", "Offer a call."]);
  });

  it.each<[unknown, RegExp]>([
    ["close", /expected object/],
    [{ action: "sell" }, /"action": it has to be take_over, instruct or close/],
    [{ action: "take_over" }, /"reply": /],
    [takeOver(" "), /"reply": it is empty/],
    [takeOver("x".repeat(4001)), /"reply": .*4000/],
    [{ ...close(), reply: "Also." }, /"reply"/],
  ])("that does not fit is refused with the reason, and can be given again: %j", async (ruling, reason) => {
    const { ask, answer } = support([escalated()]);
    await ask();
    const refused = answer(ruling);
    await expect(refused).rejects.toMatchObject({ name: "RefusedAnswerError" });
    await expect(refused).rejects.toThrow(reason);
    expect(await answer(close())).toMatchObject({ status: "done", output: { status: "closed" } });
  });
});

describe("a customer's answer", () => {
  it.each<[string, unknown, RegExp]>([
    ["empty", "", /it is empty/],
    ["blank", " \n ", /it is empty/],
    ["too long", "x".repeat(4001), /4000/],
    ["no text", { version: 1 }, /expected string/],
  ])("that is %s is refused with the reason, and can be given again", async (_, silly, reason) => {
    const { ask, answer, models } = support([asks(), READY], [ANSWER]);
    await ask();
    await expect(answer(silly)).rejects.toThrow(reason);
    expect(await answer("1.2")).toMatchObject({ status: "done", output: { questions: 1 } });
    models.assertDone();
  });
});

describe("the bound", () => {
  it("of three questions leads to a human agent, with what is still missing", async () => {
    const { ask, answer, models } = support([
      asks(),
      asks("Which release?"),
      asks("Which build?"),
      asks("And?", ["the system", "the log"]),
    ]);
    await ask();
    await answer("What?");
    await answer("Why?");
    expect(await answer("No.")).toMatchObject({
      status: "needs_human",
      interrupts: [
        {
          value: {
            kind: "escalation",
            reason: "The questions are used up (3), and this is still missing: the system; the log",
          },
        },
      ],
      path: ["receive", "assess", "ask", "assess", "ask", "assess", "ask", "assess"],
    });
    expect(await answer(takeOver())).toMatchObject({ output: { questions: 3, by: "human" } });
    models.assertDone();
  });

  it("can be one question, and the last one's answer still counts", async () => {
    const { ask, answer } = support([asks(), READY], [ANSWER], { maxQuestions: 1 });
    await ask();
    expect(await answer("1.2")).toMatchObject({ status: "done", output: { questions: 1 } });
    const other = support([asks(), asks("And?", [])], [], { maxQuestions: 1 });
    await other.ask();
    expect((await other.answer("1.2")).interrupts).toMatchObject([
      { value: { reason: "The questions are used up (1), and this is still missing: And?" } },
    ]);
  });

  it.each([
    ["what is still missing", ["the version"], "the version"],
    ["the question itself where nothing is said to be missing", [], "Which version?"],
  ])("does not wait for a question that comes again: it escalates with %s", async (_, missing, named) => {
    const { ask, answer, models } = support([asks(), asks("Which version?", missing)]);
    await ask();
    expect(await answer("I cannot tell.")).toMatchObject({
      status: "needs_human",
      interrupts: [
        {
          value: {
            kind: "escalation",
            reason: `The same question would be asked again, and this is still missing: ${named}`,
          },
        },
      ],
      path: ["receive", "assess", "ask", "assess"],
    });
    expect(await answer(takeOver())).toMatchObject({ output: { questions: 1, by: "human" } });
    models.assertDone();
  });

  it("counts a question that comes again after another one, too", async () => {
    const { ask, answer, models } = support([asks(), asks("Which system?"), asks()]);
    await ask();
    await answer("I cannot tell.");
    expect((await answer("Linux")).interrupts).toMatchObject([
      {
        value: {
          kind: "escalation",
          reason: expect.stringMatching(/^The same question would be asked again/),
        },
      },
    ]);
    models.assertDone();
  });

  it.each([0, -1, 1.5, Number.NaN])("of %d questions is refused", (maxQuestions) => {
    expect(() => defineSupport({ maxQuestions })).toThrow("maxQuestions has to be");
  });

  it("of one escalation holds: after an instruction an answer without a source is delivered", async () => {
    const { ask, answer, models } = support([READY], ["I do not know [7].", "We call you."]);
    expect(await ask()).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { reason: "The answer rests on no document.", draft: "I do not know." } }],
    });
    const ended = await answer(instruct());
    expect(ended).toMatchObject({ status: "done", output: { resolution: "We call you.", sources: [] } });
    expect(ended.path).toEqual(["receive", "assess", "resolve", "escalate", "resolve", "deliver"]);
    models.assertDone();
  });
});

describe("an assessment", () => {
  it("that asks without a question is asked for again, with the reason", async () => {
    const { ask, models } = support([asks(""), asks("Which one?")]);
    expect((await ask()).interrupts).toMatchObject([{ value: { question: "Which one?" } }]);
    expect(models.requests[1]?.text).toMatch(/no valid Assessment: .*give the question to the customer/);
  });

  it("that cannot be read escalates, says so, and loses no fact", async () => {
    const known = { ...asks(), facts: [FACT] };
    const { ask, answer, models } = support([known, "No.", "No.", "No."]);
    await ask();
    expect((await answer("1.2")).interrupts).toMatchObject([
      {
        value: { kind: "escalation", reason: expect.stringMatching(/^No valid assessment: /), facts: [FACT] },
      },
    ]);
    models.assertDone();
  });
});

describe("citations", () => {
  it("of what was not found are taken out", async () => {
    const { ask } = support([READY], ["Resume it [1, 9] now [8]."]);
    const { output } = await ask();
    expect(output).toMatchObject({ resolution: "Resume it [1] now.", sources: [{ id: 1 }] });
  });

  it("are none where nothing was found, so a human agent decides", async () => {
    const { ask } = support([READY], ["Perhaps [1]."], { passages: [] });
    expect((await ask()).interrupts).toMatchObject([{ value: { kind: "escalation", draft: "Perhaps." } }]);
  });
});

describe("a delivery", () => {
  const sent: Message[] = [];
  const deliver = async (message: Message) => ({ number: sent.push(message) });

  it("sends the resolution with its sources to the thread, and keeps the receipt", async () => {
    sent.length = 0;
    const { ask } = support([READY], [ANSWER], { deliver });
    const { output, path } = await ask();
    const text = `${ANSWER}\n\n## Sources\n\n- [2] Costs (cost.md)`;
    expect(sent).toEqual([{ to: "t", text, idempotencyKey: expect.stringMatching(/./) }]);
    expect(output).toMatchObject({ status: "resolved", receipt: { number: 1 } });
    expect(path).toEqual(["receive", "assess", "resolve", "deliver"]);
  });

  it("sends each inquiry's resolution of a thread, under a key of its own", async () => {
    sent.length = 0;
    const { ask, answer } = support([READY, escalated()], [ANSWER], { deliver });
    await ask();
    await ask();
    expect(await answer(takeOver(ANSWER))).toMatchObject({ output: { receipt: { number: 2 } } });
    expect(sent.map(({ text }) => text)).toEqual([expect.stringContaining("## Sources"), ANSWER]);
    expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  it("sends nothing where the case is closed, and tells no earlier receipt", async () => {
    sent.length = 0;
    const { ask, answer } = support([READY, escalated()], [ANSWER], { deliver });
    await ask();
    await ask();
    expect(await answer(close())).toMatchObject({ output: { status: "closed", receipt: null } });
    expect(sent).toHaveLength(1);
  });

  it("has the same drawing with a channel as without", async () => {
    expect(await edgesOf(defineSupport({ deliver }).graph)).toEqual(await edgesOf(published));
  });
});

describe("a run that stands still", () => {
  it("waits in a SQLite file, and each answer may come from another process", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const { ask, answer, models } = support([asks(), escalated()], [ANSWER], { url });
    await ask();
    await expect(answer("")).rejects.toThrow(/it is empty/);
    await answer("1.2");
    const ended = await answer(instruct());
    expect(ended).toMatchObject({
      status: "done",
      spend: { calls: 3 },
      output: { questions: 1, by: "agent" },
    });
    expect(ended.path).toEqual(["receive", "assess", "ask", "assess", "escalate", "resolve", "deliver"]);
    models.assertDone();
  });

  it("takes no new inquiry before it is answered", async () => {
    const { ask } = support([asks()]);
    await ask();
    await expect(ask()).rejects.toMatchObject({ name: "ThreadError", problem: "unfinished" });
  });

  it("for want of budget goes on with a higher cap, and pays no call again", async () => {
    const { ask, answer, models } = support([asks(), READY], [ANSWER]);
    await ask({ budget: { calls: 2 } });
    const spent = await answer("1.2");
    expect(spent).toMatchObject({ status: "budget_exhausted", interrupts: [], spend: { calls: 2 } });
    expect(spent.path).toEqual(["receive", "assess", "ask", "assess"]);
    const ended = await answer(true, { budget: { calls: 3 } });
    expect(ended).toMatchObject({ status: "done", output: { resolution: ANSWER }, spend: { calls: 3 } });
    models.assertDone();
  });

  it("after a failure goes on with the answer that it had", async () => {
    const { ask, answer, models } = support([asks(), fails(new Error("It is down.")), READY], [ANSWER]);
    await ask();
    expect(await answer("1.2")).toMatchObject({ status: "failed", path: ["receive", "assess", "ask"] });
    expect(await answer(true)).toMatchObject({ status: "done", output: { questions: 1 } });
    models.assertDone();
  });
});

it("a thread that was used before keeps nothing of the inquiry before", async () => {
  const before = [asks(), escalated()];
  const { ask, answer, models } = support([...before, asks("New?"), READY], [ANSWER, "Another [1]."], {
    maxQuestions: 1,
  });
  await ask();
  await answer("An old answer.");
  expect(await answer(instruct("An old instruction."))).toMatchObject({
    status: "done",
    output: { questions: 1 },
  });
  const second = await ask();
  expect(second).toMatchObject({
    status: "needs_human",
    partial: null,
    interrupts: [{ value: { question: "New?" } }],
  });
  const ended = await answer("A new answer.");
  expect(ended).toMatchObject({ status: "done", output: { questions: 1, resolution: "Another [1]." } });
  expect(ended.path).toEqual(["receive", "assess", "ask", "assess", "resolve", "deliver"]);
  for (const { text } of models.requests.slice(3)) expect(text).not.toMatch(/An old/);
  models.assertDone();
});

it("works by graph.invoke, without run", async () => {
  const models = new ScriptedModel({ assessor: [READY], writer: [ANSWER] });
  const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
  const config = { context: { models, tools: [searchFor(PASSAGES)] }, configurable: { thread_id: "t" } };
  expect(await bare.invoke(INQUIRY, config)).toMatchObject({ status: "resolved", resolution: ANSWER });
});

it("asks and resolves over HTTP", async () => {
  const Assessment = ({ n }: { n: number }) => (n === 0 ? asks() : READY);
  const endpoint = await startEndpoint({ answer: writerAnswers({ Assessment }) });
  const at = { apiKey: "test", baseUrl: endpoint.url, models: ["m"], structured: "tools" as const };
  const models = openaiModel("m", at, null);
  const options = { models, tools: [searchFor(PASSAGES)], ...openStorage("memory:"), thread: "t" };
  expect(await run(published, INQUIRY, options)).toMatchObject({ status: "needs_human", error: null });
  const ended = await run(published, null, { ...options, resume: "1.2" });
  await endpoint.close();
  expect(ended).toMatchObject({ status: "done", output: { facts: [FACT], sources: [{ id: 1 }] } });
  expect(endpoint.requests).toHaveLength(3);
});

it.each([[{ inquiry: " " }], [{}], [{ inquiry: "x", customer: "y" }]])(
  "refuses the input %j",
  async (input) => {
    await expect(run(published, input as typeof INQUIRY)).rejects.toMatchObject({ name: "InputError" });
  },
);

it("gives the resolution with its sources, and nothing before there is one", () => {
  const sources = [{ id: 1, ...PASSAGES[0] }];
  expect(result({ resolution: "So [1].", sources: sources as never })).toBe(
    "So [1].\n\n## Sources\n\n- [1] Crashes (crash.md)",
  );
  expect(result({})).toBe("");
});
