import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessage, AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { ModelFault } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Account } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import { anyOf, deadlineIn } from "../resilience/abort.ts";
import { admitted, suspendedBy } from "../resilience/admission.ts";
import type { Tally } from "../resilience/scope.ts";
import { audited } from "../security/audit.ts";
import { settings } from "../settings.ts";
import { callEstimate, cutOff, REFUSED, usageOf } from "../telemetry/usage.ts";
import type { Candidate } from "./candidates.ts";
import { type Completion, completionOf, faultOfAnswer } from "./completion.ts";
import { faultOf, modelError } from "./faults.ts";
import { type AnswerSchema, type RawAnswer, withSchema, withSchemaInWords } from "./structured.ts";

/** One request to a role, whichever model answers it. */
export interface ModelRequest {
  role: string;
  /** The role's own models, tried in this order where neither the run nor the settings name some for it. */
  models?: readonly string[] | undefined;
  messages: BaseMessage[];
  /** Tools that the model may call as it likes. */
  tools?: readonly StructuredToolInterface[] | undefined;
  /** The schema of a structured answer. */
  schema?: AnswerSchema | undefined;
  /**
   * How much chance there is in the answer, from 0 to 2; the endpoint's own unless given. A model that a caller
   * made, and one that takes none, keep theirs, which is said.
   */
  temperature?: number | undefined;
  /** Throws for a structured answer that is not to be kept: the call fails with it, and a resume asks anew. */
  accept?: ((answer: RawAnswer) => void) | undefined;
  /** How long an answer may serve the same request again, in seconds; not at all unless given. */
  cacheSeconds?: number | undefined;
}

/** What an attempt draws on and is stopped by. */
export interface AttemptContext {
  account: Account | undefined;
  /** Counts what the attempt spends, however it ends. */
  tally: Tally;
  signal: AbortSignal;
}

/** The metadata key by which the meter of foreign calls knows that a call has an account of its own. */
export const METERED = "graphwright_metered";

/**
 * The maximum output of a call under a cap on tokens or money, where neither the settings nor the model name
 * one: enough for any answer of the workflows here, and small enough that parallel calls need not wait.
 */
const MAX_OUTPUT_UNDER_A_CAP = 8_192;

/**
 * Asks one model once: admitted by the account before, settled, recorded and told after, however it ends, and
 * bounded in time. What it gives is a whole answer that says something.
 *
 * @throws ModelError saying what went wrong; anything that is not the model's fault as it came
 */
export async function attempt(
  candidate: Candidate,
  request: ModelRequest,
  { account, tally, signal }: AttemptContext,
): Promise<AIMessage> {
  const { timeoutMs } = settings();
  const estimate = await estimateOf(candidate, request, account?.weighsTokens ?? false);
  const admission = await admitted(account, estimate, signal);
  const begun = Date.now();
  const settled = async (usage: Usage, ok: boolean) => {
    const standing = admission && (await account?.settle(admission.granted, usage));
    const ms = Date.now() - begun;
    tally.count({ ...usage, calls: 1, ms }, (standing?.low ?? null) !== null);
    const { role } = request;
    await audited({ type: "model_call", role, model: candidate.name, ok, usage, ms });
    notify({ type: "model_called", role, model: candidate.name, usage, ok, ms, ...standing });
  };
  const deadline = deadlineIn(timeoutMs);
  let completion: Completion;
  try {
    const model = await candidate.load(
      admission ? admission.outputTokens : candidate.maxOutputTokens,
      request.temperature,
    );
    const metered = admission !== undefined;
    completion = await asked(model, candidate, request, {
      signal: anyOf(signal, deadline.signal),
      metered,
    });
  } catch (error) {
    const late = deadline.signal.aborted && outOfTime(candidate, timeoutMs);
    const fault = signal.aborted ? undefined : late || failed(error, candidate, request);
    const unbilled = fault && UNBILLED.includes(fault.fault);
    await settled(unbilled ? REFUSED : cutOff({ ...estimate, ...admission }), false);
    throw fault ?? error;
  } finally {
    deadline.clear();
  }
  const { message, written } = completion;
  const fault = faultOfAnswer(message, candidate);
  await settled(await usageOf(candidate, written, estimate), !fault);
  if (fault?.fault === "truncated" && admission?.shrunkBy) suspendedBy(admission.shrunkBy);
  if (fault) throw fault;
  return message;
}

function estimateOf(candidate: Candidate, { schema, tools, messages }: ModelRequest, exact: boolean) {
  const canShrink = exact && candidate.canShrink;
  const maxOutputTokens = candidate.maxOutputTokens ?? (canShrink ? MAX_OUTPUT_UNDER_A_CAP : null);
  const extras = schema ?? tools?.map((tool) => convertToOpenAITool(tool));
  return callEstimate(candidate, { messages, extras, maxOutputTokens, canShrink, exact });
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

const failed = (error: unknown, candidate: Candidate, { schema, tools }: ModelRequest) =>
  faultOf(
    error,
    candidate,
    schema ? { structured: candidate.structured } : { tools: tools?.map(({ name }) => name) },
  );

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
