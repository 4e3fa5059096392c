export { citationsOf } from "../state/citations.ts";
export { AgentReport, agent } from "./agent.ts";
export { type Branch, branch, parallel } from "./branch.ts";
export {
  danglingCitations,
  numberingAfter,
  standingAlone,
  underOneNumbering,
  withoutDangling,
  withSources,
} from "./citations.ts";
export { structuredOrThrow } from "./decide.ts";
export { type DelegateOptions, type Delegating, delegate } from "./delegate.ts";
export type { NodeConfig } from "./fields.ts";
export { sendMessage, sendMessages } from "./messages.ts";
export { nodesFor } from "./nodes-for.ts";
export { findPassages, findSources } from "./research.ts";
export { type Assigned, type AssignOptions, Roster } from "./roster.ts";
export { type Piece, type WhenReadyOptions, whenReady } from "./when-ready.ts";
export { type RoleNode, withFallback } from "./with-fallback.ts";
