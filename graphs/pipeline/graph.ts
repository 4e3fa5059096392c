/**
 * Extract statements from a text or from documents, transform them into records, and format these as a text; or do
 * any other work in stages, each of which reads what the one before hands over.
 *
 * Stops after the last stage; or at a stage whose value is still not valid after `maxCorrections` corrections, or
 * that has nothing to work on. `outcome` says which and why, and what was handed over before stays.
 *
 *     START → extract → transform → format → END
 *                     → END
 *                       transform → END
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import type { NodeOf } from "../../src/nodes/fields.ts";
import { compiled, joined, type NodeConfig, nodesFor, section, withSources } from "../../src/nodes/index.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { materialOf } from "./material.ts";
import { inWords, worked } from "./nodes.ts";
import { type AnyStage, type Chained, stagesIn } from "./stage.ts";
import { STAGES } from "./stages.ts";
import { Input, Output, PipelineState, type State, type Update } from "./state.ts";

const MAX_CORRECTIONS = 2;
const MAX_STAGES = 10;

const { resetting } = nodesFor(PipelineState);

/** What may differ from one pipeline to another. */
export interface PipelineOptions<Stages extends readonly AnyStage[]> {
  /** 1 to `maxStages`, with unique names; each reads what the one before hands over, and the first one the material. */
  stages?: Stages & Chained<Stages>;
  /** How many stages there may be; at least 1. */
  maxStages?: number;
  /** How often a value that is not valid goes back to its stage with the reason; may be 0. */
  maxCorrections?: number;
}

/** A pipeline with stages of one's own. */
export function definePipeline<const Stages extends readonly AnyStage[] = typeof STAGES>(
  options: PipelineOptions<Stages> = {},
) {
  const stages = stagesIn(options.stages ?? STAGES, bound("maxStages", options.maxStages ?? MAX_STAGES));
  const maxCorrections = bound("maxCorrections", options.maxCorrections ?? MAX_CORRECTIONS, { least: 0 });
  const nodes = stages.map((stage, at): [string, NodeOf<State, Update>] => {
    const node = worked(stage, { maxCorrections, isLast: at === stages.length - 1 });
    return [stage.name, at === 0 ? beginning(node) : node];
  });
  const afterStage = (next: string) => (state: State) => (state.outcome === null ? next : END);

  const workflow = new StateGraph(PipelineState, schemas(Input, Output))
    .addNode(nodes)
    .addEdge(START, stages[0].name);
  for (const [at, { name }] of stages.entries()) {
    const next = stages[at + 1]?.name;
    if (next) workflow.addConditionalEdges(name, afterStage(next), [next, END]);
    else workflow.addEdge(name, END);
  }

  const result = (state: Partial<State>) => resultOf(stages, state);
  return compiled({ name: "pipeline", workflow, result });
}

const FRESH = { answer: "", outcome: null, handed: [], sources: [] };

/** The first stage's node, which also reads what the pipeline works on. */
const beginning = (node: NodeOf<State, Update>) =>
  resetting(FRESH, async (state: State, config: NodeConfig): Promise<Update> => {
    const found = await materialOf(state, config.context);
    return { found, ...(await node({ ...state, found, handed: [] }, config)) };
  });

/** The answer with its sources; without one what was handed over so far, and why there is no more. */
function resultOf(
  stages: readonly AnyStage[],
  { answer, outcome, handed = [], found = [] }: Partial<State>,
): string {
  if (answer) return withSources(answer, found);
  const stageOf = (name: string) => stages.find((stage) => stage.name === name);
  const parts = handed.map(({ stage, value }) => section(stage, inWords(stageOf(stage), value)));
  const isEarly = outcome && outcome.status !== "finished";
  const end = isEarly && `The pipeline ended at ${outcome.stage}: ${outcome.why}`;
  return withSources(joined(...parts, end), found);
}

export const { workflow, graph, result } = definePipeline();
