import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { outcome } from "../../src/outcomes/outcome.ts";
import { Source } from "../../src/state/passage.ts";

/** The orders in which the candidates are compared. */
export const Order = z.enum(["forward", "reverse"]);
export type Order = z.infer<typeof Order>;

/** How a candidate was judged in one order. */
const Judgement = z.object({
  order: Order.describe(
    "Whether the candidates stood in the places that were drawn by lot, or the other way round.",
  ),
  scores: z.record(z.string(), z.number()).describe("The score of each criterion, from 0 to 10."),
  score: z.number().describe("Their mean."),
  reason: z.string().describe("Why it was judged like that."),
});

/** How a candidate was judged. */
export const Judged = z.object({
  attempt: z.string().describe("Whose attempt it is."),
  score: z.number().describe("The mean of its scores in the orders that could be had, from 0 to 10."),
  judgements: z.array(Judgement).describe("Its scores in each of these orders."),
});
export type Judged = z.infer<typeof Judged>;

/** How the answer was chosen. */
export const Selection = z.object({
  status: z
    .enum(["selected", "only_one", "unselected", "none"])
    .describe(
      "Selected by the scores; the only candidate; the first one, as no comparison could be had; or no candidate.",
    ),
  attempt: z.string().nullable().describe("Whose attempt is the answer; null if there is none."),
  tied: z
    .array(z.string())
    .describe("Who had the highest score together, the answer's attempt included; empty without a tie."),
  agreed: z
    .boolean()
    .nullable()
    .describe("Whether both orders put the same first; null if not both could be had."),
  why: z.string().describe("Why that one was chosen, in words."),
});
export type Selection = z.infer<typeof Selection>;

/** What a best-of-n is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done: a question, a text to write or to translate."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The best attempt in Markdown, citing sources as [1]; empty if there is none."),
  selection: Selection.nullable().describe("How it was chosen."),
  scores: z
    .array(Judged)
    .describe("How each candidate was judged, in the order of the attempts; empty if none was."),
  attempts: z.array(outcome(z.string())).describe("What came of each attempt, the losers' texts included."),
  sources: z.array(Source).describe("The sources that the answer cites."),
});

/** What its nodes read and write. */
export const BestOfNState = new StateSchema({
  ...Input.shape,
  found: z.array(Source).describe("What research found; every attempt is shown the same."),
  ...Output.shape,
});
export type State = typeof BestOfNState.State;
