import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";

/** What an agent is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  report: AgentReport.nullable().describe("The answer, with its sources and why the agent stopped."),
});

/** What its node reads and writes. */
export const SingleState = new StateSchema({ ...Input.shape, ...Output.shape });
export type State = typeof SingleState.State;
