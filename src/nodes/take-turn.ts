import type { z } from "zod";
import { AnswerError } from "../errors.ts";
import type { Turn } from "../outcomes/turn.ts";
import type { Role } from "../roles/role.ts";
import { branch } from "./branch.ts";
import { type StructuredQuestion, structured } from "./decide.ts";
import type { NodeConfig } from "./fields.ts";

/** Whose turn it is, in which round, and what is asked. */
export interface TurnOptions<Schema extends z.ZodObject> extends StructuredQuestion<Schema> {
  role: Role;
  round: number;
}

/**
 * Has a speaker take its turn in a conversation. What it says is typed; a model that fails for good, and an answer
 * that does not fit after all the asking, are an outcome of the turn, which is durable as that of a `branch`.
 */
export async function takeTurn<Schema extends z.ZodObject>(
  { round, ...question }: TurnOptions<Schema>,
  { context }: NodeConfig,
): Promise<Turn<z.infer<Schema>>> {
  const work = async () => {
    const answer = await structured(question, context);
    if ("fault" in answer) throw new AnswerError(question.name, answer.fault);
    return answer.value;
  };
  return { ...(await branch({ who: question.role.name, work })), round };
}
