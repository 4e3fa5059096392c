export {
  type AgentsAsToolsOptions,
  defineAgentsAsTools,
  graph as agentsAsTools,
} from "./agents-as-tools/graph.ts";
export { AgentsAsToolsState } from "./agents-as-tools/state.ts";
export { type BestOfNOptions, defineBestOfN, graph as bestOfN } from "./best-of-n/graph.ts";
export { BestOfNState } from "./best-of-n/state.ts";
export { catalogue } from "./catalogue.ts";
export type { CrewTask } from "./content-crew/crew.ts";
export { type ContentCrewOptions, defineContentCrew, graph as contentCrew } from "./content-crew/graph.ts";
export { ContentCrewState } from "./content-crew/state.ts";
export {
  type ContentPipelineOptions,
  defineContentPipeline,
  graph as contentPipeline,
} from "./content-pipeline/graph.ts";
export { ContentPipelineState } from "./content-pipeline/state.ts";
export { type DebateOptions, defineDebate, graph as debate } from "./debate/graph.ts";
export { DebateState } from "./debate/state.ts";
export { defineFanOut, type FanOutOptions, graph as fanOut } from "./fan-out/graph.ts";
export { FanOutState } from "./fan-out/state.ts";
export { defineGroupChat, type GroupChatOptions, graph as groupChat } from "./group-chat/graph.ts";
export { GroupChatState } from "./group-chat/state.ts";
export { defineHierarchy, graph as hierarchy, type HierarchyOptions } from "./hierarchy/graph.ts";
export type { Specialist } from "./hierarchy/roles.ts";
export { HierarchyState } from "./hierarchy/state.ts";
export { definePipeline, graph as pipeline, type PipelineOptions } from "./pipeline/graph.ts";
export type { AnyStage, Chained, Material, Stage } from "./pipeline/stage.ts";
export { PipelineState } from "./pipeline/state.ts";
export { definePlanExecute, graph as planExecute, type PlanExecuteOptions } from "./plan-execute/graph.ts";
export { PlanExecuteState } from "./plan-execute/state.ts";
export {
  defineReviewLoop,
  graph as reviewLoop,
  type ReviewLoopOptions,
} from "./review-loop/graph.ts";
export { ReviewLoopState } from "./review-loop/state.ts";
export { defineRouter, graph as router, type RouterOptions } from "./router/graph.ts";
export { RouterState } from "./router/state.ts";
export { defineSingle, graph as single, type SingleOptions } from "./single/graph.ts";
export { SingleState } from "./single/state.ts";
export { defineSupervisor, graph as supervisor, type SupervisorOptions } from "./supervisor/graph.ts";
export { SupervisorState } from "./supervisor/state.ts";
export { defineSupport, graph as support, type SupportOptions } from "./support/graph.ts";
export { SupportState } from "./support/state.ts";
export { defineTaskDag, graph as taskDag, type TaskDagOptions } from "./task-dag/graph.ts";
export { TaskDagState } from "./task-dag/state.ts";
