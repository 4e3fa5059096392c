import { AIMessage, type BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import type { z } from "zod";
import { AnswerError } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { modelCall, type Reply } from "../models/call.ts";
import { withoutNulls } from "../models/strict-schema.ts";
import { answerSchema, type RawAnswer, validated } from "../models/structured.ts";
import type { Role } from "../roles/role.ts";
import { systemPrompt } from "../roles/system-prompt.ts";
import type { RunContext } from "../state/context.ts";
import { roleOf } from "./role-of.ts";

/** How often a role is asked again when its structured answer does not fit, unless the question says otherwise. */
const MAX_ASKED_AGAIN = 2;

/** A structured question to a role. */
export interface StructuredQuestion<Schema extends z.ZodObject> {
  /**
   * A name; or a role as data, which is told who it is and has models of its own. The run's role of the same name
   * takes its place. The schema stands for the role's own contract.
   */
  role: Role | string;
  prompt: string;
  /** What the answer is called: a noun, as the endpoint and the events see it. */
  name: string;
  schema: Schema;
  /** Why an answer that fits the schema is not valid all the same, in words that the role can act on. */
  check?: ((value: z.infer<Schema>) => string | undefined) | undefined;
  /** How often an answer that does not fit is sent back with the reason. */
  maxAskedAgain?: number | undefined;
}

/** A valid answer, or why there is none after all the asking. */
export type StructuredAnswer<Value> = { value: Value } | { fault: string };

/**
 * Asks a role for a typed answer. An answer that does not fit the schema, or that the check refuses, is asked
 * for again with the reason, at most `maxAskedAgain` times; each round is one model call.
 */
export const structured = <Schema extends z.ZodObject>(
  question: StructuredQuestion<Schema>,
  context: RunContext | undefined,
): Promise<StructuredAnswer<z.infer<Schema>>> => asked(question, context, () => {});

/**
 * The same, for callers that cannot go on without. The last answer is not kept if it does not fit, so
 * that a resume asks for it anew.
 *
 * @throws AnswerError with the last reason
 */
export async function structuredOrThrow<Schema extends z.ZodObject>(
  question: StructuredQuestion<Schema>,
  context: RunContext | undefined,
): Promise<z.infer<Schema>> {
  const answer = await asked(question, context, (fault) => {
    throw new AnswerError(question.name, `${fault}; ${REMEDY}`);
  });
  if ("fault" in answer) throw new AnswerError(question.name, answer.fault);
  return answer.value;
}

async function asked<Schema extends z.ZodObject>(
  { role, prompt, name, schema, check, maxAskedAgain = MAX_ASKED_AGAIN }: StructuredQuestion<Schema>,
  context: RunContext | undefined,
  atLast: (fault: string) => void,
): Promise<StructuredAnswer<z.infer<Schema>>> {
  const { system, ...asker } = askerOf(role, context);
  const answer = answerSchema(name, schema);
  const read = (raw: RawAnswer): StructuredAnswer<z.infer<Schema>> => {
    const answered = validated(raw, schema, (value) => withoutNulls(value, schema));
    const fault = "value" in answered ? check?.(answered.value) : undefined;
    return fault === undefined ? answered : { fault };
  };
  const last = (raw: RawAnswer) => {
    const answered = read(raw);
    if ("fault" in answered) atLast(answered.fault);
  };
  const messages: BaseMessage[] = [...system, new HumanMessage(prompt)];
  for (let again = 0; ; again++) {
    const accept = again === maxAskedAgain ? last : undefined;
    const reply = await modelCall({ ...asker, messages, schema: answer, accept }, context);
    const answered = read(reply.answer ?? { fault: "no answer" });
    if ("value" in answered || again === maxAskedAgain) return answered;
    notify({ type: "asked_again", role: asker.role, schema: name, reason: answered.fault });
    messages.push(new AIMessage(spoken(reply)), new HumanMessage(askAgain(name, answered.fault)));
  }
}

/** Who is asked, as a model call takes it. */
function askerOf(role: Role | string, context: RunContext | undefined) {
  if (typeof role === "string") return { role, system: [] };
  const asked = roleOf(role, context);
  const system = new SystemMessage(systemPrompt({ ...asked, output: undefined }, []));
  return { role: asked.name, models: asked.model, cacheSeconds: asked.cache.models, system: [system] };
}

const REMEDY = "set OPENAI_STRUCTURED_OUTPUT to another of strict, tools and json, or choose another model.";

const askAgain = (name: string, fault: string) =>
  `That is no valid ${name}: ${fault}\nAnswer the request above again, with a ${name} that is valid.`;

/** What the model said, as text: a tool call would need a tool's answer after it. */
const spoken = ({ message, answer }: Reply) =>
  message.text || (answer && "value" in answer ? JSON.stringify(answer.value) : "(no answer)");
