import { type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { type Ending, noProgress, type Termination } from "../../src/outcomes/termination.ts";
import { assigned } from "./delegation.ts";
import * as prompts from "./prompts.ts";
import {
  type Decided,
  Decision,
  ENOUGH,
  type Report,
  type Rework,
  type State,
  SupervisorState,
} from "./state.ts";

const { route, synthesize } = nodesFor(SupervisorState);

/** A node that decides who works next, the supervisor's model itself or a rule; what qa sent back is in its hands. */
export function decideBy(delegateBy: Strategy) {
  return async (state: State, config: NodeConfig) => {
    const { decisions }: { decisions: Decided } = await decided(state, config);
    return delegateBy === "model" || decisions.next === "finish"
      ? { decisions, rework: [] }
      : { ...(await assigned(delegateBy, decisions, state)), rework: [] };
  };
}

const decided = route({
  role: "supervisor",
  prompt: prompts.decide,
  name: "Decision",
  schema: Decision,
  otherwise: (fault: string): Decided => ({
    next: "finish",
    instruction: "",
    reason: `No valid decision: ${fault}`,
    obstacle: "the supervisor gave no valid decision",
  }),
  into: "decisions",
});

/** Ends where the supervisor finishes, by its own choice or because nobody can work next. */
export const finished: Termination<State> = ({ decisions }) => {
  const last = decisions.at(-1);
  if (last?.next !== "finish") return undefined;
  const { obstacle } = last;
  return obstacle ? { reason: "given_up", text: obstacle } : { reason: "finished", text: ENOUGH };
};

/** What was given to whom, or is to be. */
interface Assignment {
  to: string;
  instruction: string;
}

const inWords = ({ to, instruction }: Assignment) => `${to}: ${instruction}`;
const delegating = noProgress("delegation", (given: Assignment[]) => given, { by: inWords, cycle: 2 });
const reporting = noProgress("report", (reports: Report[]) => reports, {
  by: ({ from, text }) => `${from}: ${text}`,
  cycle: 2,
});

/** What stands still if the supervisor's decision is followed. */
export function sameDecision({ task, reports }: State, { decisions }: { decisions: Decided }) {
  const { next, instruction } = decisions;
  return next === "finish"
    ? undefined
    : backAndForth(reports, { to: next, instruction: instruction || task });
}

/** What stands still with a report, or if what qa sends back with it is done. */
export function sameReport(state: State, { reports: next, rework }: { reports: Report; rework: Rework[] }) {
  const reports = [...state.reports, next];
  const [first] = next.from === "qa" ? rework : [];
  return reporting(reports)?.text ?? (first && backAndForth(reports, first));
}

/** The same delegation twice in a row is another attempt; two in turn, twice, are none. */
function backAndForth(reports: readonly Report[], next: Assignment) {
  const given = reports.map(({ from, instruction }) => ({ to: from, instruction }));
  const last = given.at(-1);
  if (!last || inWords(last) === inWords(next)) return undefined;
  return delegating([...given, next])?.text;
}

const synthesized = synthesize({
  role: "supervisor",
  prompt: prompts.synthesize,
  material: ({ reports }: State) => reports,
  without: ({ decisions }: State) => `No specialist reported. ${decisions.at(-1)?.reason ?? ""}`.trim(),
  sources: ({ reports }: State) => sourcesOf(reports),
  into: "answer",
});

/** Why there are no more reports where nothing of the graph's own ended the delegations. */
const STOPPED: Ending = { reason: "stopped", text: "the person wants the answer" };

/** Puts the reports together, and says why there are no more; the answer cites nothing that they do not. */
export async function answerAfter(ending: Ending | undefined, state: State, config: NodeConfig) {
  const ended = ending ?? STOPPED;
  const { answer } = await synthesized({ ...state, ended }, config);
  return { answer, ended };
}

/** The sources of all reports. */
export const sourcesOf = (reports: readonly Report[]) => reports.flatMap(({ sources }) => sources);
