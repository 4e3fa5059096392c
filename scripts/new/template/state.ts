import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Ending } from "../../../src/outcomes/termination.ts";
import { Objection, Verdict } from "../../../src/outcomes/verdict.ts";
import { log, spending } from "../../../src/state/channels.ts";
import { Note, Source } from "../../../src/state/passage.ts";

/** What the workflow is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be answered: a question or a subject."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing its sources as [1]."),
  approved: z.boolean().describe("Whether the reviewer approved the answer as it stands."),
  objections: z.array(Objection).describe("What the last review left open."),
  sources: z.array(Source).describe("The sources that the answer cites."),
  ended: Ending.describe("Why the reviews ended."),
});

/** What its nodes read and write. */
export const MyFlowState = new StateSchema({
  ...Input.shape,
  notes: z.array(Note).describe("What the sources say on the task."),
  found: z.array(Source).describe("Everything that research read."),
  verdicts: log(Verdict, "What each review came to, oldest first."),
  spent: spending(),
  ...Output.shape,
});
export type State = typeof MyFlowState.State;
