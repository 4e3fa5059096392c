import { type NodeConfig, nodesFor, standingAlone, underOneNumbering } from "../../src/nodes/index.ts";
import { decided, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import * as prompts from "./prompts.ts";
import { type Report, type State, TaskDagState } from "./state.ts";

const { ask } = nodesFor(TaskDagState);

const write = ask({
  role: "editor",
  prompt: ({ task, outcomes }) => prompts.synthesize({ task, ...broughtBy(outcomes) }),
  into: "answer",
});

/** Answers out of what there is, and cites nothing else; of nothing at all no model is asked to make something. */
export async function synthesize(state: State, config: NodeConfig) {
  const sum = decided(state.outcomes, "best_effort");
  if (sum.status === "insufficient") return { insufficient: sum };
  const shown = broughtBy(state.outcomes).reports.flatMap(({ sources }) => sources);
  const { answer: written } = await write(state, config);
  const { text: answer, sources } = standingAlone({ text: written, sources: shown });
  return { answer, sources };
}

/** The reports under one numbering, and who brought none. */
export function broughtBy(outcomes: readonly Outcome<Report>[]) {
  const { given, missing } = parted(outcomes);
  return { reports: underOneNumbering(given.map(({ value }) => value)), missing };
}
