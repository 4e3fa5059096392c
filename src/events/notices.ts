import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Standing } from "../outcomes/account.ts";
import type { Strategy } from "../outcomes/delegation.ts";
import type { Outcome } from "../outcomes/outcome.ts";
import type { Usage } from "../outcomes/spend.ts";
import type { AgentMessage } from "../state/messages.ts";

/**
 * What the shared parts tell while they work, through LangGraph's `custom` stream: each chunk is
 * `{ graphwright: Notice }`. All of them are plain JSON.
 *
 * `effect` tells of an act on the outside world: that it was done, that a result was taken that is `recorded`,
 * that nobody knows whether it was done, or that it was not.
 *
 * `permission` tells of tool calls that were not simply allowed, `cached` of a model's or a tool's answer that
 * cost nothing.
 * `message` tells of a message between agents when it is sent, and `delegated` to whom a task was given, which is cut:
 * to nobody where nobody fits.
 *
 * `model_called` tells of every attempt that was counted; not `ok` is one that failed or was not taken.
 */
export type Notice =
  | ({
      type: "model_called";
      role: string;
      model: string;
      usage: Usage;
      ok?: boolean;
      ms: number;
    } & Partial<Standing>)
  | { type: "retry"; role: string; model: string; attempt: number; delayMs: number; reason: string }
  | { type: "fallback"; role: string; model: string; to: string; reason: string }
  | { type: "queued"; role: string; model: string }
  | { type: "circuit"; role: string; model: string; state: "closed" | "open" | "half_open" }
  | { type: "asked_again"; role: string; schema: string; reason: string }
  | { type: "tool"; tool: string; args: unknown; ok: boolean; ms: number }
  | {
      type: "permission";
      role: string;
      tool: string;
      decision: "denied" | "asked" | "approved";
      reason: string;
    }
  | { type: "cached"; role: string; what: string }
  | { type: "branch_started"; who: string }
  | { type: "branch_ended"; who: string; status: Outcome<unknown>["status"]; why?: string; ms: number }
  | { type: "stalled"; repeated: string }
  | { type: "stood_in"; role: string; by: string; reason: string }
  | { type: "effect"; key: string; state: "done" | "recorded" | "unknown" | "not_done" }
  | { type: "message"; message: AgentMessage }
  | { type: "delegated"; task: string; to: string | null; by: Strategy; reason: string }
  | { type: "note"; text: string };

/** A notice, and the checkpoint namespace of who told it. */
interface Told {
  graphwright: Notice;
  namespace: string;
}

/** Tells a notice to whoever streams the run; outside a run nobody hears it. */
export function notify(notice: Notice): void {
  const config: LangGraphRunnableConfig | undefined = getConfig();
  const told: Told = { graphwright: notice, namespace: config?.configurable?.["checkpoint_ns"] ?? "" };
  const write = config?.writer ?? config?.configurable?.["writer"];
  write?.(told);
}

/** The notice in a chunk of the `custom` stream, if it is one. */
export function noticeOf(chunk: unknown): Told | undefined {
  return typeof chunk === "object" && chunk !== null && "graphwright" in chunk ? (chunk as Told) : undefined;
}
