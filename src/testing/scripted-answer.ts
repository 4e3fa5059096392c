import type {
  AIMessageChunkFields,
  BaseMessage,
  StandardMessageStructure,
  ToolCall,
  UsageMetadata,
} from "@langchain/core/messages";
import { Calls, type Line, ScriptError, type ScriptedRequest, type StructuredAnswer } from "./script.ts";

/** What a scripted model says, as the fields of a message. */
export interface Spoken {
  content: string;
  tool_calls: ToolCall[];
  usage_metadata: UsageMetadata;
  response_metadata: { model_name: string; finish_reason: "stop" | "tool_calls" };
}

/** Where a line stands, who says it, and whether a structured answer has to be text. */
export interface Delivery {
  place: string;
  model: string;
  jsonAsText: boolean;
}

/** Turns a line into the fields of a message; usage counts words. */
export function contentOf(line: Line, request: ScriptedRequest, delivery: Delivery): Spoken {
  const called = callsIn(line, request, delivery);
  const content = called.length > 0 ? "" : typeof line === "string" ? line : JSON.stringify(line);
  const said = called.length > 0 ? JSON.stringify(called.map(({ args }) => args)) : content;
  const tool_calls = called.map(({ name, args }, i) => ({
    name,
    args,
    id: `call_${delivery.place}_${i}`.replace(/[^\w-]+/g, "_"),
    type: "tool_call" as const,
  }));
  return {
    content,
    tool_calls,
    usage_metadata: usageOf(request.messages, said),
    response_metadata: {
      model_name: delivery.model,
      finish_reason: called.length > 0 ? "tool_calls" : "stop",
    },
  };
}

function callsIn(line: Line, request: ScriptedRequest, { place, jsonAsText }: Delivery): Calls["calls"] {
  if (line instanceof Calls) return line.calls;
  if (typeof line !== "object" || jsonAsText || request.tools.length === 0) return [];
  const name = request.schema ?? (request.tools.length === 1 ? request.tools[0] : undefined);
  if (name !== undefined) return [{ name, args: line as StructuredAnswer }];
  throw new ScriptError(
    `${place} is a structured answer, but the request leaves the choice between ${request.tools.join(", ")}; write calls({ name, args }).`,
    request.role,
  );
}

const PARTS = 4;

/** Cuts what is said into the chunks of a stream; usage and metadata come last. */
export function chunksOf(spoken: Spoken): AIMessageChunkFields<StandardMessageStructure>[] {
  const { content, tool_calls, usage_metadata, response_metadata } = spoken;
  const called = tool_calls.flatMap(({ name, args, id }, index) =>
    piecesOf(JSON.stringify(args)).map((args, i) => ({
      content: "",
      tool_call_chunks: [
        {
          type: "tool_call_chunk" as const,
          index,
          args,
          ...(i === 0 && { name, ...(id !== undefined && { id }) }),
        },
      ],
    })),
  );
  return [
    ...piecesOf(content).map((content) => ({ content })),
    ...called,
    { content: "", usage_metadata, response_metadata },
  ];
}

function piecesOf(text: string): string[] {
  const characters = [...text];
  const size = Math.max(1, Math.ceil(characters.length / PARTS));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(""),
  );
}

function usageOf(messages: readonly BaseMessage[], said: string): UsageMetadata {
  const input_tokens = messages.reduce((sum, { text }) => sum + words(text), 0);
  const output_tokens = words(said);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}

const words = (text: string) => text.split(/\s+/).filter(Boolean).length;
