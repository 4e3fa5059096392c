import { interrupt } from "@langchain/langgraph";
import type { z } from "zod";

/** What JSON can hold, and so what an interrupt can show. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A question to a person. */
export interface AskHumanOptions<State, Schema extends z.ZodType, Update> {
  /** What the person is shown; an object's `kind` says what is asked for. */
  question: (state: State) => Json;
  /** What fits as an answer. */
  answer: Schema;
  /** The update that the answer makes. */
  take: (answer: z.infer<Schema>, state: State) => Update;
}

/**
 * A node that suspends the run until a person has answered, in this process or in another one, days later.
 *
 * An answer that does not fit the schema is refused with the reason (`run` throws a `RefusedAnswerError`), and
 * the question stays open. Use it as a node of its own: what a node does before it asks is done again on resume.
 */
export function askHuman<State, Schema extends z.ZodType, Update>({
  question,
  answer,
  take,
}: AskHumanOptions<State, Schema, Update>) {
  return async (state: State): Promise<Update> =>
    take(interrupt(question(state), { responseSchema: answer }), state);
}
