import { z } from "zod";

/** A passage of a document, as a search gives it. */
export const Passage = z.object({
  title: z.string().describe("The document's title and the heading of the passage."),
  file: z.string().describe("The document's path below the searched folder, or its address."),
  heading: z.string().describe("The nearest heading above the passage; empty if there is none."),
  text: z.string().describe("The passage, as plain text."),
});
export type Passage = z.infer<typeof Passage>;

/** A passage that a run may cite, under its number. */
export const Source = Passage.extend({
  id: z.number().int().positive().describe("The number that citations refer to: [1]."),
});
export type Source = z.infer<typeof Source>;

/** A statement that research took from a source. */
export const Note = z.object({
  claim: z.string().min(1).describe("One statement of the source that bears on the task, self-contained."),
  source: z.number().int().positive().describe("The number of the source that says so."),
});
export type Note = z.infer<typeof Note>;
