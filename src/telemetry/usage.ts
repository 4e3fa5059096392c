import type { AIMessage, BaseMessage, UsageMetadata } from "@langchain/core/messages";
import type { CallEstimate } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import { type PricedModel, priceOf } from "./prices.ts";

/**
 * About how many tokens a text is: a third of its UTF-8 bytes, which for English prose is about
 * a third more than the tokenizers of OpenAI's models count.
 */
export const estimatedTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3);

/** What a call may use, before it is made: its messages and schemas, and its maximum output. */
export async function callEstimate(
  model: PricedModel,
  messages: BaseMessage[],
  extras: unknown,
  maxOutputTokens: number | undefined,
): Promise<CallEstimate> {
  const inputTokens = estimatedTokens(
    messages.map((each) => each.text).join("\n") + (JSON.stringify(extras) ?? ""),
  );
  const outputTokens = maxOutputTokens ?? null;
  const usd = await priceOf(model, { input_tokens: inputTokens, output_tokens: outputTokens ?? 0 });
  return { inputTokens, outputTokens, usd };
}

/** What a call used, as the endpoint reported it, or counted here where it did not. */
export async function usageOf(
  model: PricedModel,
  message: AIMessage,
  estimate: CallEstimate,
): Promise<Usage> {
  const reported = message.usage_metadata as UsageMetadata | undefined;
  const tokens = reported ?? { input_tokens: estimate.inputTokens, output_tokens: outputOf(message) };
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

const outputOf = ({ text, tool_calls = [], invalid_tool_calls = [] }: AIMessage) => {
  const calls = [...tool_calls, ...invalid_tool_calls];
  return estimatedTokens(text + (calls.length > 0 ? JSON.stringify(calls) : ""));
};
