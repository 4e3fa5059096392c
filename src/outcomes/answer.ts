import type { Outcome } from "./outcome.ts";

/**
 * Reads the answer of a workflow out of its state as text, as far as it has come. `finished` are the outcomes
 * of branches that have ended in a node that has not, so that the state does not have them yet.
 */
export type Answer = (state: Record<string, unknown>, finished?: readonly Outcome<unknown>[]) => string;

const answers = new WeakMap<object, Answer>();

/** Makes a workflow's `result` known to `run`, for every graph that is compiled from it. */
export function registerAnswer<State, Value>(
  workflow: object,
  result: (state: State, finished?: readonly Outcome<Value>[]) => string,
): void {
  answers.set(workflow, (state, finished) => result(state as State, finished as readonly Outcome<Value>[]));
}

/** The `result` of the workflow that a graph was compiled from, if it is known. */
export function answerOf(graph: object): Answer | undefined {
  return "builder" in graph && typeof graph.builder === "object" && graph.builder !== null
    ? answers.get(graph.builder)
    : undefined;
}
