import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  type StandardMessageStructure,
  type UsageMetadata,
} from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { ModelFault } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Account } from "../outcomes/account.ts";
import { admitted } from "../resilience/admission.ts";
import { settings } from "../settings.ts";
import { callEstimate, cutOff, REFUSED, usageOf } from "../telemetry/usage.ts";
import type { Candidate } from "./candidates.ts";
import { faultOf, modelError } from "./faults.ts";
import { type AnswerSchema, withSchema, withSchemaInWords } from "./structured.ts";
import { wholeCalls } from "./tool-calls.ts";

/** One request to a role, whichever model answers it. */
export interface ModelRequest {
  role: string;
  messages: BaseMessage[];
  /** Tools that the model may call as it likes. */
  tools?: readonly StructuredToolInterface[] | undefined;
  /** The schema of a structured answer. */
  schema?: AnswerSchema | undefined;
}

/** The metadata key by which the meter of foreign calls knows that a call has an account of its own. */
export const METERED = "graphwright_metered";

/**
 * Asks one model once: admitted by the account before, settled after, bounded in time.
 *
 * @throws ModelError saying what went wrong; anything that is not the model's fault as it came
 */
export async function attempt(
  candidate: Candidate,
  request: ModelRequest,
  account: Account | undefined,
  signal: AbortSignal | undefined,
): Promise<AIMessage> {
  const { maxOutputTokens, timeoutMs } = settings();
  const model = await candidate.load();
  const extras = request.schema ?? request.tools?.map((tool) => convertToOpenAITool(tool));
  const estimate = await callEstimate(candidate, request.messages, extras, maxOutputTokens);
  const callId = await admitted(account, estimate, signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const begun = Date.now();
  let message: AIMessage;
  try {
    message = await stream(model, candidate, request, signal ? AbortSignal.any([signal, timeout]) : timeout);
  } catch (error) {
    const late = timeout.aborted && !signal?.aborted;
    const fault = late ? outOfTime(candidate, timeoutMs) : failed(error, candidate, request);
    if (callId)
      await account?.settle(callId, fault && UNBILLED.includes(fault.fault) ? REFUSED : cutOff(estimate));
    throw fault ?? error;
  }
  const usage = await usageOf(candidate, message, estimate);
  if (callId) await account?.settle(callId, usage);
  notify({ type: "model_called", role: request.role, model: candidate.name, usage, ms: Date.now() - begun });
  return complete(message, candidate);
}

/** Faults for which the endpoint bills no tokens. */
const UNBILLED: readonly ModelFault[] = [
  "unauthorized",
  "not_found",
  "bad_request",
  "rate_limited",
  "server_error",
  "unreachable",
];

const outOfTime = (candidate: Candidate, timeoutMs: number) =>
  modelError("timeout", candidate, `no end within ${timeoutMs / 1000} s`);

const failed = (error: unknown, candidate: Candidate, { schema }: ModelRequest) =>
  faultOf(error, candidate, schema && { structured: candidate.structured });

async function stream(
  model: BaseChatModel,
  candidate: Candidate,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<AIMessage> {
  const { role, messages, schema, tools } = request;
  let bound: Runnable<BaseMessage[]> = model;
  if (schema) bound = withSchema(model, schema, candidate.structured);
  else if (tools?.length && model.bindTools) bound = model.bindTools([...tools]);
  const asked = schema ? withSchemaInWords(messages, schema, candidate.structured) : messages;
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await bound.stream(asked, { signal, metadata: { role, [METERED]: true } })) {
    whole = whole ? whole.concat(chunk) : chunk;
  }
  signal.throwIfAborted();
  if (!whole) throw modelError("bad_response", candidate, "an empty stream");
  return plain(whole);
}

/** The message as it is kept: without the chunks, and without what differs from call to call. */
function plain(whole: AIMessageChunk): AIMessage {
  const { finish_reason, model_name } = whole.response_metadata as Record<string, string | undefined>;
  const usage = whole.usage_metadata as UsageMetadata | undefined;
  const { tool_calls: calls, invalid_tool_calls: broken } = wholeCalls(whole);
  return new AIMessage<StandardMessageStructure>({
    content: whole.content,
    response_metadata: { ...(finish_reason && { finish_reason }), ...(model_name && { model_name }) },
    ...(whole.id !== undefined && { id: whole.id }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(broken.length > 0 && { invalid_tool_calls: broken }),
    ...(usage && { usage_metadata: usage }),
  });
}

/** A cut answer is never taken for an answer, neither one that ran out of room nor one that broke off. */
function complete(message: AIMessage, candidate: Candidate): AIMessage {
  const { finish_reason: reason } = message.response_metadata as { finish_reason?: string };
  if (reason === "length") {
    throw modelError("truncated", candidate, "finish_reason: length");
  }
  if (reason === undefined && candidate.saysWhyItEnds)
    throw modelError("bad_response", candidate, "no finish_reason");
  return message;
}
