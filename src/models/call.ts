import type { AIMessage } from "@langchain/core/messages";
import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { ModelError, messageOf } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Account } from "../outcomes/account.ts";
import { NOTHING_SPENT, type Spend, type Usage } from "../outcomes/spend.ts";
import { anyOf, deadlineIn } from "../resilience/abort.ts";
import { bareAccount } from "../resilience/bare-account.ts";
import { cachedly, concernsTheRun, durably, hashOf } from "../resilience/durable-call.ts";
import { withRetries } from "../resilience/retry.ts";
import { currentScope, Tally } from "../resilience/scope.ts";
import { audited } from "../security/audit.ts";
import { settings } from "../settings.ts";
import type { RunContext } from "../state/context.ts";
import { type AttemptContext, attempt, type ModelRequest } from "./attempt.ts";
import { type Candidate, candidatesFor } from "./candidates.ts";
import { isRetryable, mayFallBack, refusesTemperature, retryAfterOf } from "./faults.ts";
import { guarded } from "./guarded.ts";
import { type RawAnswer, readAnswer } from "./structured.ts";

/** The name of the LangGraph task that every model call is. */
export const MODEL_TASK = "model call";

/** A model's answer as it is checkpointed. */
export interface Reply {
  message: AIMessage;
  /** Where the request had a schema. */
  answer?: RawAnswer;
  /** What the call spent with all its attempts. */
  spend: Spend;
  /** Whether it left the run's budget nearly used up. */
  low: boolean;
}

/**
 * Asks the models of a role, as a LangGraph task of its own: once it has ended, its reply is
 * checkpointed, and a resume takes it from there instead of paying again. With `cacheSeconds`, so may others: an
 * answer from the cache costs nothing.
 *
 * Each model of the fallback order is asked at most as often as the settings allow, in attempts that
 * nothing else repeats, and the time of the whole call bounds them all.
 *
 * Tasks are matched by call order, so calls of one node must be begun in an order that only
 * checkpointed facts decide. A stored reply to another request is passed over.
 *
 * @throws ModelError when all attempts and fallbacks failed, or the time is over
 */
export async function modelCall(request: ModelRequest, context: RunContext | undefined): Promise<Reply> {
  const scope = currentScope();
  const made = new Tally();
  const candidates = candidatesFor(request.role, context?.models, request.models);
  const hash = requestHash(request);
  const asked = () => answered(request, candidates, context, made, scope?.signal);
  const call = () =>
    request.cacheSeconds === undefined ? asked() : fromCache(request, hash, candidates, asked);
  try {
    const reply = await durably(MODEL_TASK, hash, call);
    scope?.count(reply.spend, reply.low);
    return reply;
  } catch (error) {
    scope?.count(made.spend, made.low);
    throw error;
  }
}

/** An answer serves again only for the same models. */
async function fromCache(
  { role, cacheSeconds: seconds = 0 }: ModelRequest,
  hash: string,
  candidates: readonly Candidate[],
  asked: () => Promise<Reply>,
): Promise<Reply> {
  const key = hashOf(
    role,
    candidates.map(({ name, baseUrl }) => [name, baseUrl]),
  );
  const { value, taken } = await cachedly(hash, asked, { seconds, key, fits: () => true });
  if (!taken) return value;
  const model = candidates[0]?.name ?? "";
  await audited({ type: "model_call", role, model, ok: true, usage: NO_USAGE, ms: 0, cached: true });
  notify({ type: "cached", role, what: model });
  return { ...value, spend: NOTHING_SPENT, low: false };
}

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, usd: 0, estimated: false };

async function answered(
  request: ModelRequest,
  candidates: Candidate[],
  context: RunContext | undefined,
  tally: Tally,
  within: AbortSignal | undefined,
): Promise<Reply> {
  const config: LangGraphRunnableConfig = getConfig();
  const { totalTimeoutMs } = settings();
  const whole = deadlineIn(totalTimeoutMs);
  const stop = anyOf(config.signal, within);
  const account = context?.account ?? accountOf(config);
  const means = { account, tally, signal: anyOf(stop, whole.signal) };
  const message = await firstAnswer(candidates, request, means)
    .catch((error: unknown) => {
      const [first] = candidates;
      if (!whole.signal.aborted || stop.aborted || concernsTheRun(error) || !first) throw error;
      throw outOfTime(first, totalTimeoutMs);
    })
    .finally(whole.clear);
  const reply = { message, spend: tally.spend, low: tally.low };
  if (!request.schema) return reply;
  const answer = readAnswer(message, request.schema);
  request.accept?.(answer);
  return { ...reply, answer };
}

function outOfTime({ name, baseUrl }: Candidate, totalTimeoutMs: number): ModelError {
  const who = baseUrl ? `${name} at ${baseUrl}` : name;
  return new ModelError(
    "timeout",
    name,
    `${who} did not answer within ${totalTimeoutMs / 1000} s, all attempts together; raise OPENAI_TOTAL_TIMEOUT_SECONDS if it is only slow.`,
  );
}

/** The account of a graph that is not run by `run`; none without a thread to keep it by. */
function accountOf({ configurable }: LangGraphRunnableConfig): Account | undefined {
  const threadId: unknown = configurable?.["thread_id"];
  return typeof threadId === "string" ? bareAccount(threadId) : undefined;
}

/** The answer of the first model that gives one; `refused` says that the first of them takes no temperature. */
async function firstAnswer(
  [candidate, ...rest]: Candidate[],
  asked: ModelRequest,
  means: AttemptContext,
  refused = false,
): Promise<AIMessage> {
  const { role, temperature } = asked;
  if (!candidate) throw new RangeError(`No model is named for the role "${role}".`);
  const isWithout = temperature !== undefined && (refused || candidate.keepsTemperature);
  const request = isWithout ? withoutTemperature(asked, candidate) : asked;
  try {
    return await withRetries(
      () => guarded(candidate, role, () => attempt(candidate, request, means), means.signal),
      {
        attempts: settings().maxAttempts,
        retryOn: isRetryable,
        waitFor: retryAfterOf,
        onRetry: ({ attempt: failed, delayMs, error }) =>
          notify({
            type: "retry",
            role,
            model: candidate.name,
            attempt: failed,
            delayMs,
            reason: messageOf(error),
          }),
        signal: means.signal,
      },
    );
  } catch (error) {
    if (request.temperature !== undefined && refusesTemperature(error) && !means.signal.aborted) {
      return firstAnswer([candidate, ...rest], asked, means, true);
    }
    const next = rest[0];
    if (!next || !mayFallBack(error) || means.signal.aborted) throw error;
    notify({ type: "fallback", role, model: candidate.name, to: next.name, reason: messageOf(error) });
    return firstAnswer(rest, asked, means);
  }
}

/** The request without its temperature, for a model that does not take it; that is said. */
function withoutTemperature({ temperature, ...request }: ModelRequest, { name }: Candidate): ModelRequest {
  const text = `${name} takes no temperature from here: it answers with its own, and not with ${temperature}.`;
  notify({ type: "note", text });
  return request;
}

/** The hash of what is asked; which model answers it does not count. */
function requestHash({ role, messages, schema, tools, temperature }: ModelRequest): string {
  const asked = messages.map((message) => [
    message.getType(),
    message.content,
    "tool_calls" in message && message.tool_calls,
  ]);
  const offered = tools?.map(({ name, description }) => [name, description]);
  return hashOf(role, asked, schema, offered, ...(temperature === undefined ? [] : [temperature]));
}
