import { type BaseMessage, SystemMessage, type ToolCall } from "@langchain/core/messages";
import { blocksOf } from "../prompt.ts";
import type { JsonSchema } from "../strict-schema.ts";
import { compose } from "./composing.ts";
import { readRequest, textOf } from "./request.ts";
import { answerStructured, isKnownSchema } from "./structured-answers.ts";
import { forcedUse, nextUses } from "./tool-use.ts";
import type { OfferedTool } from "./tools.ts";

/** An answer: text, or tool calls. */
export type Answer = { text: string } | { calls: (ToolCall & { id: string })[] };

/** Answers messages: a forced tool by its schema, offered tools as far as the task needs them, else in text. */
export function answer(
  messages: readonly BaseMessage[],
  tools: readonly OfferedTool[],
  choice: unknown,
): Answer {
  const request = readRequest(messages);
  const forced = forcedTool(tools, choice);
  if (forced) {
    const isTool = !isKnownSchema(forced.name) && takesQuestion(forced);
    const args = isTool
      ? forcedUse(request, forced).args
      : answerStructured(forced.name, forced.parameters, request);
    return { calls: [callOf(forced.name, args, messages)] };
  }
  const uses = choice === "none" ? [] : nextUses(request, tools);
  if (uses.length > 0) return { calls: uses.map(({ name, args }) => callOf(name, args, messages)) };
  const schema = contractIn(messages);
  return {
    text: schema ? JSON.stringify(answerStructured("Answer", schema, request), null, 2) : compose(request),
  };
}

/** The JSON Schema of a role whose contract is to answer with JSON alone. */
function contractIn(messages: readonly BaseMessage[]): JsonSchema | undefined {
  const system = messages.find((message) => SystemMessage.isInstance(message));
  const contract = textOf(blocksOf(system?.text ?? ""), "contract");
  const [json] = /^\{[\s\S]*/m.exec(contract) ?? [];
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const takesQuestion = ({ parameters }: OfferedTool) => {
  const properties = Object.keys(parameters["properties"] ?? {});
  return properties.includes("query") || properties.includes("expression");
};

function forcedTool(tools: readonly OfferedTool[], choice: unknown): OfferedTool | undefined {
  const named = tools.find(({ name }) => name === chosenName(choice));
  if (named) return named;
  const [first] = tools;
  if (choice === "any" || choice === "required") return tools.find(takesQuestion) ?? first;
  const isSchema = first && tools.length === 1 && isKnownSchema(first.name);
  return isSchema && choice !== "none" ? first : undefined;
}

/** The tool that a choice names, as a string or in one of the vendors' shapes. */
function chosenName(choice: unknown): unknown {
  if (typeof choice !== "object" || choice === null) return choice;
  if (
    "function" in choice &&
    typeof choice.function === "object" &&
    choice.function &&
    "name" in choice.function
  ) {
    return choice.function.name;
  }
  return "name" in choice ? choice.name : undefined;
}

/** A call with an id that depends on nothing but the call and how much was said before it. */
function callOf(name: string, args: Record<string, unknown>, messages: readonly BaseMessage[]) {
  const id = `call_${hash(`${messages.length} ${name} ${JSON.stringify(args)}`)}`;
  return { name, args, id, type: "tool_call" as const };
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo), in hexadecimal. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
