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
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import {
  type NodeConfig,
  nodesFor,
  standingAlone,
  structuredOrThrow,
  underOneNumbering,
  whenReady,
  withSources,
} from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import {
  decided,
  Insufficient,
  missingInWords,
  type Outcome,
  outcome,
  parted,
} from "../../src/outcomes/outcome.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { Source } from "../../src/state/passage.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import * as prompts from "./prompts.ts";
import { Plan, Report, Subtask } from "./state.ts";
import { crewOf } from "./workers.ts";

const MAX_PARALLEL = 4;
const TIMEOUT_MS = 120_000;
const MAX_PLANS_SENT_BACK = 1;

const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing its sources as [1]; empty if there is none."),
  sources: z.array(Source).describe("The sources that the answer cites."),
  outcomes: z.array(outcome(Report)).describe("What each subtask came to, in the order of the plan."),
  insufficient: Insufficient.nullable().describe("Why there is no answer; null if there is one."),
});

export const TaskDagState = new StateSchema({
  ...Input.shape,
  subtasks: z.array(Subtask).describe("The plan."),
  ...Output.shape,
});

type State = typeof TaskDagState.State;

const { ask, resetting } = nodesFor(TaskDagState);

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
  const pieces = crewOf({ assignBy, timeoutMs: bound("timeoutMs", timeoutMs) });
  const work = async ({ task, subtasks }: State, config: NodeConfig) => ({
    outcomes: await whenReady(pieces(task, subtasks, config), limits),
  });

  const workflow = new StateGraph(TaskDagState, {
    input: described(Input),
    output: described(Output),
    context: RunContext,
  })
    .addNode("plan", resetting(FRESH, plan))
    .addNode("work", work)
    .addNode("synthesize", synthesize)
    .addEdge(START, "plan")
    .addEdge("plan", "work")
    .addEdge("work", "synthesize")
    .addEdge("synthesize", END);

  const graph = workflow
    .compile({ name: "task-dag", checkpointer: defaultCheckpointer() })
    .withConfig(OWN_BOUNDS);
  registerAnswer(workflow, result);
  return { workflow, graph, result };
}

const FRESH = { outcomes: [], answer: "", sources: [], insufficient: null };

async function plan({ task }: State, { context }: NodeConfig) {
  const question = { role: "planner", prompt: prompts.plan({ task }), name: "Plan", schema: Plan };
  return structuredOrThrow({ ...question, maxAskedAgain: MAX_PLANS_SENT_BACK }, context);
}

const write = ask({
  role: "editor",
  prompt: ({ task, outcomes }) => prompts.synthesize({ task, ...broughtBy(outcomes) }),
  into: "answer",
});

/** Answers out of what there is, and cites nothing else; of nothing at all no model is asked to make something. */
async function synthesize(state: State, config: NodeConfig) {
  const sum = decided(state.outcomes, "best_effort");
  if (sum.status === "insufficient") return { insufficient: sum };
  const shown = broughtBy(state.outcomes).reports.flatMap(({ sources }) => sources);
  const { answer: written } = await write(state, config);
  const { text: answer, sources } = standingAlone({ text: written, sources: shown });
  return { answer, sources };
}

/** The reports under one numbering, and who brought none. */
function broughtBy(outcomes: readonly Outcome<Report>[]) {
  const { given, missing } = parted(outcomes);
  return { reports: underOneNumbering(given.map(({ value }) => value)), missing };
}

/** The answer with its sources and what it lacks, or what was reported so far. */
export function result(
  { answer, sources = [], outcomes = [] }: Partial<State>,
  finished: readonly Outcome<Report>[] = [],
): string {
  const { reports, missing } = broughtBy(outcomes.length > 0 ? outcomes : finished);
  const text = answer
    ? withSources(answer, sources)
    : withSources(
        reports.map(({ title, text }) => `## ${title}\n\n${text}`).join("\n\n"),
        reports.flatMap((report) => report.sources),
      );
  const lacking = missing.length > 0 && `## Without a result\n\n${missingInWords(missing)}`;
  return [text, lacking].filter(Boolean).join("\n\n");
}

export const { workflow, graph } = defineTaskDag();
