import type { BaseChatModel, BaseChatModelCallOptions } from "@langchain/core/language_models/chat_models";
import { type AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import type { z } from "zod";
import type { StructuredMethod } from "../settings.ts";
import { misfitOf } from "../state/misfit.ts";
import { type JsonSchema, strictSchema } from "./strict-schema.ts";

/** What a structured answer must look like. `name` is also what the endpoint sees. */
export interface AnswerSchema {
  name: string;
  description: string;
  json: JsonSchema;
}

/** A structured answer as it came, not yet validated; or why there is none. */
export type RawAnswer = { value: unknown } | { fault: string };

/** A zod schema as endpoints are shown it. */
export function answerSchema(name: string, schema: z.ZodObject): AnswerSchema {
  return { name, description: schema.description ?? `The ${name}.`, json: strictSchema(schema) };
}

/** The model, told to answer by the schema in the way that its endpoint understands. */
export function withSchema(
  model: BaseChatModel,
  schema: AnswerSchema,
  method: StructuredMethod,
): Runnable<BaseMessage[]> {
  const { name, description, json } = schema;
  if (method === "strict") {
    const format = { type: "json_schema", json_schema: { name, description, schema: json, strict: true } };
    return withFormat(model, format);
  }
  if (method === "json") return withFormat(model, { type: "json_object" });
  if (!model.bindTools)
    throw new TypeError(`${model._llmType()} cannot bind tools, so it cannot answer by a schema.`);
  const tool = { type: "function", function: { name, description, parameters: json } };
  return model.bindTools([tool], { tool_choice: name });
}

function withFormat(model: BaseChatModel, format: object): Runnable<BaseMessage[]> {
  const options: Partial<BaseChatModelCallOptions> & { response_format: object } = {
    response_format: format,
  };
  return model.withConfig(options);
}

/** The messages of a structured request: JSON mode needs the schema in words. */
export function withSchemaInWords(
  messages: BaseMessage[],
  schema: AnswerSchema,
  method: StructuredMethod,
): BaseMessage[] {
  if (method !== "json") return messages;
  const words = `Answer with nothing but the JSON for ${schema.name}, by this JSON schema:\n${JSON.stringify(schema.json)}`;
  return [...messages, new HumanMessage(words)];
}

/** Takes the structured answer out of a message: a tool call's arguments, or JSON in the text. */
export function readAnswer(message: AIMessage, { name }: AnswerSchema): RawAnswer {
  const call = message.tool_calls?.find((each) => each.name === name);
  if (call) return { value: call.args };
  const broken = message.invalid_tool_calls?.[0];
  if (broken) return { fault: `the arguments of ${name} are not valid JSON: ${excerpt(broken.args ?? "")}` };
  const text = bare(message.text);
  if (!text) return { fault: "the answer is empty" };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: `the answer is not JSON but begins: ${excerpt(text)}` };
  }
}

/** Validates a raw answer by the full schema. */
export function validated<Schema extends z.ZodType>(
  raw: RawAnswer,
  schema: Schema,
  read: (value: unknown) => unknown,
): { value: z.infer<Schema> } | { fault: string } {
  if ("fault" in raw) return raw;
  const parsed = schema.safeParse(read(raw.value));
  return parsed.success ? { value: parsed.data } : { fault: misfitOf(parsed.error) };
}

/** The text without a code fence around it. */
function bare(text: string): string {
  const answer = text.trim();
  return /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(answer)?.[1]?.trim() ?? answer;
}

const excerpt = (text: string) => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
