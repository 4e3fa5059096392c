import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessage, AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { ModelFault } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Account } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import { admitted } from "../resilience/admission.ts";
import { settings } from "../settings.ts";
import { callEstimate, cutOff, REFUSED, usageOf } from "../telemetry/usage.ts";
import type { Candidate } from "./candidates.ts";
import { type Completion, completionOf, faultOfAnswer } from "./completion.ts";
import { faultOf, modelError } from "./faults.ts";
import { type AnswerSchema, type RawAnswer, withSchema, withSchemaInWords } from "./structured.ts";

/** One request to a role, whichever model answers it. */
export interface ModelRequest {
  role: string;
  messages: BaseMessage[];
  /** Tools that the model may call as it likes. */
  tools?: readonly StructuredToolInterface[] | undefined;
  /** The schema of a structured answer. */
  schema?: AnswerSchema | undefined;
  /** Throws for a structured answer that is not to be kept: the call fails with it, and a resume asks anew. */
  accept?: ((answer: RawAnswer) => void) | undefined;
}

/** The metadata key by which the meter of foreign calls knows that a call has an account of its own. */
export const METERED = "graphwright_metered";

/**
 * Asks one model once: admitted by the account before, settled and told after, however it ends, and
 * bounded in time. What it gives is a whole answer that says something.
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
  const begun = Date.now();
  const settled = async (usage: Usage, ok: boolean) => {
    if (callId) await account?.settle(callId, usage);
    const { role } = request;
    notify({ type: "model_called", role, model: candidate.name, usage, ok, ms: Date.now() - begun });
  };
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  let completion: Completion;
  try {
    completion = await asked(model, candidate, request, { signal: either, metered: callId !== undefined });
  } catch (error) {
    const late = timeout.aborted && !signal?.aborted;
    const fault = late ? outOfTime(candidate, timeoutMs) : failed(error, candidate, request);
    await settled(fault && UNBILLED.includes(fault.fault) ? REFUSED : cutOff(estimate), false);
    throw fault ?? error;
  }
  const { message, written } = completion;
  const fault = faultOfAnswer(message, candidate);
  await settled(await usageOf(candidate, written, estimate), !fault);
  if (fault) throw fault;
  return message;
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

async function asked(
  model: BaseChatModel,
  candidate: Candidate,
  request: ModelRequest,
  { signal, metered }: { signal: AbortSignal; metered: boolean },
): Promise<Completion> {
  const { role, messages, schema, tools } = request;
  let bound: Runnable<BaseMessage[], AIMessageChunk> = model;
  if (schema) bound = withSchema(model, schema, candidate.structured);
  else if (tools?.length && model.bindTools) bound = model.bindTools([...tools]);
  const said = schema ? withSchemaInWords(messages, schema, candidate.structured) : messages;
  const chunks = await bound.stream(said, { signal, metadata: { role, [METERED]: metered } });
  const completion = await completionOf(chunks);
  signal.throwIfAborted();
  if (!completion) throw modelError("bad_response", candidate, "an empty stream");
  return completion;
}
