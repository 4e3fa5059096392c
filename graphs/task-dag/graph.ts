/**
 * Divide a task into subtasks that depend on each other, do each as soon as its inputs are ready, and answer
 * out of what they brought.
 *
 * Stops when every subtask has ended, been skipped or run out of its time, and the answer is written out of
 * those with a result; without any, it says so and answers nothing. A plan that cannot be carried out goes
 * back to the planner once, and then fails the run; a resume asks for it anew.
 *
 *     START → plan → work → synthesize → END
 *
 * The subtasks, at most `maxParallel` at once, are durable tasks inside work: one that has ended is not done
 * again on a resume.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import {
  compiled,
  joined,
  type NodeConfig,
  nodesFor,
  section,
  structuredOrThrow,
  whenReady,
  withSources,
} from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { missingInWords, type Outcome } from "../../src/outcomes/outcome.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { broughtBy, synthesize } from "./nodes.ts";
import * as prompts from "./prompts.ts";
import { Input, Output, Plan, type Report, type State, TaskDagState } from "./state.ts";
import { piecesFor } from "./workers.ts";

const MAX_PARALLEL = 4;
const TIMEOUT_MS = 120_000;
const MAX_PLANS_SENT_BACK = 1;

const { resetting } = nodesFor(TaskDagState);

/** What may differ from one task DAG to another. */
export interface TaskDagOptions {
  /** How many subtasks are done at once; at least 1. */
  maxParallel?: number;
  /** How long one subtask may take from its begin on, retries included; at least 1. */
  timeoutMs?: number;
  /** Who does a subtask: the agent that the plan names ("plan"), or whom a rule or a model chooses, if anyone fits. */
  assignBy?: "plan" | Strategy;
}

/** A task DAG with bounds of one's own, or another way to choose who does what. */
export function defineTaskDag({
  maxParallel = MAX_PARALLEL,
  timeoutMs = TIMEOUT_MS,
  assignBy = "plan",
}: TaskDagOptions = {}) {
  const limits = { maxParallel: bound("maxParallel", maxParallel) };
  const pieces = piecesFor({ assignBy, timeoutMs: bound("timeoutMs", timeoutMs) });
  const work = async ({ task, subtasks }: State, config: NodeConfig) => ({
    outcomes: await whenReady(pieces(task, subtasks, config), limits),
  });

  const workflow = new StateGraph(TaskDagState, schemas(Input, Output))
    .addNode("plan", resetting(FRESH, plan))
    .addNode("work", work)
    .addNode("synthesize", synthesize)
    .addEdge(START, "plan")
    .addEdge("plan", "work")
    .addEdge("work", "synthesize")
    .addEdge("synthesize", END);

  return compiled({ name: "task-dag", workflow, result });
}

const FRESH = { outcomes: [], answer: "", sources: [], insufficient: null };

async function plan({ task }: State, { context }: NodeConfig) {
  const question = { role: "planner", prompt: prompts.plan({ task }), name: "Plan", schema: Plan };
  return structuredOrThrow({ ...question, maxAskedAgain: MAX_PLANS_SENT_BACK }, context);
}

/** The answer with its sources and what it lacks, or what was reported so far. */
export function result(
  { answer, sources = [], subtasks = [], outcomes = [] }: Partial<State>,
  finished: readonly Outcome<Report>[] = [],
): string {
  // An assignment is a branch within a subtask's: those of the subtasks themselves are named by their ids.
  const ended = finished.filter(({ who }) => subtasks.some(({ id }) => id === who));
  const { reports, missing } = broughtBy(outcomes.length > 0 ? outcomes : ended);
  const cited = answer
    ? withSources(answer, sources)
    : withSources(
        joined(...reports.map(({ title, text }) => section(title, text))),
        reports.flatMap((report) => report.sources),
      );
  return joined(cited, section("Without a result", missingInWords(missing)));
}

export const { workflow, graph } = defineTaskDag();
