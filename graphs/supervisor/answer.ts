import { type NodeConfig, nodesFor, withoutDangling, withSources } from "../../src/nodes/index.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import * as prompts from "./prompts.ts";
import { type Report, type State, SupervisorState } from "./state.ts";

const { synthesize } = nodesFor(SupervisorState);

const synthesized = synthesize({
  role: "supervisor",
  prompt: prompts.synthesize,
  material: ({ reports }: State) => reports,
  without: ({ decisions }: State) => `No specialist reported. ${decisions.at(-1)?.reason ?? ""}`.trim(),
  into: "answer",
});

/** Why there are no more reports where nothing of the graph's own ended the delegations. */
const STOPPED: Ending = { reason: "condition", text: "the person wants the answer" };

/** Puts the reports together, and says why there are no more; the answer cites nothing that they do not. */
export async function answerAfter(ending: Ending | undefined, state: State, config: NodeConfig) {
  const ended = ending ?? STOPPED;
  const { answer } = await synthesized({ ...state, ended }, config);
  return { answer: withoutDangling(answer, sourcesOf(state.reports)), ended };
}

const sourcesOf = (reports: Report[]) => reports.flatMap(({ sources }) => sources);

/** The answer with its sources, or what was reported so far. */
export function result({ answer, reports = [] }: Partial<State>): string {
  const text = answer || reports.map(({ from, text }) => `## Report of ${from}\n\n${text}`).join("\n\n");
  return withSources(text, sourcesOf(reports));
}
