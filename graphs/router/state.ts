import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";

/** Whom a task is given to. */
const Branch = z.enum(["research", "writing", "generalist"]);

/** The class of a task. */
export const Classification = z.object({
  category: Branch.describe("The kind of task."),
  confidence: z.number().min(0).max(1).describe("How sure the classification is."),
  reason: z.string().describe("Which words of the task decided."),
});
export type Classification = z.infer<typeof Classification>;

/** What a router is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  classification: Classification.describe("The task's class, as the classifier gave it."),
  branch: Branch.describe("The branch that was taken."),
  why: z.string().describe("Why that branch was taken."),
  report: AgentReport.nullable().describe("What the branch brought, with its sources."),
});

/** What its nodes read and write. */
export const RouterState = new StateSchema({ ...Input.shape, ...Output.shape });
export type State = typeof RouterState.State;
