import type { Source } from "../state/passage.ts";
import type { Outcome } from "./outcome.ts";

/** What a workflow reported that an agent called as a tool. */
export interface Reported {
  from: string;
  text: string;
  /** The passages that the text cites, by its own numbers. */
  sources: readonly Source[];
}

/**
 * Reads the answer of a workflow out of its state as text, as far as it has come. Of a node that has not ended the
 * state has nothing yet: `finished` are the outcomes of its branches that have, and `reported` is what workflows
 * have answered that its agent called as tools.
 */
export type Answer = (
  state: Record<string, unknown>,
  finished?: readonly Outcome<unknown>[],
  reported?: readonly Reported[],
) => string;

const answers = new WeakMap<object, Answer>();

/** Makes a workflow's `result` known to `run`, for every graph that is compiled from it. */
export function registerAnswer<State, Value>(
  workflow: object,
  result: (state: State, finished?: readonly Outcome<Value>[], reported?: readonly Reported[]) => string,
): void {
  answers.set(workflow, (state, finished, reported) =>
    result(state as State, finished as readonly Outcome<Value>[], reported),
  );
}

/** The `result` of the workflow that a graph was compiled from, if it is known. */
export function answerOf(graph: object): Answer | undefined {
  return "builder" in graph && typeof graph.builder === "object" && graph.builder !== null
    ? answers.get(graph.builder)
    : undefined;
}
