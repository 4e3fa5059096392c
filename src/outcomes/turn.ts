import { z } from "zod";
import { type Outcome, outcome } from "./outcome.ts";
import type { Termination } from "./termination.ts";

const ROUND = { round: z.number().int().positive().describe("The round of the conversation, from 1 on.") };

/** What came of a speaker's turn in a conversation: what it said, or why it said nothing. */
export type Turn<Said> = Outcome<Said> & z.infer<z.ZodObject<typeof ROUND>>;

/** The schema of turns in which what fits a schema is said, for a state's log. */
export function turn<Said extends z.ZodType>(said: Said) {
  const [given, missing] = outcome(said).options;
  return z.discriminatedUnion("status", [given.extend(ROUND), missing.extend(ROUND)]);
}

/** A turn in which something was said. */
export type Spoken<Said> = Extract<Turn<Said>, { status: "ok" }>;

/** The turns in which something was said, oldest first. */
export const spokenIn = <Said>(turns: readonly Turn<Said>[]): Spoken<Said>[] =>
  turns.filter((each) => each.status === "ok");

/** What everyone said last, in the order in which it was said. */
export const lastWords = <Said>(turns: readonly Turn<Said>[]): Spoken<Said>[] =>
  spokenIn(turns).filter(({ who }, at, spoken) => spoken.findLastIndex((each) => each.who === who) === at);

/** Who is still in a conversation, in the order of the names: a speaker who failed in a turn is out of it. */
export const stillIn = (names: readonly string[], turns: readonly Turn<unknown>[]): string[] =>
  names.filter((name) => turns.every(({ who, status }) => who !== name || status === "ok"));

/** Ends a conversation in which fewer than two are left to speak with each other. */
export const tooFewLeft =
  <State>(names: readonly string[], turns: (state: State) => readonly Turn<unknown>[]): Termination<State> =>
  (state) =>
    stillIn(names, turns(state)).length < 2
      ? { reason: "too_few", text: "fewer than two speakers are left" }
      : undefined;
