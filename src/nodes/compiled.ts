import { type Reported, registerAnswer } from "../outcomes/answer.ts";
import type { Outcome } from "../outcomes/outcome.ts";
import { OWN_BOUNDS } from "../state/limits.ts";
import { defaultCheckpointer } from "../storage/open.ts";

/** The part of a `StateGraph` that makes it a graph. */
interface Compilable<Graph> {
  compile(options: { name: string; checkpointer: ReturnType<typeof defaultCheckpointer> }): Graph;
}

/** The part of a compiled graph that gives it a config. */
interface Configurable {
  withConfig(config: typeof OWN_BOUNDS): this;
}

/** A workflow, and what its states say as text. */
export interface Compiling<Workflow, State, Value> {
  /** Kebab-case: what the workflow is called everywhere. */
  name: string;
  workflow: Workflow;
  /**
   * The answer as far as a state has it; of a node that has not ended, `finished` are the branches that have, and
   * `reported` is what workflows have answered that are tools of its agent.
   */
  result: (state: State, finished?: readonly Outcome<Value>[], reported?: readonly Reported[]) => string;
}

/** The same, with the graph that scripts and Studio run. */
export interface Compiled<Workflow, Graph, State, Value>
  extends Omit<Compiling<Workflow, State, Value>, "name"> {
  graph: Graph;
}

/**
 * Compiles a workflow with the default checkpointer, and LangGraph's recursion limit out of the way of its own
 * bounds; makes its `result` known to `run`, for each graph that is compiled from it. Opens nothing.
 */
export function compiled<Workflow extends Compilable<Graph>, Graph extends Configurable, State, Value>({
  name,
  workflow,
  result,
}: Compiling<Workflow & Compilable<Graph>, State, Value>): Compiled<Workflow, Graph, State, Value> {
  registerAnswer(workflow, result);
  const graph = workflow.compile({ name, checkpointer: defaultCheckpointer() }).withConfig(OWN_BOUNDS);
  return { workflow, graph, result };
}
