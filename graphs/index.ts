export { catalogue } from "./catalogue.ts";
export {
  defineReviewLoop,
  graph as reviewLoop,
  type ReviewLoopOptions,
  ReviewLoopState,
} from "./review-loop/graph.ts";
export { defineRouter, graph as router, type RouterOptions, RouterState } from "./router/graph.ts";
export {
  defineSupervisor,
  graph as supervisor,
  type SupervisorOptions,
  SupervisorState,
} from "./supervisor/graph.ts";
