import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, onTestFinished, vi } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { AgentReport } from "../../src/nodes/agent.ts";
import type { NodeOf } from "../../src/nodes/fields.ts";
import { nodesFor } from "../../src/nodes/index.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import * as read from "../../src/settings.ts";
import { RunContext } from "../../src/state/context.ts";
import { type EndpointOptions, startEndpoint } from "../endpoint/server.ts";

const VARIABLES = /^(OPENAI|LANGCHAIN|LANGSMITH|GRAPHWRIGHT)_|^DATABASE_URL$/;

/** What was printed, by a function that is the same in all tests, as clients keep the one that they find. */
const printed: unknown[][] = [];
const print = (...words: unknown[]) => void printed.push(words);
const { debug, log, info, warn, error } = console;

/**
 * The environment of a test, in which it reads the settings anew: a process reads them once. No retry waits;
 * whatever is printed fails the test.
 */
export function inEnvironment(environment: Record<string, string>): void {
  for (const variable of Object.keys(process.env)) {
    if (VARIABLES.test(variable)) vi.stubEnv(variable, undefined);
  }
  for (const [variable, value] of Object.entries({ DATABASE_URL: "memory:", ...environment })) {
    vi.stubEnv(variable, value);
  }
  let current: read.Settings | undefined;
  const replaced = [
    vi.spyOn(read, "settings").mockImplementation(() => {
      current ??= read.readSettings(process.env);
      return current;
    }),
    vi.spyOn(read, "secrets").mockImplementation(() => read.secretsIn(process.env)),
    vi.spyOn(Math, "random").mockReturnValue(0),
  ];
  Object.assign(console, { debug: print, log: print, info: print, warn: print, error: print });
  onTestFinished(() => {
    Object.assign(console, { debug, log, info, warn, error });
    for (const spy of replaced) spy.mockRestore();
    vi.unstubAllEnvs();
    expect(printed.splice(0)).toEqual([]);
  });
}

/** An endpoint that is stopped when the test has ended. */
export async function opened(answer: EndpointOptions["answer"], options: Partial<EndpointOptions> = {}) {
  const endpoint = await startEndpoint({ answer, ...options });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** A choice with a limit that the strict subset cannot say, and with a field that may be absent. */
const Choice = z.object({
  category: z.enum(["research", "writing"]).describe("What kind of question it is."),
  confidence: z.number().min(0).max(1).describe("How sure the choice is."),
  note: z.string().optional(),
});

const Question = z.object({ question: z.string() });

/** The state of the graphs that these tests run. */
const Answering = new StateSchema({
  ...Question.shape,
  answer: z.string(),
  verdict: Verdict,
  choice: Choice,
  report: AgentReport,
});

/** The nodes of the graphs that these tests run. */
export const nodes = nodesFor(Answering);

type Node = NodeOf<typeof Answering.State, typeof Answering.Update>;

const workflow = () => new StateGraph(Answering, { input: Question, context: RunContext });

/** A graph of one node, "work". */
export const one = (work: Node): AnyGraph =>
  workflow().addNode("work", work).addEdge(START, "work").addEdge("work", END).compile({ name: "one" });

/** A graph of two nodes in a row, "first" and "second". */
export const two = (first: Node, second: Node): AnyGraph =>
  workflow()
    .addNode("first", first)
    .addNode("second", second)
    .addEdge(START, "first")
    .addEdge("first", "second")
    .addEdge("second", END)
    .compile({ name: "two" });

/** What a run came to, and what it told. */
export interface Told {
  result: RunResult;
  events: RunEvent[];
}

/** The prompt of every node of these tests. */
export const QUESTION = "Why is the sky blue?";
const prompt = ({ question }: { question: string }) => question;

/**
 * An endpoint, and an environment whose `OPENAI_BASE_URL` is set to it: nodes by what they do,
 * and `go`, which runs a graph on this test's own checkpointer and gives what it told as well.
 */
export async function against(
  answer: EndpointOptions["answer"],
  environment: Record<string, string> = {},
  options: Partial<EndpointOptions> = {},
) {
  const endpoint = await opened(answer, options);
  const at = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: KEY, OPENAI_MODEL: "gpt-test" };
  inEnvironment({ ...at, ...environment });
  const checkpointer = new MemorySaver();
  return {
    endpoint,
    ask: nodes.ask({ role: "writer", prompt, into: "answer" }),
    judge: nodes.judge({ role: "reviewer", prompt, into: "verdict" }),
    route: nodes.route({
      role: "classifier",
      prompt,
      name: "Choice",
      schema: Choice,
      otherwise: (note) => ({ category: "writing" as const, confidence: 0, note }),
      into: "choice",
    }),
    async go(graph: AnyGraph, runOptions: RunOptions = {}): Promise<Told> {
      const events: RunEvent[] = [];
      const input = runOptions.resume === undefined ? { question: QUESTION } : null;
      const onEvent = (event: RunEvent) => {
        events.push(event);
        runOptions.onEvent?.(event);
      };
      const result = await run(graph, input, { thread: "t", checkpointer, ...runOptions, onEvent });
      return { result, events };
    },
  };
}

/** The key that these tests send, and that no message may hold. */
export const KEY = "test-key-0123456789";

/** The events of one type. */
export const of = <Type extends RunEvent["type"]>({ events }: Told, type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

/** The text of all tokens after the last retry, joined. */
export function tokensOf(told: Told): string {
  const from = told.events.findLastIndex(({ type }) => type === "retry");
  return of({ ...told, events: told.events.slice(from + 1) }, "token")
    .map(({ text }) => text)
    .join("");
}

/** Checks that a failed run says why in one sentence, which holds no key, no stack and no advertisement. */
export function expectOneSentence({ result: { status, error } }: Told): string {
  const message = error?.message ?? "";
  expect(status).toBe("failed");
  expect(message).toMatch(/^[^\n]+[.]$/);
  expect(message.replace(/\([^()]*\)/g, "")).not.toMatch(
    /[.!?] +[A-Z]|Troubleshooting|node_modules|\bat .*:\d+:\d+/,
  );
  expect(JSON.stringify(error)).not.toContain(KEY);
  return message;
}
