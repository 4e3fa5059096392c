/**
 * Classify a task, and give it to the one branch that fits.
 *
 * Stops after one branch. A confidence below `minConfidence`, and a classification that cannot be
 * read, go to the generalist; `why` says so. The generalist also stands in for a specialist whose models fail.
 *
 *     START → classify → research → END
 *                      → writing → END
 *                      → generalist → END
 *
 * @module
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  compiled,
  type NodeConfig,
  nodesFor,
  verified,
  withFallback,
  withSources,
} from "../../src/nodes/index.ts";
import { schemas } from "../../src/state/described.ts";
import { share } from "../../src/state/limits.ts";
import { calculator } from "../../src/tools/calculator.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { Classification, Input, Output, RouterState, type State } from "./state.ts";

const MIN_CONFIDENCE = 0.6;

const { agent, resetting, route } = nodesFor(RouterState);

/** What may differ from one router to another. */
export interface RouterOptions {
  /** From 0 to 1; below it the generalist gets the task. */
  minConfidence?: number;
}

/** A router with a threshold of one's own. */
export function defineRouter({ minConfidence = MIN_CONFIDENCE }: RouterOptions = {}) {
  const threshold = share("minConfidence", minConfidence);
  const classify = async (state: State, config: NodeConfig) => {
    const { classification } = await classified(state, config);
    return { classification, ...choiceOf(classification, threshold) };
  };

  const workflow = new StateGraph(RouterState, schemas(Input, Output))
    .addNode("classify", resetting(FRESH, classify))
    .addNode("research", withFallback(researcher, generalist))
    .addNode("writing", withFallback(writer, generalist))
    .addNode("generalist", generalist.node)
    .addEdge(START, "classify")
    .addConditionalEdges("classify", afterClassify, ["research", "writing", "generalist"])
    .addEdge("research", END)
    .addEdge("writing", END)
    .addEdge("generalist", END);

  return compiled({ name: "router", workflow, result });
}

const FRESH = { report: null };

const classified = route({
  role: "classifier",
  prompt: prompts.classify,
  name: "Classification",
  schema: Classification,
  otherwise: (fault): Classification => ({
    category: "generalist",
    confidence: 0,
    reason: `No valid class: ${fault}`,
  }),
  into: "classification",
});

function choiceOf({ category, confidence, reason }: Classification, minConfidence: number) {
  if (confidence >= minConfidence) return { branch: category, why: reason };
  const why = `The confidence of ${confidence} for "${category}" is below ${minConfidence}. ${reason}`;
  return { branch: "generalist" as const, why };
}

const afterClassify = ({ branch }: State) => branch;

const search = documentSearch();

function branch(role: string, prompt: (state: State) => string, tools: StructuredToolInterface[]) {
  const work = agent({ role, prompt, tools, into: "report" });
  const node: typeof work = async (state, config) => ({
    report: verified((await work(state, config)).report),
  });
  return { role, node };
}

const researcher = branch("researcher", prompts.research, [search]);
const writer = branch("writer", prompts.write, [search]);
const generalist = branch("generalist", prompts.help, [search, calculator]);

/** The branch's text with its sources. */
export function result({ report }: Partial<State>): string {
  return report ? withSources(report.text, report.sources) : "";
}

export const { workflow, graph } = defineRouter();
