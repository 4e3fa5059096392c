export { catalogue } from "./catalogue.ts";
export { defineFanOut, type FanOutOptions, graph as fanOut } from "./fan-out/graph.ts";
export { FanOutState } from "./fan-out/state.ts";
export {
  defineReviewLoop,
  graph as reviewLoop,
  type ReviewLoopOptions,
} from "./review-loop/graph.ts";
export { ReviewLoopState } from "./review-loop/state.ts";
export { defineRouter, graph as router, type RouterOptions, RouterState } from "./router/graph.ts";
export { defineSupervisor, graph as supervisor, type SupervisorOptions } from "./supervisor/graph.ts";
export { SupervisorState } from "./supervisor/state.ts";
export { defineSupport, graph as support, type SupportOptions, SupportState } from "./support/graph.ts";
export { defineTaskDag, graph as taskDag, type TaskDagOptions, TaskDagState } from "./task-dag/graph.ts";
