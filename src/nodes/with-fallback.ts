import { notify } from "../events/notices.ts";
import { branch } from "./branch.ts";
import type { NodeConfig, NodeOf } from "./fields.ts";

/** A role's node, by the name of the role. */
export interface RoleNode<State, Update> {
  role: string;
  node: NodeOf<State, Update>;
}

/**
 * A node whose work another role does where the first one fails for good, after its models' own retries and
 * fallbacks. The first one's work is a `branch`: that it failed is durable, and a resume goes on with the other.
 */
export function withFallback<State, Update>(
  first: RoleNode<State, Update>,
  fallback: RoleNode<State, Update>,
): NodeOf<State, Update> {
  return async (state: State, config: NodeConfig) => {
    const outcome = await branch({ who: first.role, work: () => first.node(state, config) });
    if (outcome.status === "ok") return outcome.value;
    notify({ type: "stood_in", role: first.role, by: fallback.role, reason: outcome.why });
    return fallback.node(state, config);
  };
}
