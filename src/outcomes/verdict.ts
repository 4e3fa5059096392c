import { z } from "zod";

/** One thing that keeps a piece of work from being approved, and what to change. */
export const Objection = z.object({
  aspect: z
    .enum(["accuracy", "completeness", "clarity", "structure", "citation"])
    .describe("What the objection is about."),
  problem: z.string().min(1).describe("What is wrong, with the place."),
  change: z.string().min(1).describe("What to change so that the objection is met."),
});
export type Objection = z.infer<typeof Objection>;

/** What is wrong and what to change, one line each, for a prompt or a person. */
export const objectionsInWords = (objections: readonly Pick<Objection, "problem" | "change">[]): string =>
  objections.map(({ problem, change }) => `- ${problem} ${change}`).join("\n");

/**
 * A reviewer's judgement. It approves exactly when there is no objection: one that does not approve
 * says why, or the writer could do nothing with it, and one that objects leaves something open.
 */
export const Verdict = z
  .object({
    approved: z.boolean().describe("True only if the work can be published as it stands."),
    objections: z.array(Objection).describe("What is still open; empty if nothing is."),
  })
  .refine(({ approved, objections }) => approved || objections.length > 0, {
    message: "a verdict that does not approve needs at least one objection",
    path: ["objections"],
  })
  .refine(({ approved, objections }) => !approved || objections.length === 0, {
    message: "a verdict that approves has no objections; leave them out, or do not approve",
    path: ["objections"],
  });
export type Verdict = z.infer<typeof Verdict>;
