import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport, type NodeConfig, nodesFor, verified } from "../../src/nodes/index.ts";
import type { Role } from "../../src/roles/role.ts";
import { TestRun } from "../../src/security/sandbox-tests.ts";
import { spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { standardTools } from "../../src/tools/standard.ts";
import * as prompts from "./prompts.ts";
import * as roles from "./roles.ts";
import { Check, Report, Worker } from "./state.ts";

const Assignment = z.object({
  task: z.string().describe("The whole task."),
  instruction: z.string().describe("What this specialist is to do."),
  earlier: z.array(Report).describe("What was reported before."),
});

const SpecialistState = new StateSchema({
  ...Assignment.shape,
  report: AgentReport,
  check: Check.nullable().default(null),
  spent: spending(),
});

type State = typeof SpecialistState.State;

const { agent, counted, route } = nodesFor(SpecialistState);

interface SpecialistOptions {
  role: Role;
  prompt: typeof prompts.code;
  check?: Parameters<typeof agent>[0]["check"];
}

/** One specialist as a graph of its own, up to its last edge: its conversation with its tools stays inside. */
const specialist = (options: SpecialistOptions) =>
  new StateGraph(SpecialistState, { input: Assignment, context: RunContext })
    .addNode(
      "work",
      agent({ ...options, tools: standardTools, cited: ({ earlier }) => earlier, into: "report" }),
    )
    .addNode("verify", verify)
    .addEdge(START, "work")
    .addEdge("work", "verify");

const verify = ({ report, earlier }: State) => ({
  report: verified(
    report,
    earlier.flatMap(({ sources }) => sources),
  ),
});

const SCRIPT = /^```(?:js|javascript|mjs|ts|typescript)\b/m;

/** Code that was never run, or whose tests failed when they were run last, is no report. */
function wasRun({ text, evidence }: Pick<AgentReport, "text" | "evidence">) {
  if (!SCRIPT.test(text)) return undefined;
  const runs = evidence.filter(({ tool }) => tool === "run_tests" || tool === "run_code");
  if (runs.length === 0) {
    return "it holds code that you have not run. Run it and its tests with run_tests or run_code";
  }
  const tested = runs.map(({ artifact }) => TestRun.safeParse(artifact).data).findLast(Boolean);
  return tested && tested.status !== "passed"
    ? "its tests did not pass when you ran them last. Repair it and run them again"
    : undefined;
}

const judging = {
  role: "tester",
  prompt: prompts.judge,
  name: "Check",
  schema: Check,
  otherwise: (): Check => ({ approved: false, objections: [] }),
  into: "check",
} as const;

const judged = route(judging);

/** A verdict, which no model can make an approval of where a report did not keep to what it has to be. */
async function judge(state: State, config: NodeConfig) {
  const { check } = await judged(state, config);
  const unfit = Worker.options.flatMap((to) => {
    const newest = state.earlier.findLast(({ from }) => from === to);
    const objection = newest && objectionTo(newest);
    return objection ? [{ to, ...objection }] : [];
  });
  const objections = [...unfit, ...check.objections];
  return { check: { approved: check.approved && unfit.length === 0, objections } };
}

/** What is wrong with a report whatever a model says of it; an agent that had to stop early was not sent back. */
function objectionTo(report: Report) {
  if (report.from === "code" && wasRun(report) !== undefined) return UNTESTED;
  return report.ended === "misfit" ? UNFIT : undefined;
}

const UNTESTED = {
  problem: "It holds code that was never run, or whose tests did not pass.",
  change: "Run the code and its tests, repair what fails, and report what came of it.",
};

const UNFIT = {
  problem: "The report does not keep to what it has to be.",
  change: "Report the whole again in the form that is asked for.",
};

export const code = specialist({
  role: roles.coder,
  prompt: prompts.code,
  check: wasRun,
}).addEdge("verify", END);

export const research = specialist({
  role: roles.researcher,
  prompt: prompts.research,
}).addEdge("verify", END);

export const qa = specialist({ role: roles.tester, prompt: prompts.qa })
  .addNode("judge", counted(judge))
  .addEdge("verify", "judge")
  .addEdge("judge", END);
