import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** What an orchestrator is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing its sources as [1]."),
  sources: z.array(Source).describe("The passages that the answer cites."),
  ended: AgentReport.shape.ended.nullable().describe("Why the orchestrator stopped."),
});

/** What its nodes read and write. */
export const AgentsAsToolsState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  report: AgentReport.nullable().describe("What the orchestrator answered, with all that it was shown."),
  spent: spending(),
});
export type State = typeof AgentsAsToolsState.State;
