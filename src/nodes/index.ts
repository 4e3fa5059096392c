export { AgentReport } from "./agent.ts";
export { citationsOf, danglingCitations, withoutDangling, withSources } from "./citations.ts";
export type { NodeConfig } from "./fields.ts";
export { nodesFor } from "./nodes-for.ts";
