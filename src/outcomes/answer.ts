/** Reads the answer of a workflow out of its state as text, as far as it has come. */
export type Answer = (state: Record<string, unknown>) => string;

const answers = new WeakMap<object, Answer>();

/** Makes a workflow's `result` known to `run`, for every graph that is compiled from it. */
export function registerAnswer<State>(workflow: object, result: (state: State) => string): void {
  answers.set(workflow, (state) => result(state as State));
}

/** The `result` of the workflow that a graph was compiled from, if it is known. */
export function answerOf(graph: object): Answer | undefined {
  return "builder" in graph && typeof graph.builder === "object" && graph.builder !== null
    ? answers.get(graph.builder)
    : undefined;
}
