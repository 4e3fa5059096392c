import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { outcome } from "../../src/outcomes/outcome.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { Objection, Verdict } from "../../src/outcomes/verdict.ts";
import { spending } from "../../src/state/channels.ts";
import { Note, Source } from "../../src/state/passage.ts";

/** What a research brought. */
export const Findings = z.object({
  notes: z
    .array(Note)
    .describe("What the sources say, by the numbers of the sources; empty if they say nothing."),
});
export type Findings = z.infer<typeof Findings>;

/** An objection, and which review raised it. */
export const Raised = Objection.extend({ by: z.string().describe("The review that it comes from.") });
export type Raised = z.infer<typeof Raised>;

/** What a content pipeline is given. */
export const Input = z.strictObject({
  topic: z.string().trim().min(1).describe("What to write about: a question or a subject."),
});

/** What it comes to. */
export const Output = z.object({
  article: z
    .string()
    .describe(
      "The article in Markdown, citing its sources as [1]; empty if there was nothing to write from.",
    ),
  approved: z.boolean().describe("Whether every review was given and approves the article as it stands."),
  objections: z.array(Raised).describe("What the last reviews and their plain checks left open."),
  reviews: z
    .array(outcome(Verdict))
    .describe("What came of each of the last reviews; one that was not given says why."),
  researches: z.array(outcome(Findings)).describe("What came of each research; one that failed says why."),
  sources: z.array(Source).describe("The sources that the article cites."),
  ended: Ending.nullable().describe("Why the article was not revised further; null while it may be."),
});

/** What its nodes read and write. */
export const ContentPipelineState = new StateSchema({
  ...Input.shape,
  found: z.array(Source).describe("Everything that the researches read, under one numbering."),
  draft: z.string().describe("The article as written, or as last revised."),
  previous: z.string().describe("The draft before its last revision; empty if there was none."),
  revisions: z.number().describe("How often the draft was revised."),
  spent: spending(),
  ...Output.shape,
});
export type State = typeof ContentPipelineState.State;
