import { z } from "zod";
import { fanOut, reviewLoop, router, supervisor, taskDag } from "../../graphs/index.ts";
import { defineSupport } from "../../graphs/support/graph.ts";
import { blocksOf } from "../../src/models/prompt.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { type Answer, calls, type EndpointRequest, promptOf, writerAnswers } from "../endpoint/server.ts";
import type { NamedAnswers } from "../endpoint/writer-answers.ts";
import type { Outbox } from "./outbox.ts";
import { panel } from "./panel.ts";

/** A graph that is killed and resumed, and all that it meets. */
export interface Row {
  name: string;
  /** The graph, which sends what it has to send to an outbox. */
  graph: (outbox: Outbox) => AnyGraph;
  input: object;
  /** The same answer to the same request, whatever came before it: a resume asks in another process. */
  answers: Answer;
  /** What a person answers to a question: the same to the same question, once for each state of the outbox. */
  human?: (question: unknown, outbox: Outbox) => unknown;
  /** What of the state differs after a kill: who resumes cannot tell whether a file that stands was created or replaced. */
  differs?: readonly string[];
  /** The most model calls that are in flight at once; 1 unless the graph has branches. */
  atOnce?: number;
}

const TASK = "Replay of the log after a crash";

/** Every graph of the harness. */
export const ROWS: readonly Row[] = [
  { name: "review-loop", graph: () => reviewLoop, input: { topic: TASK }, answers: searching() },
  {
    name: "supervisor",
    graph: () => supervisor,
    input: { task: TASK },
    answers: working(),
    human: () => ({ decision: "approve" }),
    differs: ["inputTokens"],
  },
  { name: "router", graph: () => router, input: { task: TASK }, answers: searching() },
  { name: "fan-out", graph: () => fanOut, input: { question: TASK }, answers: searching(), atOnce: 4 },
  { name: "task-dag", graph: () => taskDag, input: { task: TASK }, answers: searching(), atOnce: 2 },
  {
    name: "support",
    graph: ({ deliver }) => defineSupport({ deliver }).graph,
    input: { inquiry: TASK },
    answers: writerAnswers({ Assessment: askThenEscalate }),
    human: forSupport,
  },
  { name: "panel", graph: () => panel, input: { topic: TASK }, answers: writerAnswers(), atOnce: 2 },
];

/** The row of a graph, by its name. */
export function rowOf(name: string): Row {
  const row = ROWS.find((each) => each.name === name);
  if (!row) throw new RangeError(`The harness has no graph ${name}.`);
  return row;
}

/** Who has tools searches twice at once, then answers; the others answer at once. */
function searching(named: NamedAnswers = {}): Answer {
  const writer = writerAnswers(named);
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    const searched = messages.some(({ role }) => role === "tool");
    if (tools.length === 0 || forced || searched) return writer(request);
    return calls(
      { name: "search_documents", args: { query: "leader" } },
      { name: "search_documents", args: { query: "log replay crash" } },
    );
  };
}

/** The supervisor's team: the coder tests and writes, twice because qa rejects the first time; qa searches. */
function working(): Answer {
  const others = searching({ Decision: workThenCheck, Check: () => REJECTED });
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    const isCoder = tools.some((tool) => tool.function?.name === "write_file");
    if (!isCoder || forced || messages.some(({ role }) => role === "tool")) return others(request);
    const path = promptOf(request.body).includes("was rejected") ? "second.md" : "first.md";
    return calls(
      { name: "run_tests", args: TESTED },
      { name: "write_file", args: { path, content: "# One\n\nThe log is replayed.\n", overwrite: false } },
    );
  };
}

const TESTED = {
  files: [{ path: "one.js", text: "export const one = 1;" }],
  tests: [
    {
      path: "one.test.js",
      text: 'import { one } from "./one.js"; test("is one", () => expect(one).toBe(1));',
    },
  ],
};

const REJECTED = {
  approved: false,
  objections: [{ to: "code", problem: "The file says too little.", change: "Write a second one." }],
};

/** The coder, then qa, as far as the prompt says that they have reported. */
function workThenCheck({ body }: EndpointRequest) {
  const reports = promptOf(body).match(/<report /g)?.length ?? 0;
  const next = ["code", "qa"][reports] ?? "finish";
  return { next, instruction: `Do the part of ${next}.`, reason: `There are ${reports} reports.` };
}

/** The customer is asked once; what is still missing then is for a human agent. */
function askThenEscalate({ body }: EndpointRequest) {
  const asked = blocksOf(promptOf(body)).some(({ attributes }) => attributes["question"]);
  return {
    facts: [],
    missing: ["the version"],
    next: asked ? "escalate" : "ask",
    question: asked ? "" : "Which version is it?",
    reason: "The version decides it.",
  };
}

const Asked = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("question") }),
  z.object({ kind: z.literal("escalation") }),
  z.object({ kind: z.literal("effect"), idempotencyKey: z.string() }),
]);

/** The customer, the human agent, and whoever looks up what was sent. */
function forSupport(question: unknown, outbox: Outbox): unknown {
  const asked = Asked.parse(question);
  if (asked.kind === "question") return "I do not know.";
  if (asked.kind === "escalation") return { action: "instruct", instruction: "Answer for every version." };
  const result = outbox.receiptOf(asked.idempotencyKey);
  return result ? { did: true, result } : { did: false };
}
