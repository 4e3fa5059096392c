import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { Insufficient, outcome } from "../../src/outcomes/outcome.ts";
import { planFaults } from "../../src/outcomes/plan.ts";
import { Source } from "../../src/state/passage.ts";

/** How many subtasks a task is divided into. */
export const SIZE = { least: 3, most: 7 };

/** Who can be given a subtask. */
export const AgentType = z.enum(["researcher", "analyst", "coder", "writer", "reviewer", "qa_tester"]);
export type AgentType = z.infer<typeof AgentType>;

/** One part of a task. */
export const Subtask = z.object({
  id: z.string().min(1).describe("A short name in kebab-case, unlike every other one."),
  title: z.string().min(1).describe("What it is about, in a few words."),
  description: z.string().min(1).describe("What exactly is to be done, to be followed without the plan."),
  agent: AgentType.describe("Who does it."),
  dependsOn: z.array(z.string()).describe("The ids of the subtasks whose results it needs; empty if none."),
  complexity: z.enum(["low", "medium", "high"]).describe("How much work it is beside the others."),
});
export type Subtask = z.infer<typeof Subtask>;

/** A task divided into subtasks that can be carried out. */
export const Plan = z
  .object({
    subtasks: z.array(Subtask).describe(`The subtasks: ${SIZE.least} to ${SIZE.most} of them.`),
  })
  .superRefine(({ subtasks }, { addIssue }) => {
    for (const { message } of planFaults(subtasks, SIZE)) addIssue({ code: "custom", message });
  });

/** What a subtask brought. */
export const Report = AgentReport.extend({
  title: z.string().describe("The subtask's title."),
  by: z.string().default("").describe("The role that did it."),
  sources: AgentReport.shape.sources.describe("The passages that the report cites, by its own numbers."),
});
export type Report = z.infer<typeof Report>;

/** What a task DAG is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing its sources as [1]; empty if there is none."),
  sources: z.array(Source).describe("The sources that the answer cites."),
  outcomes: z.array(outcome(Report)).describe("What each subtask came to, in the order of the plan."),
  insufficient: Insufficient.nullable().describe("Why there is no answer; null if there is one."),
});

/** What its nodes read and write. */
export const TaskDagState = new StateSchema({
  ...Input.shape,
  subtasks: z.array(Subtask).describe("The plan."),
  ...Output.shape,
});
export type State = typeof TaskDagState.State;
