import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { Delegation } from "../../src/outcomes/delegation.ts";
import { Insufficient, outcome } from "../../src/outcomes/outcome.ts";
import { spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** A part of a task: the manager divides the task into parts, and a specialist its part into smaller ones. */
export const Part = z.object({
  title: z.string().trim().min(1).describe("What it is about, in a few words."),
  description: z
    .string()
    .trim()
    .min(1)
    .describe("What exactly is to be done, to be followed without having seen anything else."),
  needs: z.array(z.string()).describe("Which expertise it takes, in keywords of those who may do it."),
});
export type Part = z.infer<typeof Part>;

const haveTitlesOfTheirOwn = ({ parts }: { parts: readonly Part[] }) =>
  new Set(parts.map(({ title }) => title)).size === parts.length;

/** A task divided into at most so many parts, which are told apart by their titles. */
export const divisionInto = (most: number) =>
  z
    .object({ parts: z.array(Part).min(1).max(most).describe("The parts, each with a title of its own.") })
    .refine(haveTitlesOfTheirOwn, { path: ["parts"], message: "each part needs a title of its own" });
export type Division = z.infer<ReturnType<typeof divisionInto>>;

const Report = z.object({
  title: z.string().describe("The title of the part that it is on."),
  by: z.string().describe("The role that did it."),
  text: z.string().describe("The report in Markdown, citing its sources as [1]."),
  sources: z.array(Source).describe("The passages that the report cites, by its own numbers."),
});

/** What a worker brings. */
export const WorkerReport = Report.extend({
  ended: AgentReport.shape.ended.describe("Why the worker stopped."),
});
export type WorkerReport = z.infer<typeof WorkerReport>;

/** What became of a part: to whom it was given, and what came of it. */
const entry = <Value extends z.ZodType>(value: Value) =>
  z.object({
    title: z.string().describe("The part's title."),
    delegation: Delegation.nullable().describe(
      "To whom it was given; that no one fits, so that it stayed with who divided the task; or null where the choice failed.",
    ),
    outcome: outcome(value).describe("What came of it."),
  });

const WorkerEntry = entry(WorkerReport);

/** What a specialist brings, or the manager where no specialist fits: with what became of each of its own parts. */
export const SpecialistReport = Report.extend({
  parts: z
    .array(WorkerEntry)
    .describe("What became of the parts that its workers did; empty if it had none."),
});
export type SpecialistReport = z.infer<typeof SpecialistReport>;

const SpecialistEntry = entry(SpecialistReport);

/** What a hierarchy is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing its sources as [1]; empty if there is none."),
  sources: z.array(Source).describe("The passages that the answer cites."),
  reports: z.array(SpecialistEntry).describe("What became of each part, in the order of the division."),
  insufficient: Insufficient.nullable().describe("Why there is no answer; null if there is one."),
});

/** What the manager's nodes read and write. */
export const HierarchyState = new StateSchema({
  ...Input.shape,
  parts: z.array(Part).describe("The parts that the manager divided the task into."),
  ...Output.shape,
  spent: spending(),
});
export type State = typeof HierarchyState.State;

/** What a specialist is given: its part of the whole task. */
export const Assignment = z.object({
  task: z.string().describe("The whole task."),
  part: Part.describe("The part that is to be done."),
});

/** What a specialist's nodes read and write. */
export const SpecialistState = new StateSchema({
  ...Assignment.shape,
  parts: z.array(Part).describe("The parts that the specialist divided its own into."),
  reports: z.array(WorkerEntry).describe("What became of each of them."),
  text: z.string().describe("What the specialist writes out of them."),
  report: SpecialistReport.nullable().default(null),
  spent: spending(),
});

/** What a worker's nodes read and write. */
export const WorkerState = new StateSchema({
  ...Assignment.shape,
  found: AgentReport,
  report: WorkerReport,
  spent: spending(),
});
