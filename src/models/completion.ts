import {
  AIMessage,
  type AIMessageChunk,
  type StandardMessageStructure,
  type UsageMetadata,
} from "@langchain/core/messages";
import type { ModelError } from "../errors.ts";
import type { Candidate } from "./candidates.ts";
import { faultIn, reasonIn } from "./ending.ts";
import { modelError } from "./faults.ts";
import { wholeCalls } from "./tool-calls.ts";

/** An answer as it came. */
export interface Completion {
  /** As it is kept: whole, without a reasoning preamble, and without what differs from call to call. */
  message: AIMessage;
  /** What the model wrote, the preamble included: what it is paid for. */
  written: AIMessage;
}

/**
 * Joins the chunks of an answer; undefined where there was none. Of what several chunks say on how
 * the answer ends the last one counts: LangChain would join the words.
 */
export async function completionOf(chunks: AsyncIterable<AIMessageChunk>): Promise<Completion | undefined> {
  let whole: AIMessageChunk | undefined;
  let reason: string | undefined;
  let model: string | undefined;
  for await (const chunk of chunks) {
    whole = whole ? whole.concat(chunk) : chunk;
    reason = reasonIn(chunk) ?? reason;
    model = (chunk.response_metadata as { model_name?: string }).model_name ?? model;
  }
  if (!whole) return undefined;
  const metadata = { ...(reason && { finish_reason: reason }), ...(model && { model_name: model }) };
  const { content } = whole;
  const answer = typeof content === "string" ? withoutThinking(content) : content;
  return { message: plain(whole, answer, metadata), written: plain(whole, content, metadata) };
}

/** Why an answer is none: it was cut, stopped or broke off, or says nothing. */
export function faultOfAnswer(message: AIMessage, candidate: Candidate): ModelError | undefined {
  const { finish_reason: reason } = message.response_metadata as { finish_reason?: string };
  const fault = reason && faultIn(reason);
  if (fault) return modelError(fault, candidate, `it ended by "${reason}"`);
  if (!reason && candidate.saysWhyItEnds) return modelError("bad_response", candidate, "no finish_reason");
  const { text, tool_calls: calls = [], invalid_tool_calls: broken = [] } = message;
  if (text.trim() || calls.length > 0 || broken.length > 0) return undefined;
  return modelError("bad_response", candidate, "an empty answer");
}

/** A reasoning preamble, as local reasoning models write it; one that never ends is all there is. */
const THINKING = /^(?:\s*<think>[\s\S]*?(?:<\/think>|$))+\s*/;

const withoutThinking = (text: string) => text.replace(THINKING, "");

function plain(
  whole: AIMessageChunk,
  content: AIMessageChunk["content"],
  response_metadata: { finish_reason?: string; model_name?: string },
): AIMessage {
  const usage = whole.usage_metadata as UsageMetadata | undefined;
  const { tool_calls: calls, invalid_tool_calls: broken } = wholeCalls(whole);
  return new AIMessage<StandardMessageStructure>({
    content,
    response_metadata,
    ...(whole.id !== undefined && { id: whole.id }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(broken.length > 0 && { invalid_tool_calls: broken }),
    ...(usage && { usage_metadata: usage }),
  });
}
