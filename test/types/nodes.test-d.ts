import type { BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Annotation, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { assertType, describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { graph as reviewLoop } from "../../graphs/review-loop/graph.ts";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import type { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { stream } from "../../src/runtime/stream.ts";
import { EMPTY, log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { Note, Source } from "../../src/state/passage.ts";

const Choice = z.object({ next: z.enum(["left", "right"]) });

const State = new StateSchema({
  topic: z.string(),
  notes: z.array(Note),
  found: z.array(Source),
  draft: z.string(),
  verdicts: log(Verdict),
  choice: Choice,
  report: AgentReport,
  rounds: z.number(),
});

const { ask, judge, route, research, compose, agent, synthesize, resetting } = nodesFor(State);

const role = "writer";
const prompt = ({ topic }: { topic: string }) => topic;
const search = tool(() => "", { name: "search", description: "Searches.", schema: z.object({}) });

describe("a channel that a node writes to", () => {
  it("is one that there is, and that can hold what the node writes", () => {
    ask({ role, prompt, into: "draft" });
    // @ts-expect-error -- there is no channel "drafts"
    ask({ role, prompt, into: "drafts" });
    // @ts-expect-error -- a text is no number
    ask({ role, prompt, into: "rounds" });
    // @ts-expect-error -- a text is no verdict
    ask({ role, prompt, into: "verdicts" });
  });

  it("of a judge holds verdicts", () => {
    judge({ role, prompt, into: "verdicts" });
    // @ts-expect-error -- there is no channel "verdict"
    judge({ role, prompt, into: "verdict" });
    // @ts-expect-error -- a verdict is no text
    judge({ role, prompt, into: "draft" });
  });

  it("of a route holds its choice", () => {
    const options = { role, prompt, name: "Choice", schema: Choice };
    const left = () => ({ next: "left" as const });
    route({ ...options, into: "choice", otherwise: left });
    // @ts-expect-error -- there is no channel "choices"
    route({ ...options, into: "choices", otherwise: left });
    const up = () => ({ next: "up" as const });
    // @ts-expect-error -- there is no way "up"
    route({ ...options, into: "choice", otherwise: up });
    // @ts-expect-error -- a choice is no text
    route({ ...options, into: "draft", otherwise: left });
  });

  it("of research are notes and sources", () => {
    const options = { role, prompt, query: prompt, search };
    research({ ...options, into: { notes: "notes", sources: "found" } });
    // @ts-expect-error -- there is no channel "sources"
    research({ ...options, into: { notes: "notes", sources: "sources" } });
    // @ts-expect-error -- notes are no sources
    research({ ...options, into: { notes: "found", sources: "notes" } });
  });

  it("of a composed text hold the text and its sources", () => {
    const options = { role, prompt, sources: () => [] };
    compose({ ...options, into: { text: "draft", sources: "found" } });
    // @ts-expect-error -- there is no channel "sources"
    compose({ ...options, into: { text: "draft", sources: "sources" } });
    // @ts-expect-error -- a text is no list of notes
    compose({ ...options, into: { text: "notes", sources: "found" } });
  });

  it("of an agent holds its report, and of a synthesis its text", () => {
    agent({ role, prompt, tools: [search], into: "report" });
    // @ts-expect-error -- there is no channel "reports"
    agent({ role, prompt, tools: [search], into: "reports" });
    const options = { role, prompt, material: () => [], without: () => "" };
    synthesize({ ...options, into: "draft" });
    // @ts-expect-error -- there is no channel "answer"
    synthesize({ ...options, into: "answer" });
  });
});

describe("what a prompt reads", () => {
  it("is in the state, by that name and of that type", () => {
    ask({
      role,
      prompt: ({ topic, notes }: { topic: string; notes: Note[] }) => topic + notes,
      into: "draft",
    });
    // @ts-expect-error -- there is no channel "subject"
    ask({ role, prompt: ({ subject }: { subject: string }) => subject, into: "draft" });
    // @ts-expect-error -- the notes are a list
    ask({ role, prompt: ({ notes }: { notes: string }) => notes, into: "draft" });
    const check = (state: { subject: string }) => (state.subject ? [] : []);
    // @ts-expect-error -- there is no channel "subject"
    judge({ role, prompt, check, into: "verdicts" });
    const query = ({ question }: { question: string }) => question;
    // @ts-expect-error -- there is no channel "question"
    research({ role, prompt, query, search, into: { notes: "notes", sources: "found" } });
  });
});

describe("resetting", () => {
  const first = ask({ role, prompt, into: "draft" });

  it("names channels that there are, and what they can hold", () => {
    resetting({ verdicts: EMPTY, rounds: 0 }, first);
    // @ts-expect-error -- there is no channel "verdict"
    resetting({ verdict: EMPTY }, first);
    // @ts-expect-error -- rounds are counted
    resetting({ rounds: "none" }, first);
  });
});

describe("an edge", () => {
  const nodes = () =>
    new StateGraph(State, { context: RunContext })
      .addNode("write", ask({ role, prompt, into: "draft" }))
      .addNode("review", judge({ role, prompt, into: "verdicts" }));

  it("leads from and to nodes that there are", () => {
    nodes().addEdge(START, "write").addEdge("write", "review").addEdge("review", END);
    // @ts-expect-error -- there is no node "writ"
    nodes().addEdge(START, "writ");
    // @ts-expect-error -- there is no node "reviews"
    nodes().addEdge("reviews", END);
    // @ts-expect-error -- there is no node "revise"
    nodes().addConditionalEdges("review", () => "write", ["write", "revise"]);
  });
});

describe("run, stream and inspect", () => {
  it("take the input of the graph, and give its output", () => {
    expectTypeOf(run<typeof reviewLoop>)
      .parameter(1)
      .toEqualTypeOf<{ topic: string } | null>();
    type Output = NonNullable<Awaited<ReturnType<typeof run<typeof reviewLoop>>>["output"]>;
    expectTypeOf<Output["article"]>().toEqualTypeOf<string>();
    expectTypeOf<Output["approved"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Output["sources"]>().toEqualTypeOf<Source[]>();
    expectTypeOf<Output>().not.toHaveProperty("draft");
    const events = stream(reviewLoop, { topic: "x" });
    expectTypeOf(events).toExtend<AsyncGenerator<{ seq: number; threadId: string }>>();
    expectTypeOf<Awaited<ReturnType<typeof inspect>>>().toBeNullable();
  });

  it("refuse another input, and an output that there is not", async () => {
    // @ts-expect-error -- the topic is missing
    run(reviewLoop, {});
    // @ts-expect-error -- the topic is a text
    run(reviewLoop, { topic: 7 });
    // @ts-expect-error -- there is no field "subject"
    stream(reviewLoop, { topic: "x", subject: "y" });
    const { output } = await run(reviewLoop, { topic: "x" });
    // @ts-expect-error -- the draft is not part of the output
    output?.draft;
    // @ts-expect-error -- there is no such option
    run(reviewLoop, { topic: "x" }, { threadId: "t" });
  });

  it("take any graph of LangGraph", () => {
    const Messages = Annotation.Root({ messages: Annotation<BaseMessage[]>() });
    const foreign = new StateGraph(Messages)
      .addNode("answer", () => ({ messages: [] }))
      .addEdge(START, "answer")
      .compile();
    type Output = Awaited<ReturnType<typeof run<typeof foreign>>>["output"];
    expectTypeOf<Output>().toEqualTypeOf<{ messages: BaseMessage[] } | null>();
    assertType<Parameters<typeof run<typeof foreign>>[1]>({ messages: [] });
  });
});
