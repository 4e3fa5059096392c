import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Material } from "../../src/nodes/index.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { turn } from "../../src/outcomes/turn.ts";
import { log, spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** Under which name a person takes part. */
export const PERSON = "person";

/** What a speaker says in its turn. */
export const Remark = z.object({
  text: z
    .string()
    .trim()
    .min(1)
    .describe("What the speaker says, in Markdown, citing its sources as [1]; nothing else is heard."),
  finished: z.boolean().describe("Whether the speaker thinks that the matter is settled."),
});
export type Remark = z.infer<typeof Remark>;

/** Who speaks next, and why. */
export const Choice = z.object({
  speaker: z.string().describe("Who speaks next."),
  by: z.enum(["round_robin", "manager", "function"]).describe("What chose it."),
  reason: z.string().describe("Why, in one sentence."),
  fallback: z
    .enum(["unknown_speaker", "out", "repeat", "no_choice"])
    .nullable()
    .describe(
      "Why it is the next in turn in place of a choice: who was named is no speaker, is out or spoke last, or the manager named nobody; null where the choice holds.",
    ),
});
export type Choice = z.infer<typeof Choice>;

/** The most characters of what a person may say at once. */
const MAX_WORDS = 4_000;

/** What a person says when asked. */
export const Ruling = z.discriminatedUnion(
  "action",
  [
    z.strictObject({
      action: z.literal("go_on").describe("Let the speakers go on; at the end, take it as it is."),
    }),
    z.strictObject({
      action: z.literal("say").describe("Say something, which the speakers hear."),
      text: z.string().trim().min(1).max(MAX_WORDS).describe("What you say."),
    }),
    z.strictObject({ action: z.literal("finish").describe("End the chat here.") }),
  ],
  { error: ({ code }) => (code === "invalid_union" ? "it has to be go_on, say or finish" : undefined) },
);
export type Ruling = z.infer<typeof Ruling>;

/** What a group chat is given. */
export const Input = z.strictObject({
  topic: z.string().trim().min(1).describe("What is talked about: a question or a subject."),
  human: z
    .enum(["never", "end", "always"])
    .default("never")
    .describe("When you are asked to take part: never, at the end, or at every turn."),
});

/** What it comes to. */
export const Output = z.object({
  conclusion: z.string().describe("Who said what and what is open, in Markdown, citing sources as [1]."),
  turns: z
    .array(turn(Remark))
    .describe("What came of each turn, the person's included; a speaker who fails in one is out."),
  choices: z.array(Choice).describe("Who was to speak next, turn by turn."),
  sources: z.array(Source).describe("The sources that the conclusion cites."),
  ended: Ending.nullable().describe("Why the chat ended; null while it goes on."),
});

/** What its nodes read and write. */
export const GroupChatState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  turns: log(turn(Remark), Output.shape.turns.description),
  choices: log(Choice, Output.shape.choices.description),
  found: z.array(Source).describe("Everything that research found, under one numbering."),
  material: z.array(Material).describe("Which of it each speaker was searched for."),
  rulings: log(Ruling, "What the person said when asked."),
  spent: spending(),
});
export type State = typeof GroupChatState.State;
