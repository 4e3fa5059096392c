import { createHash } from "node:crypto";
import type { AIMessage } from "@langchain/core/messages";
import { getConfig, type LangGraphRunnableConfig, task } from "@langchain/langgraph";
import { messageOf } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { withRetries } from "../resilience/retry.ts";
import { settings } from "../settings.ts";
import type { RunContext } from "../state/context.ts";
import { attempt, type ModelRequest } from "./attempt.ts";
import { type Candidate, candidatesFor } from "./candidates.ts";
import { isRetryable, mayFallBack, retryAfterOf } from "./faults.ts";
import { type RawAnswer, readAnswer } from "./structured.ts";

/** The name of the LangGraph task that every model call is. */
export const MODEL_TASK = "model call";

/** A model's answer as it is checkpointed. */
export interface Reply {
  /** Of the request that was answered; a stored reply to another request does not count. */
  hash: string;
  message: AIMessage;
  /** Where the request had a schema. */
  answer?: RawAnswer;
}

/**
 * Asks the models of a role, as a LangGraph task of its own: once it has ended, its reply is
 * checkpointed, and a resume takes it from there instead of paying again.
 *
 * Tasks are matched by call order, so calls of one node must be begun in an order that only
 * checkpointed facts decide. A stored reply whose hash differs is passed over.
 *
 * @throws ModelError when all attempts and fallbacks failed
 */
export async function modelCall(request: ModelRequest, context: RunContext | undefined): Promise<Reply> {
  const hash = hashOf(request);
  const call = task({ name: MODEL_TASK }, () => answered(request, hash, context));
  let reply = await call();
  while (reply.hash !== hash) reply = await call();
  return reply;
}

async function answered(
  request: ModelRequest,
  hash: string,
  context: RunContext | undefined,
): Promise<Reply> {
  const config: LangGraphRunnableConfig = getConfig();
  const candidates = candidatesFor(request.role, context?.models);
  const message = await firstAnswer(candidates, request, context, config.signal);
  if (!request.schema) return { hash, message };
  const answer = readAnswer(message, request.schema);
  request.accept?.(answer);
  return { hash, message, answer };
}

async function firstAnswer(
  [candidate, ...rest]: Candidate[],
  request: ModelRequest,
  context: RunContext | undefined,
  signal: AbortSignal | undefined,
): Promise<AIMessage> {
  if (!candidate) throw new RangeError(`No model is named for the role "${request.role}".`);
  const { role } = request;
  try {
    return await withRetries(() => attempt(candidate, request, context?.account, signal), {
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
      signal,
    });
  } catch (error) {
    const next = rest[0];
    if (!next || !mayFallBack(error)) throw error;
    notify({ type: "fallback", role, model: candidate.name, to: next.name, reason: messageOf(error) });
    return firstAnswer(rest, request, context, signal);
  }
}

/** The hash of what is asked; which model answers it does not count. */
function hashOf({ role, messages, schema, tools }: ModelRequest): string {
  const asked = messages.map((message) => [
    message.getType(),
    message.content,
    "tool_calls" in message && message.tool_calls,
  ]);
  const offered = tools?.map(({ name, description }) => [name, description]);
  return createHash("sha256")
    .update(JSON.stringify([role, asked, schema, offered]))
    .digest("hex");
}
