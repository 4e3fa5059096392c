import type { BaseMessage, UsageMetadata } from "@langchain/core/messages";

const PER_MESSAGE = 4;

/**
 * Tokens by count of words, not by a tokenizer, which costs more to load than all the rest: every six
 * letters of a word and every other mark are one. Deterministic, and near what tokenizers say of English.
 */
const tokensIn = (text: string) => text.match(/[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}]/gu)?.length ?? 0;

/** What a call used: its messages and tools in, its answer out. */
export function usageOf(messages: readonly BaseMessage[], tools: unknown, answer: string): UsageMetadata {
  const read = messages.reduce((sum, message) => sum + PER_MESSAGE + tokensIn(message.text), 0);
  const input_tokens = read + (tools === undefined ? 0 : tokensIn(JSON.stringify(tools)));
  const output_tokens = tokensIn(answer);
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}
