import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { HumanMessage } from "@langchain/core/messages";
import { Annotation, MemorySaver, Send, START, StateGraph, task } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { modelCall } from "../../src/models/call.ts";
import { branch, parallel } from "../../src/nodes/branch.ts";
import { durably } from "../../src/resilience/durable-call.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { always, fails, ScriptedModel, when } from "../../src/testing/index.ts";

const State = Annotation.Root({
  question: Annotation<string>(),
  said: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
});

const INPUT = { question: "Why?" };
const thread = { configurable: { thread_id: "t" }, durability: "sync" as const };
const saved = () => ({ checkpointer: new MemorySaver() });

/**
 * Work of three sides, of which the second fails once while the third is under way; what was paid for. The third
 * ends when the second has failed, or `hangs` until it is aborted.
 */
function sides(hangs: boolean) {
  const paid: string[] = [];
  let isDown = true;
  const work = async (who: string, signal?: AbortSignal) => {
    paid.push(who);
    const first = isDown;
    if (who === "third" && hangs && first) await sleep(600_000, undefined, signal && { signal });
    while (who === "third" && isDown) await setImmediate();
    if (who === "second" && first) {
      while (paid.length < WHO.length) await setImmediate();
      isDown = false;
      throw new Error("The model is down.");
    }
    return who;
  };
  return { paid, work };
}

const WHO = ["first", "second", "third"];

describe("a branch that throws in a fan-out", () => {
  it("aborts its siblings in plain LangGraph, which are paid again on resume; ours keeps them", async () => {
    const plain = sides(true);
    const plainGraph = new StateGraph(State)
      .addNode("work", async ({ question }: { question: string }, { signal }) => ({
        said: [await plain.work(question, signal)],
      }))
      .addConditionalEdges(START, () => WHO.map((question) => new Send("work", { question })), ["work"])
      .compile(saved());
    await expect(plainGraph.invoke(INPUT, thread)).rejects.toThrow("The model is down.");
    await plainGraph.invoke(null, thread);
    expect(plain.paid).toEqual([...WHO, "second", "third"]);

    const ours = sides(false);
    const graph = new StateGraph(State)
      .addNode("work", async () => {
        const branches = WHO.map((who) => ({ who, work: (signal: AbortSignal) => ours.work(who, signal) }));
        return { said: (await parallel(branches, "all")).map(({ who, status }) => `${who} ${status}`) };
      })
      .addEdge(START, "work")
      .compile(saved());
    const { output } = await run(graph, INPUT);
    expect(output?.said).toEqual(["first ok", "second failed", "third ok"]);
    expect(ours.paid).toEqual(WHO);
  });
});

describe("a join after a branch that failed", () => {
  const fails = () => {
    throw new Error("No.");
  };
  const join = ({ said }: typeof State.State) => ({ said: [`joined ${said.length}`] });

  it("never runs behind a barrier in plain LangGraph, which ends as if done; ours runs it with the outcome", async () => {
    const plain = new StateGraph(State)
      .addNode("left", () => ({ said: ["left"] }))
      .addNode("right", fails, { errorHandler: () => ({ said: ["right failed"] }) })
      .addNode("join", join)
      .addEdge(START, "left")
      .addEdge(START, "right")
      .addEdge(["left", "right"], "join")
      .compile();
    expect((await plain.invoke(INPUT)).said).toEqual(["left", "right failed"]);

    const side = (who: string, work: () => Promise<string>) => async () => ({
      said: [`${who} ${(await branch({ who, work })).status}`],
    });
    const ours = new StateGraph(State)
      .addNode(
        "left",
        side("left", async () => "left"),
      )
      .addNode(
        "right",
        side("right", async () => fails()),
      )
      .addNode("join", join)
      .addEdge(START, "left")
      .addEdge(START, "right")
      .addEdge(["left", "right"], "join")
      .compile(saved());
    expect((await run(ours, INPUT)).output?.said).toEqual(["left ok", "right failed", "joined 2"]);
  });
});

describe("tasks that are begun when their inputs are ready", () => {
  type Call = (name: string, work: () => Promise<string>) => Promise<string>;

  /** Two tasks in one order before a crash, and in the other after it. */
  const racing = (call: Call) => {
    let order = ["a", "b"];
    return new StateGraph(State)
      .addNode("work", async () => {
        const results = new Map<string, string>();
        for (const name of order) results.set(name, await call(name, async () => `result of ${name}`));
        if (order[0] === "a") {
          order = ["b", "a"];
          throw new Error("The power failed.");
        }
        return { said: ["a", "b"].map((name) => results.get(name) ?? "") };
      })
      .addEdge(START, "work")
      .compile(saved());
  };

  it("get each other's results on resume in plain LangGraph; ours gives none to another", async () => {
    const plain = racing(async (_, work) => task({ name: "piece" }, work)());
    await expect(plain.invoke(INPUT, thread)).rejects.toThrow("The power failed.");
    expect((await plain.invoke(null, thread)).said).toEqual(["result of b", "result of a"]);

    const ours = racing((name, work) => durably("piece", name, work));
    expect(await run(ours, INPUT, { thread: "t" })).toMatchObject({ status: "failed" });
    const { output } = await run(ours, null, { thread: "t", resume: true });
    expect(output?.said).toEqual(["result of a", "result of b"]);
  });
});

describe("a node of several model calls that fails at the second", () => {
  const is = (question: string) => (request: { text: string }) => request.text === question;
  const scripted = () =>
    new ScriptedModel([
      when(is("first?"), always("First.")),
      when(is("second?"), fails(new Error("The model is down."))),
      when(is("second?"), "Second."),
    ]);

  it("pays the first again in plain LangGraph; ours does not", async () => {
    const model = scripted();
    const plain = new StateGraph(State)
      .addNode("work", async () => {
        const first = await model.invoke("first?");
        return { said: [first.text, (await model.invoke("second?")).text] };
      })
      .addEdge(START, "work")
      .compile(saved());
    await expect(plain.invoke(INPUT, thread)).rejects.toThrow("The model is down.");
    await plain.invoke(null, thread);
    expect(model.requests.map(({ text }) => text)).toEqual(["first?", "second?", "first?", "second?"]);

    const models = scripted();
    const asked = async (question: string, context: RunContext | undefined) =>
      (await modelCall({ role: "helper", messages: [new HumanMessage(question)] }, context)).message.text;
    const ours = new StateGraph(State, RunContext)
      .addNode("work", async (_, { context }) => {
        const first = await asked("first?", context);
        return { said: [first, await asked("second?", context)] };
      })
      .addEdge(START, "work")
      .compile(saved());
    expect(await run(ours, INPUT, { thread: "t", models })).toMatchObject({ status: "failed" });
    const resumed = await run(ours, null, { thread: "t", models, resume: true });
    expect(resumed.output?.said).toEqual(["First.", "Second."]);
    expect(models.requests.map(({ text }) => text)).toEqual(["first?", "second?", "second?"]);
  });
});
