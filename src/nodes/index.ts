export { AgentReport, agent } from "./agent.ts";
export { type Branch, branch, parallel } from "./branch.ts";
export {
  citationsOf,
  danglingCitations,
  numberingAfter,
  standingAlone,
  underOneNumbering,
  withoutDangling,
  withSources,
} from "./citations.ts";
export { structuredOrThrow } from "./decide.ts";
export type { NodeConfig } from "./fields.ts";
export { nodesFor } from "./nodes-for.ts";
export { findPassages, findSources } from "./research.ts";
export { type Piece, type WhenReadyOptions, whenReady } from "./when-ready.ts";
export { type RoleNode, withFallback } from "./with-fallback.ts";
