import { type NodeConfig, nodesFor, standingAlone } from "../../src/nodes/index.ts";
import { decided } from "../../src/outcomes/outcome.ts";
import { broughtBy } from "./delegation.ts";
import * as prompts from "./prompts.ts";
import { manager } from "./roles.ts";
import { HierarchyState, type State } from "./state.ts";

const { ask } = nodesFor(HierarchyState);

const write = ask({
  role: manager.name,
  prompt: ({ task, reports }) => prompts.answer({ task, ...broughtBy(reports) }),
  into: "answer",
});

/** Answers out of what there is, and cites nothing else; of nothing at all no model is asked to make something. */
export async function synthesize(state: State, config: NodeConfig) {
  const outcomes = state.reports.map(({ outcome }) => outcome);
  const sum = decided(outcomes, "best_effort");
  if (sum.status === "insufficient") return { insufficient: sum };
  const shown = broughtBy(state.reports).reports.flatMap(({ sources }) => sources);
  const { answer: written } = await write(state, config);
  const { text: answer, sources } = standingAlone({ text: written, sources: shown });
  return { answer, sources };
}
