import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { outcome } from "../../src/outcomes/outcome.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { Objection, Verdict } from "../../src/outcomes/verdict.ts";
import { log, spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** What a task of the crew brought. */
export const Report = AgentReport.extend({
  task: z.string().describe("The task's id."),
  by: z.string().describe("The role that did it."),
  sources: z.array(Source).describe("The passages that the report may cite, by its own numbers."),
});
export type Report = z.infer<typeof Report>;

/** What a person says to an article that is to be published. */
export const Ruling = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("publish").describe("Publish it as it stands.") }),
  z.strictObject({
    action: z.literal("change").describe("Have it changed, and be asked again."),
    instruction: z.string().trim().min(1).describe("What is to be changed."),
  }),
  z.strictObject({ action: z.literal("discard").describe("Do not publish it.") }),
]);
export type Ruling = z.infer<typeof Ruling>;

/** Where an article was published. */
export const Publication = z.object({
  folder: z.string().describe("The folder's path."),
  markdown: z.string().describe("The Markdown file's name in it."),
  html: z.string().describe("The HTML file's name in it."),
});
export type Publication = z.infer<typeof Publication>;

/** What a crew is given. */
export const Input = z.strictObject({
  topic: z.string().trim().min(1).describe("What to write about: a question or a subject."),
  approval: z.boolean().default(false).describe("Whether a person is asked before the article is published."),
});

/** What it comes to. */
export const Output = z.object({
  status: z
    .enum(["published", "not_approved", "discarded", "nothing_to_publish"])
    .nullable()
    .describe("What became of the article; not_approved is by the editor, discarded by a person."),
  article: z.string().describe("The article in Markdown, citing its sources as [1]; empty if there is none."),
  sources: z.array(Source).describe("The sources that the article cites."),
  publication: Publication.nullable().describe("Where it was published; null if it was not."),
  approved: z.boolean().describe("Whether the editor approved the article as it stands."),
  objections: z.array(Objection).describe("What the editor's last verdict left open."),
  ended: Ending.nullable().describe("Why the revisions ended; null where there was nothing to revise."),
  outcomes: z.array(outcome(Report)).describe("What each task of the crew came to, in the crew's order."),
});

/** What its nodes read and write. */
export const ContentCrewState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  draft: z.string().describe("The article as written, or as last revised."),
  found: z.array(Source).describe("Everything that the draft may cite, by its numbers."),
  edited: z.string().describe("The draft that the last verdict is about."),
  verdicts: log(Verdict, "What the editor said, oldest first."),
  revisions: z.number().int().default(0).describe("How often the editor has sent the draft back."),
  rulings: log(Ruling, "What the person said when asked."),
  date: z.string().describe("The day on which the article was cleared for publication: YYYY-MM-DD, in UTC."),
  folder: z
    .string()
    .describe("The folder that it was cleared for, whatever a later resume is given: an absolute path."),
  spent: spending(),
});
export type State = typeof ContentCrewState.State;
