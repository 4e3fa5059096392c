import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Ending } from "../../src/outcomes/termination.ts";
import { Objection, Verdict } from "../../src/outcomes/verdict.ts";
import { log, spending } from "../../src/state/channels.ts";
import { Note, Source } from "../../src/state/passage.ts";

/** What a review loop is given. */
export const Input = z.strictObject({
  topic: z.string().trim().min(1).describe("What to write about: a question or a subject."),
});

/** What it comes to. */
export const Output = z.object({
  article: z.string().describe("The article in Markdown, citing its sources as [1]."),
  approved: z.boolean().describe("Whether the reviewer approved the article as it stands."),
  objections: z.array(Objection).describe("What the last review left open."),
  sources: z.array(Source).describe("The sources that the article cites."),
  ended: Ending.nullable().describe("Why the reviews ended; null while they go on."),
});

/** What its nodes read and write. */
export const ReviewLoopState = new StateSchema({
  ...Input.shape,
  notes: z.array(Note).describe("What the sources say on the topic."),
  found: z.array(Source).describe("Everything that research read."),
  plan: z.string().describe("The outline."),
  draft: z.string().describe("The article as written, or as last revised."),
  reviewed: z.string().describe("The draft that the last review read."),
  verdicts: log(Verdict, "What each review came to, oldest first."),
  spent: spending(),
  ...Output.shape,
});
export type State = typeof ReviewLoopState.State;
