import { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";

/** What a tool gives to a call, as an agent gets it. */
export async function called(tool: StructuredToolInterface, args: Record<string, unknown>) {
  const message: unknown = await tool.invoke({ type: "tool_call", id: "1", name: tool.name, args });
  if (!ToolMessage.isInstance(message)) throw new Error("The tool gave no message.");
  return { text: message.text, artifact: message.artifact as unknown };
}
