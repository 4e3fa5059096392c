/**
 * Plan a task, delegate it to specialists one after the other, and answer out of their reports.
 *
 * Stops when the supervisor finishes, after `maxDelegations` reports, or when the budget is nearly spent.
 * Where a specialist reports just the same again, or two are given the same work in turn, the run suspends as
 * stalled.
 *
 *     START → plan → decide → code → decide | synthesize
 *                           → research → decide | synthesize
 *                           → qa → decide | synthesize
 *                           → synthesize → END
 *
 * A specialist leads to synthesize once the delegations, or the budget, are used up. Each is a subgraph of its
 * own: START → work → verify → END.
 *
 * @module
 */
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { type NodeConfig, nodesFor, withoutDangling, withSources } from "../../src/nodes/index.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import { budgetLow, condition, Ending, either, noProgress, rounds } from "../../src/outcomes/termination.ts";
import { accounted } from "../../src/resilience/scope.ts";
import { EMPTY, log, spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { described } from "../../src/state/described.ts";
import { bound, OWN_BOUNDS } from "../../src/state/limits.ts";
import { defaultCheckpointer } from "../../src/storage/open.ts";
import * as prompts from "./prompts.ts";
import * as specialists from "./specialists.ts";
import { Decision, Report, type Specialist } from "./state.ts";

const MAX_DELEGATIONS = 6;

const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

const Output = new StateSchema({
  answer: z.string().describe("The answer in Markdown, citing the reports' sources as [1]."),
  reports: log(Report, "What the specialists reported, oldest first."),
  ended: Ending.describe("Why the delegations ended."),
});

export const SupervisorState = new StateSchema({
  ...Input.shape,
  ...Output.fields,
  steps: z.string().describe("The plan: who is to do what."),
  decisions: log(Decision, "What the supervisor decided after each report."),
  spent: spending(),
});

type State = typeof SupervisorState.State;

const { ask, counted, resetting, route, stallable, synthesize } = nodesFor(SupervisorState);

/** What may differ from one supervisor to another. */
export interface SupervisorOptions {
  /** Reports before the supervisor has to answer; at least 1. */
  maxDelegations?: number;
}

/** A supervisor with a bound of one's own. */
export function defineSupervisor({ maxDelegations = MAX_DELEGATIONS }: SupervisorOptions = {}) {
  const afterDecide = ({ decisions, reports, spent }: State) => {
    const next = decisions.at(-1)?.next ?? "finish";
    return next === "finish" || (spent.low && reports.length > 0) ? "synthesize" : next;
  };
  const limit = bound("maxDelegations", maxDelegations);
  const over = either<State>(
    rounds(limit, ({ reports }) => reports.length),
    condition(({ decisions }) => decisions.at(-1)?.next === "finish", "the supervisor has what it needs"),
    budgetLow(({ spent }) => spent),
  );
  const afterReport = (state: State) => (over(state) ? "synthesize" : "decide");
  const finish = async (state: State, config: NodeConfig) => ({
    ...(await answer(state, config)),
    ended: over(state),
  });

  const workflow = new StateGraph(SupervisorState, {
    input: described(Input),
    output: Output,
    context: RunContext,
  })
    .addNode("plan", resetting(FRESH, ask({ role: "supervisor", prompt: prompts.plan, into: "steps" })))
    .addNode("decide", stallable(route(deciding), backAndForth))
    .addNode("code", stallable(delegateTo("code"), sameReport), { subgraphs: [SPECIALISTS.code] })
    .addNode("research", stallable(delegateTo("research"), sameReport), { subgraphs: [SPECIALISTS.research] })
    .addNode("qa", stallable(delegateTo("qa"), sameReport), { subgraphs: [SPECIALISTS.qa] })
    .addNode("synthesize", counted(finish))
    .addEdge(START, "plan")
    .addEdge("plan", "decide")
    .addConditionalEdges("decide", afterDecide, ["code", "research", "qa", "synthesize"])
    .addConditionalEdges("code", afterReport, ["decide", "synthesize"])
    .addConditionalEdges("research", afterReport, ["decide", "synthesize"])
    .addConditionalEdges("qa", afterReport, ["decide", "synthesize"])
    .addEdge("synthesize", END);

  const graph = workflow
    .compile({ name: "supervisor", checkpointer: defaultCheckpointer() })
    .withConfig(OWN_BOUNDS);
  registerAnswer(workflow, result);
  return { workflow, graph, result };
}

const FRESH = { decisions: EMPTY, reports: EMPTY, spent: EMPTY, answer: "" };

const SPECIALISTS = {
  code: specialists.code.compile({ name: "code" }),
  research: specialists.research.compile({ name: "research" }),
  qa: specialists.qa.compile({ name: "qa" }),
};

const deciding = {
  role: "supervisor",
  prompt: prompts.decide,
  name: "Decision",
  schema: Decision,
  otherwise: (fault: string): Decision => ({
    next: "finish",
    instruction: "",
    reason: `No valid decision: ${fault}`,
  }),
  into: "decisions",
} as const;

const inWords = ({ next, instruction }: Decision) => `${next}: ${instruction}`;
const delegating = noProgress("delegation", (decisions: Decision[]) => decisions, { by: inWords, cycle: 2 });
const reporting = noProgress("report", (reports: Report[]) => reports, {
  by: ({ from, text }) => `${from}: ${text}`,
});

/** The same delegation twice in a row is another attempt; two in turn, twice, are none. */
function backAndForth({ decisions }: State, { decisions: next }: { decisions: Decision }) {
  const last = decisions.at(-1);
  if (next.next === "finish" || !last || inWords(last) === inWords(next)) return undefined;
  return delegating([...decisions, next])?.text;
}

const sameReport = ({ reports }: State, { reports: next }: { reports: Report }) =>
  reporting([...reports, next])?.text;

const answering = {
  role: "supervisor",
  prompt: prompts.synthesize,
  material: ({ reports }: State) => reports,
  without: ({ decisions }: State) => `No specialist reported. ${decisions.at(-1)?.reason ?? ""}`.trim(),
  into: "answer",
} as const;

const synthesized = synthesize(answering);

/** Puts the reports together; the answer cites nothing that they do not. */
async function answer(state: State, config: NodeConfig) {
  const { answer } = await synthesized(state, config);
  return { answer: withoutDangling(answer, sourcesOf(state.reports)) };
}

const sourcesOf = (reports: Report[]) => reports.flatMap(({ sources }) => sources);

/** A node that gives the last decision's instruction to a specialist, and keeps its report alone. */
function delegateTo(from: z.infer<typeof Specialist>) {
  return async ({ task, decisions, reports }: State) => {
    const instruction = decisions.at(-1)?.instruction || task;
    const { report } = await accounted(() =>
      SPECIALISTS[from].invoke({ task, instruction, earlier: reports }),
    );
    return { reports: { ...report, from, instruction } };
  };
}

/** The answer with its sources, or what was reported so far. */
export function result({ answer, reports = [] }: Partial<State>): string {
  const text = answer || reports.map(({ from, text }) => `## Report of ${from}\n\n${text}`).join("\n\n");
  return withSources(text, sourcesOf(reports));
}

export const { workflow, graph } = defineSupervisor();
