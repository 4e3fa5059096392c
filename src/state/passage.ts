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
