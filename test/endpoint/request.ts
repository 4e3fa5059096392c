import type { IncomingHttpHeaders } from "node:http";
import type { JsonSchema } from "./schema.ts";

/** One message of a chat completion request. */
export interface ChatMessage {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content?: string | { type: string; text?: string }[] | null;
  tool_calls?: { id: string; type: "function"; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

/** A tool of a chat completion request. */
export interface ChatTool {
  type: string;
  function?: { name: string; description?: string; parameters?: JsonSchema; strict?: boolean | null };
}

/** The body of a chat completion request, as far as the endpoint reads it. */
export interface ChatBody {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean } | null;
  tools?: ChatTool[];
  tool_choice?: string | { type: string; function?: { name: string } };
  response_format?: {
    type: string;
    json_schema?: { name: string; strict?: boolean | null; schema?: JsonSchema };
  };
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  [field: string]: unknown;
}

/** A request as the responder sees it. */
export interface EndpointRequest {
  /** How many requests came before it. */
  n: number;
  body: ChatBody;
  headers: IncomingHttpHeaders;
}

/** A request as the endpoint remembers it; times are `performance.now()` of the endpoint's process. */
export interface RecordedRequest extends EndpointRequest {
  arrivedAt: number;
  /** When the connection was done with it; undefined while it is open. */
  endedAt: number | undefined;
  outcome: "open" | "answered" | "cut" | "left";
}

/** How a structured answer was asked for. */
export interface Asked {
  by: "schema" | "tool" | "json";
  name: string;
  schema: JsonSchema | undefined;
}

/** The text of a message, whatever form its content has. */
export function textOf({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("");
}

/** The text of all messages. */
export const promptOf = (body: ChatBody) => body.messages.map(textOf).join("\n\n");

/** The tool that the request forces: by name, or the only one where any is required. */
function forcedTool({ tools = [], tool_choice: choice }: ChatBody): ChatTool["function"] {
  if (choice === undefined || choice === "auto" || choice === "none") return undefined;
  const name = typeof choice === "object" ? choice.function?.name : undefined;
  return name ? tools.find((tool) => tool.function?.name === name)?.function : tools[0]?.function;
}

/** How the request asks for a structured answer; undefined where it asks for text. */
export function askedOf(body: ChatBody): Asked | undefined {
  const { response_format: format } = body;
  if (format?.type === "json_schema" && format.json_schema) {
    return { by: "schema", name: format.json_schema.name, schema: format.json_schema.schema };
  }
  const tool = forcedTool(body);
  if (tool) return { by: "tool", name: tool.name, schema: tool.parameters };
  if (format?.type !== "json_object") return undefined;
  const prompt = promptOf(body);
  const [start = "", name = ""] = /JSON for ([A-Za-z0-9_-]+)/.exec(prompt) ?? [];
  return { by: "json", name, schema: start ? firstObject(prompt.slice(prompt.indexOf(start))) : undefined };
}

/** The first JSON object in a text. */
function firstObject(text: string): JsonSchema | undefined {
  const start = text.indexOf("{");
  for (let end = text.indexOf("}", start); start >= 0 && end > 0; end = text.indexOf("}", end + 1)) {
    try {
      return JSON.parse(text.slice(start, end + 1)) as JsonSchema;
    } catch {
      // The brace belongs to an inner object: go on to the next one.
    }
  }
  return undefined;
}
