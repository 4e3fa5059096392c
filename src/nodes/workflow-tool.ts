import type { StructuredToolInterface } from "@langchain/core/tools";
import type { AddNodeOptions } from "@langchain/langgraph";
import { z } from "zod";
import { Spent } from "../outcomes/spend.ts";
import { accounted } from "../resilience/scope.ts";
import { OWN_BOUNDS } from "../state/limits.ts";
import { Source } from "../state/passage.ts";
import { defaultCache } from "../storage/cache.ts";
import { boundedTool } from "../tools/bounded.ts";
import { SPENT } from "./counting.ts";

/** A text with the passages that its citations point at. */
interface Cited {
  text: string;
  sources: readonly Source[];
}

/** A compiled graph, as `addNode` takes it for the drawing. */
type Subgraph = NonNullable<AddNodeOptions["subgraphs"]>[number];

/** The part of a `StateGraph` that makes it a graph within another one. */
interface Compilable {
  compile(options: { name: string; cache: ReturnType<typeof defaultCache>; transformers?: [] }): Subgraph;
}

/** A tool that runs a workflow, whose graph a node can name in its `subgraphs`, for drawings. */
export type WorkflowTool = StructuredToolInterface & { readonly graph: Subgraph };

/** A workflow as a tool: what an agent knows of it, and what it is told. */
export interface WorkflowToolOptions<Schema extends z.ZodObject, Output> {
  /** Not compiled: it is compiled without a saver of its own, and keeps its steps in that of the run. */
  workflow: Compilable;
  /** snake_case, as the model calls it. */
  name: string;
  /** What it does, what it gives, and what it has to be told: the model reads nothing else. */
  description: string;
  /** The arguments that the model gives; they are the workflow's input, unless `give` makes it of them. */
  input: Schema;
  give?: (args: z.output<Schema>) => object;
  /**
   * The answer out of the workflow's output: a text, which cites the output's `sources`, or those of its `report` or
   * `reports`; or a text with the sources that it cites.
   */
  result: (output: Output) => string | Cited;
}

/** How much of an answer is shown, in characters. */
const MAX_CHARS = 50_000;

/**
 * A workflow as a tool of an agent. It is run inside the agent's call, as a part of the agent's run: on the same
 * thread, account, models, tools and signal, with its events below the agent's node. The artifact is its output.
 *
 * What suspends a run suspends the agent's: a question of the workflow to a person, a spent budget, a loop that
 * stands still. The resume goes on inside the workflow, where it stood; its calls are not made again. A workflow
 * that fails is a message that the agent can act on. No time-out of tools cuts it off.
 *
 * The agent numbers the passages that the answer cites with its own numbers; numbers that the agent's arguments cite
 * are the agent's already, and stay. What a workflow spent before it was suspended is known to the agent's state
 * where the workflow's state has the channel `spent`, and to the run's account in any case.
 */
export function workflowTool<Schema extends z.ZodObject, Output extends object>({
  workflow,
  name,
  description,
  input,
  give,
  result,
}: WorkflowToolOptions<Schema, Output>): WorkflowTool {
  const graph = workflow.compile({ name, cache: defaultCache() });
  const options = { name, description, schema: input, workflow: true, maxChars: MAX_CHARS };
  const tool = boundedTool(options, async (args, { signal }) => {
    const output = (await outputOf(graph, give ? give(args) : args, signal)) as Output;
    const answer = result(output);
    if (typeof answer === "string") return { content: answer, artifact: output };
    return { content: answer.text, artifact: { ...output, sources: answer.sources } };
  });
  return Object.assign(tool, { graph });
}

/**
 * Runs a graph within the node or task that the code runs in, and counts what all of it spent, if its state knows.
 *
 * LangGraph has a graph within another one heed the run's signal in place of its own. What cuts off a part of the run
 * alone, such as the time of a branch, reaches the calls of the graph by their scope.
 */
async function outputOf(graph: Subgraph, input: object, signal: AbortSignal): Promise<object> {
  const { outputChannels } = graph;
  const outputKeys = [outputChannels].flat();
  const config = { ...OWN_BOUNDS, signal };
  if (!(SPENT in graph.channels)) return Object(await graph.invoke(input, config));
  const run = () => graph.invoke(input, { ...config, outputKeys: [...outputKeys, SPENT] });
  const { spent, output } = await accounted(async () => {
    const { spent, ...output } = Counted.parse(await run());
    return { spent, output };
  });
  return outputKeys.includes(SPENT) ? { ...output, spent } : output;
}

const Counted = z.looseObject({ [SPENT]: Spent });

const Sourced = z.object({ sources: z.array(Source) });

/** The sources of an output, or those of its report or reports. */
const SourcesIn = z.union([
  Sourced.transform(({ sources }) => sources),
  z.object({ report: Sourced }).transform(({ report }) => report.sources),
  z
    .object({ reports: z.array(Sourced) })
    .transform(({ reports }) => reports.flatMap(({ sources }) => sources)),
]);

/** The passages that the answer of a workflow cites, out of its artifact. */
export const sourcesIn = (artifact: unknown): readonly Source[] => SourcesIn.safeParse(artifact).data ?? [];
