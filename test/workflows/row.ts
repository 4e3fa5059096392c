import type { AnyGraph } from "../../src/runtime/graph.ts";
import type { Outbox } from "../crash/outbox.ts";
import type { Answer } from "../endpoint/server.ts";

/** A workflow as every suite runs it that is the same for all: over HTTP, with answers that follow from the requests. */
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
  /** Runs of the workflow that go as far as its bounds let them, each with other parameters. */
  counted?: readonly Counted[];
}

/** A run whose model calls are counted, and have to be what the formula of docs/patterns.md says. */
export interface Counted {
  /** What the formula's variables stand for. */
  parameters: Readonly<Record<string, number>>;
  /** The graph with these parameters. */
  graph: () => AnyGraph;
  /** In place of the row's input and answers. */
  input?: object;
  answers?: Answer;
}
