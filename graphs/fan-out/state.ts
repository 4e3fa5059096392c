import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Material } from "../../src/nodes/index.ts";
import { Insufficient, outcome } from "../../src/outcomes/outcome.ts";
import { Source } from "../../src/state/passage.ts";

const Gap = Insufficient.omit({ status: true });

/** What a fan-out is given. */
export const Input = z.strictObject({
  question: z.string().trim().min(1).describe("What is to be looked at from all sides."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The synthesis in Markdown, citing sources as [1]; empty if there is none."),
  status: z.enum(["sufficient", "insufficient"]).nullable().describe("Whether enough perspectives answered."),
  opinions: z.array(outcome(z.string())).describe("What came of each perspective, in their order."),
  gap: Gap.nullable().describe("What was missing where too few perspectives answered; else null."),
  sources: z.array(Source).describe("The sources that the answer cites, or the opinions if there is none."),
});

/** What its nodes read and write. */
export const FanOutState = new StateSchema({
  ...Input.shape,
  found: z.array(Source).describe("Everything that research found, under one numbering."),
  material: z.array(Material).describe("Which of it each perspective is shown."),
  ...Output.shape,
});
export type State = typeof FanOutState.State;
