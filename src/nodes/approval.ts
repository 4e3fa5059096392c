import { interrupt, task } from "@langchain/langgraph";
import { z } from "zod";
import { notify } from "../events/notices.ts";
import { hashOf } from "../resilience/durable-call.ts";

/** The interrupt of a tool call that a person has to approve; a person answers `ApprovalAnswer`. */
export interface ApprovalQuestion {
  kind: "approval";
  role: string;
  tool: string;
  args: unknown;
  message: string;
}

/** What a person says to a tool call. */
export const ApprovalAnswer = z.discriminatedUnion("decision", [
  z.strictObject({ decision: z.literal("approve").describe("Have the call made, as it stands.") }),
  z.strictObject({
    decision: z.literal("deny").describe("Do not have it made."),
    reason: z.string().optional().describe("What the agent is told; empty for nothing more."),
  }),
]);
export type ApprovalAnswer = z.infer<typeof ApprovalAnswer>;

/** How the names of the LangGraph tasks begin that ask whether a tool may be called. */
export const APPROVAL_QUESTION = "approval ";

/**
 * Asks a person by an interrupt whether a tool may be called. To be called in nodes, one question after the other.
 *
 * The question is a LangGraph task that is named after the call: LangGraph keeps answers by task, so an answer never
 * serves for another call, also where the model asks for something else when the run is resumed.
 */
export async function approvalOf(asked: Omit<ApprovalQuestion, "kind" | "message">): Promise<ApprovalAnswer> {
  const { role, tool, args } = asked;
  const message = `${role} wants to call ${tool}. Answer { "decision": "approve" } or { "decision": "deny", "reason": "…" }.`;
  const question: ApprovalQuestion = { kind: "approval", role, tool, args, message };
  const name = APPROVAL_QUESTION + hashOf(role, tool, args);
  const ask = task({ name }, async () => {
    try {
      return interrupt<ApprovalQuestion, ApprovalAnswer>(question, { responseSchema: ApprovalAnswer });
    } catch (suspended) {
      notify({ type: "permission", role, tool, decision: "asked", reason: "A person is asked." });
      throw suspended;
    }
  });
  return await ask();
}
