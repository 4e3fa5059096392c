import { findSources, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { Assessment, type State, SupportState } from "./state.ts";

const { compose, route } = nodesFor(SupportState);

const search = documentSearch();

const assessed = route({
  role: "assessor",
  prompt: prompts.assess,
  name: "Assessment",
  schema: Assessment,
  otherwise: (fault, { facts }): Assessment => ({
    facts,
    missing: [],
    next: "escalate",
    question: "",
    reason: `No valid assessment: ${fault}`,
  }),
  into: "assessments",
});

/** Decides how to go on, by the documents on what the customer has said so far. */
export async function assess(state: State, config: NodeConfig) {
  const found = await findSources(search, saidIn(state), config.context);
  const { assessments: assessment } = await assessed({ ...state, found }, config);
  return { found, facts: assessment.facts, assessments: assessment };
}

const saidIn = ({ inquiry, exchanges }: State) => [inquiry, ...exchanges.map(({ answer }) => answer)];

const answered = compose({
  role: "writer",
  prompt: prompts.resolve,
  sources: ({ found }: State) => found,
  into: { text: "resolution", sources: "sources" },
});

/** Answers out of the documents, on what a human agent has instructed too. */
export async function resolve(state: State, config: NodeConfig) {
  const found = await findSources(search, [...saidIn(state), ...instructedIn(state)], config.context);
  return { found, by: "agent" as const, ...(await answered({ ...state, found }, config)) };
}

const instructedIn = ({ rulings }: State) =>
  rulings.flatMap((ruling) => (ruling.action === "instruct" ? [ruling.instruction] : []));
