import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { z } from "zod";
import { AnswerError } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { modelCall, type Reply } from "../models/call.ts";
import { withoutNulls } from "../models/strict-schema.ts";
import { answerSchema, validated } from "../models/structured.ts";
import type { RunContext } from "../state/context.ts";

/** How often a role is asked again when its structured answer does not fit the schema. */
const MAX_ASKED_AGAIN = 2;

/** A structured question to a role. */
export interface StructuredQuestion<Schema extends z.ZodObject> {
  role: string;
  prompt: string;
  /** What the answer is called: a noun, as the endpoint and the events see it. */
  name: string;
  schema: Schema;
}

/** A valid answer, or why there is none after all the asking. */
export type StructuredAnswer<Value> = { value: Value } | { fault: string };

/**
 * Asks a role for a typed answer. An answer that does not fit is asked for again with the reason,
 * at most `MAX_ASKED_AGAIN` times; each round is one model call.
 */
export async function structured<Schema extends z.ZodObject>(
  { role, prompt, name, schema }: StructuredQuestion<Schema>,
  context: RunContext | undefined,
): Promise<StructuredAnswer<z.infer<Schema>>> {
  const answer = answerSchema(name, schema);
  const messages: BaseMessage[] = [new HumanMessage(prompt)];
  for (let again = 0; ; again++) {
    const reply = await modelCall({ role, messages, schema: answer }, context);
    const read = validated(reply.answer ?? { fault: "no answer" }, schema, (value) =>
      withoutNulls(value, schema),
    );
    if ("value" in read || again === MAX_ASKED_AGAIN) return read;
    notify({ type: "asked_again", role, schema: name, reason: read.fault });
    messages.push(new AIMessage(spoken(reply)), new HumanMessage(askAgain(name, read.fault)));
  }
}

/** The same, for callers that cannot go on without: throws an `AnswerError` with the last reason. */
export async function structuredOrThrow<Schema extends z.ZodObject>(
  question: StructuredQuestion<Schema>,
  context: RunContext | undefined,
): Promise<z.infer<Schema>> {
  const answer = await structured(question, context);
  if ("fault" in answer) throw new AnswerError(question.name, `${answer.fault}; ${REMEDY}`);
  return answer.value;
}

const REMEDY = "set OPENAI_STRUCTURED_OUTPUT to another of strict, tools and json, or choose another model.";

const askAgain = (name: string, fault: string) =>
  `That is no valid ${name}: ${fault}\nAnswer the request above again, with a ${name} that is valid.`;

/** What the model said, as text: a tool call would need a tool's answer after it. */
const spoken = ({ message, answer }: Reply) =>
  message.text || (answer && "value" in answer ? JSON.stringify(answer.value) : "(no answer)");
