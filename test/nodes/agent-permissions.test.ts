import type { BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { defineRole, type Role } from "../../src/roles/role.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { ledgerBeside } from "../../src/storage/beside.ts";
import { BoundedCache } from "../../src/storage/cache.ts";
import { calls, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { boundedTool } from "../../src/tools/bounded.ts";

const State = new StateSchema({ task: z.string(), report: AgentReport });
const { agent } = nodesFor(State);

const saver = new MemorySaver();

type Options = Partial<Parameters<typeof agent>[0]>;

/** Tools that remember what they were called with. */
function tools() {
  const called: [string, unknown][] = [];
  const made = ["pay", "look", "wipe"].map((name) =>
    boundedTool(
      {
        name,
        description: name,
        schema: z.object({ to: z.string().optional(), amount: z.number().optional() }),
        readOnly: name === "look",
        ...(name === "look" && { cacheKey: "here" }),
        evidence: name === "look",
      },
      (args) => {
        called.push([name, args]);
        return `${name} is done`;
      },
    ),
  );
  return { called, made };
}

/** A graph of one agent, compiled once, to be run and resumed with scripted lines. */
function working(role: Role | string, options: Options = {}, checkpointer = new MemorySaver()) {
  const cache = new BoundedCache();
  const { called, made } = tools();
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role, prompt: ({ task }) => task, tools: made, into: "report", ...options }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "working", checkpointer, cache });
  const going = async (lines: Line[], more: RunOptions = {}) => {
    const events: RunEvent[] = [];
    const model = new ScriptedModel({ [typeof role === "string" ? role : role.name]: lines });
    const input = more.resume === undefined ? { task: "Do it." } : null;
    const onEvent = (event: RunEvent) => events.push(event);
    const result = await run(graph, input, { models: model, thread: "t", onEvent, ...more });
    return { ...result, model, events, report: (result.output as { report?: AgentReport } | null)?.report };
  };
  return { going, called };
}

const told = (model: ScriptedModel): string[] =>
  (model.requests.at(-1)?.messages ?? [])
    .filter((message: BaseMessage) => message.getType() === "tool")
    .map(({ text }) => text);

const clerk = (more: Partial<Parameters<typeof defineRole>[0]> = {}) =>
  defineRole({ name: "clerk", goal: "Pay bills.", ...more });

describe("a role", () => {
  it("is shown only the tools that its grants name, and may call no other", async () => {
    const { going, called } = working(clerk({ tools: ["look"] }));
    const { model, events } = await going([calls({ name: "wipe", args: {} }), "It cannot be done."]);
    expect(model.requests[0]?.tools).toEqual(["look"]);
    expect(told(model)).toEqual(['Error: There is no tool "wipe"; there are: look.']);
    expect(called).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "permission", role: "clerk", tool: "wipe", decision: "denied" }),
    );
  });

  it("without grants has no tools at all", async () => {
    const { going, called } = working(clerk());
    const { model } = await going([calls({ name: "look", args: {} }), "Nothing."]);
    expect([model.requests[0]?.tools, called]).toEqual([[], []]);
  });

  it("is denied arguments that a rule does not allow, and told which", async () => {
    const pay = { tool: "pay", allow: { amount: { max: 100 }, to: { oneOf: ["Ada"] } } };
    const { going, called } = working(clerk({ tools: [pay] }));
    const { model } = await going([
      calls(
        { name: "pay", args: { amount: 101, to: "Ada" } },
        { name: "pay", args: { amount: 1, to: "Eve" } },
      ),
      calls({ name: "pay", args: { amount: 1 } }, { name: "pay", args: { amount: 100, to: "Ada" } }),
      "Paid.",
    ]);
    expect(called).toEqual([["pay", { amount: 100, to: "Ada" }]]);
    expect(told(model)).toEqual([
      "Error: The argument amount is not allowed: it has to be at most 100.",
      "Error: The argument to is not allowed: it has to be one of Ada.",
      "Error: The argument to is not allowed: it has to be given.",
      '<material from="pay">\npay is done\n</material>',
    ]);
  });

  it("notes a grant of a tool that is not there", async () => {
    const { going } = working(clerk({ tools: ["fly"] }));
    const { events } = await going(["Done."]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "note", text: "clerk works without fly: not set up here." }),
    );
  });

  it("begins its conversation with its system prompt", async () => {
    const { model } = await working(clerk()).going(["Done."]);
    const [first] = model.requests[0]?.messages ?? [];
    expect([first?.getType(), first?.text]).toEqual(["system", expect.stringContaining("Pay bills.")]);
  });
});

describe("a tool that needs approval", () => {
  const approving = () => working(clerk({ tools: [{ tool: "pay", approval: true }, "look"] }));
  const asked = calls({ name: "look", args: {} }, { name: "pay", args: { amount: 7 } });

  it("is called once a person approves; nothing of the turn is done before", async () => {
    const { going, called } = approving();
    const waiting = await going([asked]);
    expect(waiting).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { kind: "approval", role: "clerk", tool: "pay", args: { amount: 7 } } }],
    });
    expect(called).toEqual([]);
    const { status, events, model } = await going(["Paid."], { resume: { decision: "approve" } });
    expect(status).toBe("done");
    expect(called).toEqual([
      ["look", {}],
      ["pay", { amount: 7 }],
    ]);
    expect(events).toContainEqual(expect.objectContaining({ type: "permission", decision: "approved" }));
    model.assertDone();
  });

  it("is not called where a person denies it, and the agent is told why", async () => {
    const { going, called } = approving();
    await going([asked]);
    const { status, model } = await going(["Not paid."], {
      resume: { decision: "deny", reason: "too dear" },
    });
    expect([status, called]).toEqual(["done", [["look", {}]]]);
    expect(told(model)[1]).toBe("Error: A person denied the call of pay: too dear");
  });

  it("asks one question after the other, and an answer counts for its own call only", async () => {
    const { going, called } = approving();
    const twice = calls({ name: "pay", args: { amount: 1 } }, { name: "pay", args: { amount: 2 } });
    expect(await going([twice])).toMatchObject({ interrupts: [{ value: { args: { amount: 1 } } }] });
    const second = await going([], { resume: { decision: "deny" } });
    expect(second).toMatchObject({ status: "needs_human", interrupts: [{ value: { args: { amount: 2 } } }] });
    await going(["One of two."], { resume: { decision: "approve" } });
    expect(called).toEqual([["pay", { amount: 2 }]]);
  });

  it("asks anew where the model asks for something else on resume: an answer is for its own call alone", async () => {
    const { going, called } = approving();
    await going([calls({ name: "pay", args: { amount: 2 } })]);
    const role = clerk({ goal: "Pay other bills.", tools: [{ tool: "pay", approval: true }] });
    const other = calls({ name: "pay", args: { amount: 999_999 } });
    const again = await going([other], { resume: { decision: "approve" }, roles: [role] });
    expect(called).toEqual([]);
    expect(again).toMatchObject({
      status: "needs_human",
      interrupts: [{ value: { args: { amount: 999_999 } } }],
    });
    const { status } = await going(["Not paid."], { resume: { decision: "deny" }, roles: [role] });
    expect([status, called]).toEqual(["done", []]);
  });

  it("refuses an answer that is none, and goes on waiting", async () => {
    const { going, called } = approving();
    await going([asked]);
    await expect(going([], { resume: "sure" })).rejects.toMatchObject({ code: "REFUSED_ANSWER" });
    const { status } = await going(["Paid."], { resume: { decision: "approve" } });
    expect([status, called.length]).toEqual(["done", 2]);
  });
});

describe("an agent's bounds", () => {
  it("answers at most 16 calls of one turn, and says so to the others", async () => {
    const { going, called } = working("clerk");
    const many = Array.from({ length: 20 }, (_, amount) => ({ name: "pay", args: { amount } }));
    const { model } = await going([calls(...many), "Done."]);
    expect(called).toHaveLength(16);
    expect(told(model).slice(16)).toEqual(
      Array(4).fill("Error: At most 16 calls are made at once; call it in the next turn."),
    );
  });

  it("takes the turns of its role", async () => {
    const turns = [1, 2].map((amount) => calls({ name: "look", args: { amount } }));
    const { report } = await working(clerk({ tools: ["look"], limits: { turns: 2 } })).going([
      ...turns,
      "So far.",
    ]);
    expect(report).toMatchObject({ text: "So far.", ended: "out_of_turns" });
  });

  it("answers once its role's tokens are used up", async () => {
    const { going, called } = working(clerk({ tools: ["look"], limits: { tokens: 1 } }));
    const { report, model } = await going([calls({ name: "look", args: {} }), "So far."]);
    expect([report?.ended, called.length]).toEqual(["out_of_tokens", 1]);
    expect(model.requests.at(-1)).toMatchObject({
      tools: [],
      text: expect.stringContaining("all your tokens"),
    });
  });

  it("may call a tool again that failed, with the same arguments", async () => {
    let attempts = 0;
    const shaky = tool(
      () => {
        attempts += 1;
        if (attempts === 1) throw new Error("It is busy.");
        return "At last.";
      },
      { name: "shaky", description: "Fails once.", schema: z.object({}) },
    );
    const { going } = working("clerk", { tools: [shaky] });
    const again = calls({ name: "shaky", args: {} });
    const { model } = await going([again, again, again, "Done."].slice(0, 2).concat("Done."));
    expect(told(model)).toEqual([
      'The call failed.\n\n<material from="shaky">\nError: It is busy.\n</material>',
      '<material from="shaky">\nAt last.\n</material>',
    ]);
  });
});

describe("an agent's answer", () => {
  const asJson = {
    description: "A price.",
    schema: { type: "object", properties: { eur: { type: "number" } }, required: ["eur"] },
  };

  it("is sent back where it does not fit the role's schema, with the reason", async () => {
    const { report, model } = await working(clerk({ output: asJson })).going([
      "Ten.",
      '{"eur": "ten"}',
      '{"eur": 10}',
    ]);
    expect(report).toMatchObject({ text: '{"eur": 10}', ended: "answered" });
    expect(model.requests[1]?.text).toContain("It is not JSON");
    expect(model.requests[2]?.text).toMatch(/expected number/i);
  });

  it("is reported as a misfit after it was sent back twice", async () => {
    const { report } = await working(clerk({ output: asJson })).going(["1", "2", "3"]);
    expect(report).toMatchObject({ text: "3", ended: "misfit" });
  });

  it("is sent back where the workflow's own check finds fault, which sees the evidence", async () => {
    const check: Options["check"] = ({ evidence }) => (evidence.length === 0 ? "Look first." : undefined);
    const { report, model } = await working("clerk", { check }).going([
      "I know it.",
      calls({ name: "look", args: {} }),
      "I have looked.",
    ]);
    expect(model.requests[1]?.text).toContain("Look first.");
    expect(report).toMatchObject({
      text: "I have looked.",
      evidence: [{ tool: "look", text: "look is done" }],
    });
  });
});

describe("the audit log", () => {
  const entries = async (thread: string) => {
    const all = await ledgerBeside(saver).auditEntries(1, 1_000);
    const facts = all.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    return facts
      .filter(({ threadId }) => threadId === thread)
      .map(({ type, tool, decision, by, ok, cached }) =>
        [type, tool, decision ?? ok, by ?? cached].filter((each) => each !== undefined),
      );
  };

  it("has every decision and every call, those that the cache answered too", async () => {
    const role = clerk({ tools: ["look", { tool: "pay", approval: true }], cache: { tools: 60 } });
    const { going } = working(role, {}, saver);
    const turn = calls({ name: "look", args: {} }, { name: "wipe", args: {} }, { name: "pay", args: {} });
    await going([turn], { thread: "first" });
    await going(["Done."], { thread: "first", resume: { decision: "approve" } });
    const [asked, answered, ...others] = await entries("first");
    expect([asked, answered, others.pop()]).toEqual([["model_call", true], ["answer"], ["model_call", true]]);
    expect(others.map((each) => each.join(" ")).sort()).toEqual([
      "permission look allowed rule",
      "permission pay allowed person",
      "permission wipe denied rule",
      "tool_call look true",
      "tool_call pay true",
    ]);
    await going([calls({ name: "look", args: {} }), "Done."], { thread: "second" });
    expect(await entries("second")).toContainEqual(["tool_call", "look", true, true]);
  });

  it("has a call that was stopped on its way", async () => {
    const stop = new AbortController();
    const hanging = boundedTool({ name: "look", description: "Hangs.", schema: z.object({}) }, () => {
      stop.abort();
      return new Promise<string>(() => {});
    });
    const { going } = working(clerk({ tools: ["look"] }), { tools: [hanging] }, saver);
    const { status } = await going([calls({ name: "look", args: {} })], {
      thread: "stopped",
      signal: stop.signal,
    });
    expect(status).toBe("cancelled");
    expect((await entries("stopped")).at(-1)).toEqual(["tool_call", "look", false]);
  });
});

describe("the cache of a role", () => {
  const look = calls({ name: "look", args: {} });

  it("answers a read-only tool's same call on another thread, and says so", async () => {
    const { going, called } = working(clerk({ tools: ["look", "pay"], cache: { tools: 60 } }));
    const turn = calls({ name: "look", args: {} }, { name: "pay", args: {} });
    await going([turn, "Done."], { thread: "first" });
    const { events, report } = await going([turn, "Done."], { thread: "second" });
    expect(called.map(([name]) => name).sort()).toEqual(["look", "pay", "pay"]);
    expect(events.filter(({ type }) => type === "cached")).toMatchObject([{ role: "clerk", what: "look" }]);
    expect(report?.text).toBe("Done.");
  });

  it("answers the same request to the same model, and costs nothing", async () => {
    const { going } = working(clerk({ tools: ["look"], cache: { models: 60 } }));
    const paid = await going([look, "Done."], { thread: "first" });
    const { model, spend, report, events } = await going([], { thread: "second" });
    expect(paid.spend.calls).toBe(2);
    expect([report?.text, spend.calls, spend.outputTokens, model.requests]).toEqual(["Done.", 0, 0, []]);
    expect(events.filter(({ type }) => type === "cached")).toHaveLength(2);
  });

  it("is not asked by a role that does not say so, nor for a failure", async () => {
    let attempts = 0;
    const failing = boundedTool(
      { name: "look", description: "Fails.", schema: z.object({}), readOnly: true, cacheKey: "x" },
      () => {
        attempts += 1;
        throw new Error("It is down.");
      },
    );
    const role = clerk({ tools: ["look"], cache: { tools: 60 } });
    const { going } = working(role, { tools: [failing] });
    await going([look, "Done."], { thread: "first" });
    await going([look, "Done."], { thread: "second" });
    expect(attempts).toBe(2);
  });

  it("forgets an answer when its time is over", async () => {
    const { going, called } = working(clerk({ tools: ["look"], cache: { tools: 0.02 } }));
    await going([look, "Done."], { thread: "first" });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await going([look, "Done."], { thread: "second" });
    expect(called).toHaveLength(2);
  });
});
