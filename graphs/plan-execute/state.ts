import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { Shortfall } from "../../src/outcomes/outcome.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import { log, spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** One thing to do, and how it shows that it is done. */
export const Step = z.object({
  id: z.string().trim().min(1).describe("A short name in kebab-case, unlike every other one."),
  title: z.string().trim().min(1).describe("What it is about, in a few words."),
  instruction: z
    .string()
    .trim()
    .min(1)
    .describe("What exactly is to be done, to be followed without the plan."),
  doneWhen: z.string().trim().min(1).describe("What its report has to hold so that it counts as done."),
});
export type Step = z.infer<typeof Step>;

/** What is to be done from here on, in this order. */
export const Plan = z.object({
  steps: z.array(Step).describe("The steps, in the order in which they are done."),
  givenUp: z
    .string()
    .describe(
      "What of the task no step does any more and why, in one sentence; empty if nothing is given up.",
    ),
});
export type Plan = z.infer<typeof Plan>;

/** What a step brought. */
export const StepReport = AgentReport.extend({
  step: Step.describe("The step."),
  sources: AgentReport.shape.sources.describe(
    "The passages that the report cites, numbered over all reports.",
  ),
});
export type StepReport = z.infer<typeof StepReport>;

/** A step that came to nothing. */
export const Setback = z.object({
  step: Step.describe("The step, as it was planned."),
  status: z
    .enum([...Shortfall.options, "rejected"])
    .describe("Whether it gave no report, or none that was accepted."),
  why: z.string().describe("Why, in words for people and prompts."),
});
export type Setback = z.infer<typeof Setback>;

/** Something that was planned or asked, and is not done. */
export const Open = z.object({
  what: z.string().describe("The step's title, or what was given up."),
  why: z.string().describe("Why it is open."),
});
export type Open = z.infer<typeof Open>;

/** What a plan-execute is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, out of the accepted reports, citing sources as [1]."),
  sources: z.array(Source).describe("The sources that the answer cites."),
  reports: z.array(StepReport).describe("What the steps brought whose reports were accepted, oldest first."),
  setbacks: z.array(Setback).describe("The steps that failed or were rejected, oldest first."),
  open: z.array(Open).describe("What is not done, and why; empty if everything is."),
  ended: Ending.nullable().describe("Why no more steps were done; null until then."),
});

/** What its nodes read and write. */
export const PlanExecuteState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  reports: log(StepReport, Output.shape.reports.description),
  setbacks: log(Setback, Output.shape.setbacks.description),
  plans: z.array(Plan).describe("The first plan, and each that was made after a setback for what was left."),
  steps: z.array(Step).describe("What is left of the newest plan; the first is next."),
  attempt: StepReport.nullable().describe("What the next step brought, before its review."),
  verdict: Verdict.nullable().describe("What the last review came to."),
  spent: spending(),
});
export type State = typeof PlanExecuteState.State;
