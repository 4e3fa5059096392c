import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { log } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** The most characters of what a person may answer. */
const MAX_ANSWER = 4_000;

/** What a person writes: not empty, and no more than a prompt can take. */
export const Answer = z.string().trim().min(1, "it is empty").max(MAX_ANSWER);

/** One thing that is known of the customer's case. */
export const Fact = z.object({
  name: z.string().min(1).describe("What it is, in a few words."),
  value: z.string().min(1).describe("What the customer said of it."),
});
export type Fact = z.infer<typeof Fact>;

/** Where an inquiry stands, and what is to be done next. */
export const Assessment = z
  .object({
    facts: z.array(Fact).describe("All that the customer has told of the case; empty if nothing."),
    missing: z.array(z.string()).describe("What the customer still has to tell; empty if nothing."),
    next: z.enum(["resolve", "ask", "escalate"]).describe("What is to be done next."),
    question: z.string().describe("The one question to the customer; empty unless next is ask."),
    reason: z.string().min(1).describe("Why, in one sentence."),
  })
  .refine(({ next, question }) => next !== "ask" || question.trim() !== "", {
    message: "to ask, give the question to the customer",
    path: ["question"],
  });
export type Assessment = z.infer<typeof Assessment>;

/** A question to the customer, with its answer. */
export const Exchange = z.object({ question: z.string(), answer: z.string() });
export type Exchange = z.infer<typeof Exchange>;

/** What a human agent rules on an inquiry that was escalated. */
export const Ruling = z.discriminatedUnion(
  "action",
  [
    z.strictObject({
      action: z.literal("take_over").describe("answer the customer yourself"),
      reply: Answer.describe("What the customer is told, word for word."),
    }),
    z.strictObject({
      action: z.literal("instruct").describe("say what the agent is to answer"),
      instruction: Answer.describe("What the agent is to tell the customer."),
    }),
    z.strictObject({
      action: z.literal("close").describe("end the case without an answer"),
      reason: Answer.describe("Why the case is closed."),
    }),
  ],
  {
    error: ({ code }) => (code === "invalid_union" ? "it has to be take_over, instruct or close" : undefined),
  },
);
export type Ruling = z.infer<typeof Ruling>;

/** What a support workflow is given. */
export const Input = z.strictObject({
  inquiry: z.string().trim().min(1).describe("What the customer wants, in the customer's words."),
});

/** What it comes to. */
export const Output = z.object({
  resolution: z
    .string()
    .describe("What the customer is told, citing its sources as [1], or why it was closed."),
  status: z.enum(["resolved", "closed"]).nullable().describe("How the case ended; null while it is open."),
  by: z
    .enum(["agent", "human"])
    .nullable()
    .describe("Whose words the resolution is; null while there is none."),
  facts: z.array(Fact).describe("What the customer told of the case."),
  questions: z.number().int().describe("How many questions the customer was asked."),
  sources: z.array(Source).describe("The sources that the resolution cites."),
  receipt: z.unknown().describe("What the channel to the customer says of the delivery; null without one."),
});

/** What its nodes read and write. */
export const SupportState = new StateSchema({
  ...Input.shape,
  inquiries: z.number().int().default(0).describe("How many inquiries the thread has seen."),
  found: z.array(Source).describe("What the last search found."),
  assessments: log(Assessment, "Where the inquiry stood, oldest first."),
  exchanges: log(Exchange, "What the customer was asked, and answered."),
  rulings: log(Ruling, "What a human agent ruled."),
  ...Output.shape,
});
export type State = typeof SupportState.State;
