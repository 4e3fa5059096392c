import { AIMessage, type BaseMessage, type UsageMetadata } from "@langchain/core/messages";
import type { CallEstimate } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import { learnMargin, marginOf } from "./margin.ts";
import { type PricedModel, priceOf } from "./prices.ts";
import { aboutTokensOf, tokensOf } from "./tokens.ts";

/** What a call consists of, as far as it costs tokens. */
export interface Asking {
  messages: readonly BaseMessage[];
  /** The schemas and tools that go with the messages. */
  extras?: unknown;
  /** Null where only the endpoint knows it. */
  maxOutputTokens: number | null;
  /** Whether the maximum output can be set for this call. */
  canShrink: boolean;
  /** Whether a cap weighs the tokens, so that a rough count will not do. */
  exact: boolean;
}

/** What a call may use, before it is made; `counted` is the input without the margin. */
export interface Estimate extends CallEstimate {
  counted: number;
  /** Whether `counted` is the tokenizer's. */
  exact: boolean;
}

/** The smallest maximum output that a call is made with when a cap leaves less than it asks for. */
const LEAST_OUTPUT_TOKENS = 64;

/** What the chat format adds to each message and to each prompt; source: OpenAI Cookbook, "How to count tokens". */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_PROMPT = 3;

/** What a call may use: its messages, schemas and tools with the endpoint's margin, and its maximum output. */
export async function callEstimate(model: PricedModel, asking: Asking): Promise<Estimate> {
  const { messages, extras, maxOutputTokens, canShrink, exact } = asking;
  const text = messages.map(writtenIn).join("\n") + (JSON.stringify(extras) ?? "");
  const overhead = messages.length * TOKENS_PER_MESSAGE + TOKENS_PER_PROMPT;
  const counted = (exact ? await tokensOf(text) : aboutTokensOf(text)) + overhead;
  const inputTokens = exact ? Math.ceil(counted * marginOf(model)) : counted;
  const usdWith = (output_tokens: number) => priceOf(model, { input_tokens: inputTokens, output_tokens });
  const estimate = { inputTokens, outputTokens: maxOutputTokens, usd: await usdWith(maxOutputTokens ?? 0) };
  const least = Math.min(LEAST_OUTPUT_TOKENS, maxOutputTokens ?? 0);
  const shrunk = canShrink && least > 0 && { least: { outputTokens: least, usd: await usdWith(least) } };
  return { ...estimate, counted, exact, ...shrunk };
}

/** What a call used, as the endpoint reported it, or counted here where it did not. */
export async function usageOf(model: PricedModel, message: AIMessage, estimate: Estimate): Promise<Usage> {
  const reported = message.usage_metadata as UsageMetadata | undefined;
  if (reported && estimate.exact) learnMargin(model, estimate.counted, reported.input_tokens);
  const tokens = reported ?? {
    input_tokens: estimate.counted,
    output_tokens: estimate.exact ? await tokensOf(writtenIn(message)) : aboutTokensOf(writtenIn(message)),
  };
  return {
    inputTokens: tokens.input_tokens,
    outputTokens: tokens.output_tokens,
    usd: await priceOf(model, tokens),
    estimated: reported === undefined,
  };
}

/** What a call counts as that was cut off: all that it could have used. */
export const cutOff = ({ inputTokens, outputTokens, usd }: CallEstimate): Usage => ({
  inputTokens,
  outputTokens: outputTokens ?? 0,
  usd,
  estimated: true,
});

/** What an attempt counts as that the endpoint refused: a call without tokens. */
export const REFUSED: Usage = { inputTokens: 0, outputTokens: 0, usd: 0, estimated: false };

function writtenIn(message: BaseMessage): string {
  if (!AIMessage.isInstance(message)) return message.text;
  const calls = [...(message.tool_calls ?? []), ...(message.invalid_tool_calls ?? [])];
  return message.text + (calls.length > 0 ? JSON.stringify(calls) : "");
}
