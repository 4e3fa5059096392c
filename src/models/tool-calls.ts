import type { AIMessage, AIMessageChunk, ToolCallChunk } from "@langchain/core/messages";

type Calls = Pick<AIMessage, "tool_calls" | "invalid_tool_calls">;
type Call = NonNullable<AIMessage["tool_calls"]>[number];

/**
 * The tool calls of a streamed message, those whose arguments broke off as invalid ones: LangChain
 * closes the open brackets of such arguments, and half a verdict would pass for a whole one.
 */
export function wholeCalls(message: AIMessageChunk): Required<Calls> {
  const { tool_calls: calls = [], invalid_tool_calls: invalid = [], tool_call_chunks: chunks = [] } = message;
  const streamed = calls.map((call) => ({ call, args: argumentsOf(call, chunks) }));
  const broken = streamed.filter(({ args }) => !isWhole(args));
  return {
    tool_calls: calls.filter((call) => !broken.some((each) => each.call === call)),
    invalid_tool_calls: [
      ...invalid,
      ...broken.map(({ call: { id, name }, args }) => ({
        type: "invalid_tool_call" as const,
        name,
        args,
        error: "The arguments are not valid JSON.",
        ...(id !== undefined && { id }),
      })),
    ],
  };
}

/** A call's arguments as they were streamed; empty where they did not come as text. */
function argumentsOf({ id }: Call, chunks: readonly ToolCallChunk[]): string {
  const index = chunks.find((chunk) => chunk.id === id)?.index;
  return chunks
    .filter((chunk) => (chunk.id ? chunk.id === id : index !== undefined && chunk.index === index))
    .map(({ args }) => args ?? "")
    .join("")
    .trim();
}

function isWhole(args: string): boolean {
  if (!args) return true;
  try {
    return typeof JSON.parse(args) === "object";
  } catch {
    return false;
  }
}
