import {
  type AgentReport,
  agent,
  branch,
  citedIn,
  eachOnce,
  type NodeConfig,
  nodesFor,
  structured,
  structuredOrThrow,
  withoutDangling,
} from "../../src/nodes/index.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import type { Objection } from "../../src/outcomes/verdict.ts";
import { standardTools } from "../../src/tools/standard.ts";
import { latestSetback, planWithin } from "./plans.ts";
import * as prompts from "./prompts.ts";
import { executor } from "./roles.ts";
import { type Open, type Plan, PlanExecuteState, type State, type Step, type StepReport } from "./state.ts";

const { judge, synthesize } = nodesFor(PlanExecuteState);

/** A node that plans the task; without a plan that can be carried out it throws, and a resume asks anew. */
export const planIn =
  (maxSteps: number) =>
  async ({ task }: State, { context }: NodeConfig) => {
    const schema = planWithin({ most: maxSteps, finished: [], left: [], mayGiveUp: false });
    const prompt = prompts.plan({ task, most: maxSteps });
    const plan = await structuredOrThrow({ role: "planner", prompt, name: "Steps", schema }, context);
    return { plans: [plan], steps: plan.steps };
  };

/** A node that plans anew what is left after a setback; what is finished counts for the bound and is not planned again. */
export const replanIn =
  (maxSteps: number) =>
  async (state: State, { context }: NodeConfig) => {
    const finished = state.reports.map(({ step }) => step);
    const most = maxSteps - finished.length;
    const schema = planWithin({ most, finished, left: state.steps, mayGiveUp: true });
    const prompt = prompts.replan({ ...state, most });
    const answer = await structured({ role: "planner", prompt, name: "Steps", schema }, context);
    const plan: Plan =
      "value" in answer
        ? answer.value
        : { steps: [], givenUp: `The planner gave no valid plan: ${answer.fault}` };
    const plans = [...state.plans, plan];
    return plan.steps.length > 0 ? { plans, steps: plan.steps } : { plans };
  };

const working = agent({
  role: executor,
  prompt: prompts.execute,
  tools: standardTools,
  cited: ({ reports }: State) => reports,
  into: "report",
});

/** Does the next step; that it failed is an outcome, and never the end of the run. */
export async function execute(state: State, config: NodeConfig) {
  const [step] = state.steps;
  if (!step) return {};
  const work = async () => reportOn(step, (await working(state, config)).report, state.reports);
  const outcome = await branch({ who: step.id, work });
  if (outcome.status === "ok") return { attempt: outcome.value };
  return { attempt: null, setbacks: { step, status: outcome.status, why: outcome.why } };
}

/** A report that cites only what its writer was shown, with just the sources that it cites. */
function reportOn(step: Step, report: AgentReport, earlier: readonly StepReport[]): StepReport {
  const shown = sourcesOf([report, ...earlier]);
  const text = withoutDangling(report.text, shown);
  return { ...report, step, text, sources: citedIn(text, shown) };
}

const judged = judge({
  role: "reviewer",
  prompt: prompts.review,
  check: ({ attempt }) => unfit(attempt),
  into: "verdict",
});

/** What keeps a report from being accepted whatever a model says of it. */
function unfit(report: StepReport | null): Objection[] {
  if (!report?.text.trim()) return [{ aspect: "completeness", ...EMPTY_REPORT }];
  return report.ended === "misfit" ? [{ aspect: "structure", ...MISFIT }] : [];
}

const EMPTY_REPORT = { problem: "The report is empty.", change: "Report what came of the step." };
const MISFIT = {
  problem: "The report does not keep to what the worker's role says that it has to be.",
  change: "Report in the form that is asked for.",
};

/** Accepts the report on the next step, which is finished then, or keeps why it was rejected. */
export async function review(state: State, config: NodeConfig) {
  const { attempt } = state;
  const [step, ...left] = state.steps;
  const { verdict } = await judged(state, config);
  if (!attempt || !step) return { verdict };
  if (verdict.approved) return { verdict, attempt: null, reports: attempt, steps: left };
  const why = verdict.objections.map(({ problem, change }) => `${problem} ${change}`).join("\n");
  return { verdict, attempt: null, setbacks: { step, status: "rejected" as const, why } };
}

/** Answers out of the accepted reports, and says what is open; the answer cites nothing that they do not. */
export async function answerAfter(ended: Ending, state: State, config: NodeConfig) {
  const open = openIn(state, ended);
  const { answer } = await synthesized({ ...state, open }, config);
  return { answer, sources: citedIn(answer, sourcesOf(state.reports)), open, ended };
}

const synthesized = synthesize({
  role: "editor",
  prompt: prompts.synthesize,
  material: ({ reports }) => reports,
  without: () => "No step of the plan came to a report that was accepted.",
  sources: ({ reports }) => sourcesOf(reports),
  into: "answer",
});

/** What was planned and is not finished, and what was given up on the way. */
function openIn(state: State, ended: Ending): Open[] {
  const setback =
    latestSetback(state) ?? (state.plans.at(-1)?.steps.length === 0 ? state.setbacks.at(-1) : undefined);
  const steps = state.steps.map(({ title }, at) =>
    at === 0 && setback
      ? { what: title, why: `${setback.status.replace("_", " ")}: ${setback.why}` }
      : { what: title, why: `not begun: ${ended.text}` },
  );
  const givenUp = state.plans.flatMap(({ steps, givenUp }) =>
    steps.length > 0 && givenUp.trim() ? [givenUp.trim().replace(/[.]$/, "")] : [],
  );
  const named = [...new Set(givenUp)].map((what) => ({ what, why: "given up by the planner" }));
  return [...steps, ...named];
}

/** The sources of reports, each once. */
const sourcesOf = (reports: readonly Pick<StepReport, "sources">[]) =>
  eachOnce(reports.flatMap(({ sources }) => sources));
