import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type BaseMessage, type StandardMessageStructure } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable, RunnableConfig } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import {
  After,
  Fails,
  type Line,
  Script,
  ScriptError,
  type ScriptedRequest,
  type ScriptLines,
} from "./script.ts";
import { chunksOf, contentOf, type Spoken } from "./scripted-answer.ts";

/** The options of a scripted model's call. */
export interface ScriptedCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
  response_format?: { type: string; json_schema?: { name: string } };
  /** Who asks; taken from `metadata.role`. */
  role?: string;
}

/**
 * A chat model that answers from a script and remembers what it was asked. It has no clock and no
 * chance in it: a role's lines are taken in the order of that role's calls, lines with a condition
 * by what is asked, so that parallel branches may share one model.
 *
 * A call that the script does not expect throws a ScriptError.
 */
export class ScriptedModel extends BaseChatModel<ScriptedCallOptions> {
  /** The model's name. */
  readonly model: string;
  /** What the model was asked, in order of arrival, unexpected calls included. */
  readonly requests: ScriptedRequest[] = [];
  readonly #script: Script;

  constructor(lines: ScriptLines, { model = "scripted" }: { model?: string } = {}) {
    super({});
    this.model = model;
    this.#script = new Script(lines);
  }

  /**
   * Checks that the whole script was played.
   *
   * @throws ScriptError listing the lines that no call has taken
   */
  assertDone(): void {
    const unused = this.#script.unused();
    if (unused.length > 0) throw new ScriptError(`Lines that no call has taken:\n  ${unused.join("\n  ")}`);
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs: Partial<ScriptedCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ScriptedCallOptions> {
    return this.withConfig({ tools: tools.map((tool) => convertToOpenAITool(tool)), ...kwargs });
  }

  override _llmType(): string {
    return "scripted";
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const message = new AIMessageChunk<StandardMessageStructure>(await this.#answer(messages, options));
    return { generations: [{ text: message.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for (const fields of chunksOf(await this.#answer(messages, options))) {
      const message = new AIMessageChunk<StandardMessageStructure>(fields);
      const chunk = new ChatGenerationChunk({ text: message.text, message });
      yield chunk;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  /** Metadata reaches a model's own methods only if there are callbacks; so the role travels with the options. */
  protected override _separateRunnableConfigFromCallOptionsCompat(
    options?: Partial<ScriptedCallOptions>,
  ): [RunnableConfig, this["ParsedCallOptions"]] {
    const [config, callOptions] = super._separateRunnableConfigFromCallOptionsCompat(options);
    const role: unknown = config.metadata?.["role"];
    return [config, typeof role === "string" ? Object.assign(callOptions, { role }) : callOptions];
  }

  async #answer(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<Spoken> {
    options.signal?.throwIfAborted();
    const request = requestOf(messages, options);
    this.requests.push(request);
    const { line, place } = this.#script.take(request);
    const spoken = await spokenLine(line, request, options.signal);
    return contentOf(spoken, request, { place, model: this.model, jsonAsText: !!options.response_format });
  }
}

type Asked = Pick<ScriptedCallOptions, "role" | "tools" | "tool_choice" | "response_format">;

function requestOf(
  messages: BaseMessage[],
  { role, tools = [], tool_choice, response_format }: Asked,
): ScriptedRequest {
  const names = tools.map(nameOf);
  return {
    role,
    messages,
    text: messages.findLast((message) => message.getType() === "human")?.text ?? "",
    schema: response_format ? response_format.json_schema?.name : forced(tool_choice, names),
    tools: names,
  };
}

function nameOf(tool: BindToolsInput): string {
  const { function: described, name }: { function?: { name?: unknown }; name?: unknown } = tool;
  return String(described?.name ?? name);
}

/** The tool that has to be called: by name in any vendor's spelling, or the only one where any has to be. */
function forced(choice: ScriptedCallOptions["tool_choice"], tools: readonly string[]): string | undefined {
  const named: unknown = typeof choice === "object" ? (choice["function"]?.name ?? choice["name"]) : choice;
  if (named === "any" || named === "required") return tools.length === 1 ? tools[0] : undefined;
  return tools.find((tool) => tool === named);
}

/** What a line comes down to, once its waiting is over. */
async function spokenLine(
  line: Line,
  request: ScriptedRequest,
  signal: AbortSignal | undefined,
): Promise<Line> {
  if (typeof line === "function") return spokenLine(await line(request), request, signal);
  if (line instanceof Fails) throw line.error;
  if (!(line instanceof After)) return line;
  await pause(line.ms, signal);
  return spokenLine(line.line, request, signal);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
