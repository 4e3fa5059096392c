import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput, ToolDefinition } from "@langchain/core/language_models/base";
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import {
  AIMessage,
  AIMessageChunk,
  type AIMessageChunkFields,
  type BaseMessage,
  type StandardMessageStructure,
} from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { answer } from "./answering.ts";
import type { OfferedTool } from "./tools.ts";
import { usageOf } from "./usage.ts";

const NAME = "offline";
const WORDS_PER_CHUNK = /(?:\S+\s*|\s+){1,4}/g;

/** What a call of the offline model takes: tools, and which of them it must or may call. */
export interface OfflineCallOptions extends BaseChatModelCallOptions {
  tools?: ToolDefinition[];
}

/**
 * A chat model without a language model: it composes from the material in its prompt, by extraction
 * and ranking, and answers structured requests by checking that material. It states nothing that the
 * material does not say; without material it says so.
 *
 * The same messages always give the same answer. It reads prompts in the blocks of `../prompt.ts`,
 * does no I/O and counts tokens by words.
 */
export class OfflineModel extends BaseChatModel<OfflineCallOptions> {
  constructor(fields: BaseChatModelParams = {}) {
    super(fields);
  }

  static override lc_name() {
    return "OfflineModel";
  }

  override _llmType() {
    return NAME;
  }

  override getLsParams(options: this["ParsedCallOptions"]) {
    return { ...super.getLsParams(options), ls_provider: NAME, ls_model_name: NAME };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<OfflineCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, OfflineCallOptions> {
    return this.withConfig({ ...kwargs, tools: tools.map((tool) => convertToOpenAITool(tool)) });
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const message = this.answered(messages, options);
    return { generations: [{ text: message.text, message }] };
  }

  private answered(messages: BaseMessage[], options: this["ParsedCallOptions"]) {
    options.signal?.throwIfAborted();
    const given = answer(messages, offeredIn(options), options.tool_choice);
    const text = "text" in given ? given.text : "";
    const calls = "calls" in given ? given.calls : [];
    return new AIMessage<StandardMessageStructure>({
      content: text,
      tool_calls: calls,
      usage_metadata: usageOf(messages, options.tools, text || JSON.stringify(calls)),
      response_metadata: { model_name: NAME, finish_reason: calls.length > 0 ? "tool_calls" : "stop" },
    });
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for (const chunk of chunksOf(this.answered(messages, options))) {
      options.signal?.throwIfAborted();
      yield chunk;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const offeredIn = ({ tools = [] }: Pick<OfflineCallOptions, "tools">): OfferedTool[] =>
  tools.map(({ function: { name, description = "", parameters } }) => ({
    name,
    description,
    parameters: { ...parameters },
  }));

/** A message in pieces: a few words or a tool call each, and at the end what it used and why it ends. */
function* chunksOf(message: AIMessage<StandardMessageStructure>): Generator<ChatGenerationChunk> {
  const { text, tool_calls, usage_metadata, response_metadata } = message;
  const chunk = (fields: AIMessageChunkFields<StandardMessageStructure>, words = "") =>
    new ChatGenerationChunk({ text: words, message: new AIMessageChunk(fields) });
  for (const [words] of text.matchAll(WORDS_PER_CHUNK)) yield chunk({ content: words }, words);
  for (const [index, { id = "", name, args }] of (tool_calls ?? []).entries()) {
    const call = { type: "tool_call_chunk" as const, id, name, index, args: JSON.stringify(args) };
    yield chunk({ content: "", tool_call_chunks: [call] });
  }
  yield chunk({ content: "", response_metadata, ...(usage_metadata && { usage_metadata }) });
}
