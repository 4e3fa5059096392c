export { AgentReport, MAX_TURNS } from "./agent.ts";
export { citationsOf, danglingCitations, withSources } from "./citations.ts";
export type { FieldFor, NodeConfig } from "./fields.ts";
export { nodesFor } from "./nodes-for.ts";
