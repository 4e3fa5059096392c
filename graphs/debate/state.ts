import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Material } from "../../src/nodes/index.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { turn } from "../../src/outcomes/turn.ts";
import { log, spending } from "../../src/state/channels.ts";
import { Source } from "../../src/state/passage.ts";

/** What a speaker says in its turn. */
export const Speech = z.object({
  argument: z
    .string()
    .trim()
    .min(1)
    .describe("The argument, in Markdown, citing its sources as [1]; nothing else is heard."),
  holds: z
    .string()
    .describe("The position that the speaker holds now: its own, or another that convinced it."),
});
export type Speech = z.infer<typeof Speech>;

/** What speaks against a decision. */
export const Dissent = z.object({
  position: z.string().describe("The position that it speaks for."),
  argument: z.string().trim().min(1).describe("What speaks against the decision, citing sources as [1]."),
});

/** What a debate comes to. */
export const Decision = z.object({
  status: z
    .enum(["won", "consensus", "draw", "undecided"])
    .describe(
      "won: the judge gives it to the winner; consensus: so did all speakers; undecided: there was too little to judge, or no valid judgement.",
    ),
  winner: z.string().nullable().describe("The position that has the better of it; null where none has."),
  reasons: z.array(z.string()).describe("What decided, most important first, citing sources as [1]."),
  dissent: z.array(Dissent).describe("What speaks against the decision, and for which position."),
  confidence: z.number().min(0).max(1).describe("How sure the judge is; 0 where it is undecided."),
});
export type Decision = z.infer<typeof Decision>;

/** What a debate is given. */
export const Input = z.strictObject({
  question: z
    .string()
    .trim()
    .min(1)
    .describe("What is debated: a question that can be answered for or against."),
});

/** What it comes to. */
export const Output = z.object({
  decision: Decision.nullable().describe("What the judge decided; null while the debate goes on."),
  speeches: z
    .array(turn(Speech))
    .describe("What came of each turn, oldest first; a speaker who fails in one is out."),
  sources: z.array(Source).describe("The sources that the speeches and the decision cite."),
  ended: Ending.nullable().describe("Why the debate ended; null while it goes on."),
});

/** What its nodes read and write. */
export const DebateState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  speeches: log(turn(Speech), Output.shape.speeches.description),
  found: z.array(Source).describe("Everything that research found, under one numbering."),
  material: z.array(Material).describe("Which of it each position was searched for."),
  spent: spending(),
});
export type State = typeof DebateState.State;
