export { citationsOf } from "../state/citations.ts";
export { AgentReport, agent } from "./agent.ts";
export { type Branch, branch, parallel } from "./branch.ts";
export {
  citedIn,
  danglingCitations,
  eachOnce,
  grounded,
  numberingAfter,
  saysNothing,
  standingAlone,
  underOneNumbering,
  verified,
  withoutDangling,
  withSources,
} from "./citations.ts";
export { compiled } from "./compiled.ts";
export { structured, structuredOrThrow } from "./decide.ts";
export { type DelegateOptions, type Delegating, delegate } from "./delegate.ts";
export type { NodeConfig } from "./fields.ts";
export { byLot } from "./lots.ts";
export { findFor, Material, type Seeker, shownTo } from "./material.ts";
export { sendMessage, sendMessages } from "./messages.ts";
export { nodesFor } from "./nodes-for.ts";
export { findPassages, findSources } from "./research.ts";
export { type Assigned, type AssignOptions, Roster } from "./roster.ts";
export { joined, section } from "./sections.ts";
export { type TurnOptions, takeTurn } from "./take-turn.ts";
export { type Piece, type WhenReadyOptions, whenReady } from "./when-ready.ts";
export { type RoleNode, withFallback } from "./with-fallback.ts";
export { type WorkflowTool, type WorkflowToolOptions, workflowTool } from "./workflow-tool.ts";
