import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type AIMessageChunkFields } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { describe, expect, it } from "vitest";
import { completionOf } from "../../src/models/completion.ts";
import { type Reply, text } from "../endpoint/server.ts";
import { against, expectOneSentence, of, one } from "../resilience/against.ts";

const ANSWER = "Because air scatters blue light more than red.";

/** One choice of a streamed completion. */
interface Choice {
  delta: object;
  finish_reason: string | null;
}

const said = (content: string, finish_reason: string | null = null): Choice => ({
  delta: { content },
  finish_reason,
});

/** A stream of these choices, as an endpoint writes it that is not quite OpenAI's. */
const streamed = (...choices: Choice[]): Reply => ({
  kind: "raw",
  body: [
    ...choices.map((choice) =>
      JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: "gpt-test",
        choices: [{ index: 0, ...choice }],
      }),
    ),
    "[DONE]",
  ].join("\n\ndata: "),
});

/** A caller's own model, of any vendor, that answers with these chunks. */
class OwnModel extends BaseChatModel {
  readonly #chunks: readonly AIMessageChunkFields[];

  constructor(chunks: readonly AIMessageChunkFields[]) {
    super({});
    this.#chunks = chunks;
  }

  override _llmType() {
    return "own";
  }

  override _generate(): Promise<ChatResult> {
    throw new Error("Only its stream is asked for.");
  }

  override async *_streamResponseChunks() {
    for (const fields of this.#chunks) {
      const message = new AIMessageChunk(fields);
      yield new ChatGenerationChunk({ message, text: message.text });
    }
  }
}

describe("an answer that an endpoint ends", () => {
  it.each(["length", "max_tokens", "MAX_TOKENS"])(
    "at its output limit is cut, also where it says so twice: %s",
    async (reason) => {
      const { ask, go } = await against([streamed(said("Because air", reason), said("", reason))]);
      const told = await go(one(ask));
      expect(expectOneSentence(told)).toContain(`hit its output limit (it ended by "${reason}")`);
      expect(told.result.error?.code).toBe("MODEL_TRUNCATED");
    },
  );

  it("as it should is taken, also where it says so twice", async () => {
    const { ask, go } = await against([streamed(said(ANSWER, "stop"), said("", "stop"))]);
    expect((await go(one(ask))).result.output).toMatchObject({ answer: ANSWER });
  });

  it("is kept with its last reason and its model, each once", async () => {
    const chunks = async function* () {
      for (const content of [ANSWER, ""]) {
        const response_metadata = { finish_reason: "stop", model_name: "gpt-test" };
        yield new AIMessageChunk({ content, response_metadata });
      }
    };
    const { message } = (await completionOf(chunks())) ?? expect.unreachable();
    expect(message.response_metadata).toEqual({ finish_reason: "stop", model_name: "gpt-test" });
  });

  it("is judged by what it says last", async () => {
    const { ask, go } = await against([streamed(said("Because", "stop"), said(" air", "length"))]);
    expect((await go(one(ask))).result.error?.code).toBe("MODEL_TRUNCATED");
  });

  it("by its content filter fails the run at once, and the run says what to do", async () => {
    const { endpoint, ask, go } = await against([streamed(said("Because"), said("", "content_filter"))]);
    const told = await go(one(ask));
    const message = expectOneSentence(told);
    expect(message).toMatch(/content filter .* stopped the answer of gpt-test/);
    expect(message).toContain("rephrase the request, or use another model");
    expect(told.result.error?.code).toBe("MODEL_FILTERED");
    expect(of(told, "retry")).toEqual([]);
    expect(endpoint.requests).toHaveLength(1);
  });

  it("by its content filter is asked of the next model", async () => {
    const { endpoint, ask, go } = await against([streamed(said("", "content_filter")), text(ANSWER)], {
      OPENAI_MODEL: "first, second",
    });
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "done", output: { answer: ANSWER }, spend: { calls: 2 } });
    expect(endpoint.requests.map(({ body }) => body.model)).toEqual(["first", "second"]);
    expect(of(told, "fallback")).toMatchObject([{ reason: expect.stringContaining("content filter") }]);
  });

  it("by an error of its own is tried again", async () => {
    const { ask, go } = await against([streamed(said("Because", "error")), text(ANSWER)]);
    const told = await go(one(ask));
    expect(told.result.output).toMatchObject({ answer: ANSWER });
    expect(of(told, "retry")).toHaveLength(1);
  });
});

describe("an answer of a caller's own model", () => {
  const begun: AIMessageChunkFields = { content: "Because air" };
  const by = (metadata: Record<string, unknown>) => [begun, { content: "", response_metadata: metadata }];
  const anthropic = (stop_reason: string) => [begun, { content: "", additional_kwargs: { stop_reason } }];

  it.each<[string, AIMessageChunkFields[]]>([
    ["Anthropic", anthropic("max_tokens")],
    ["Anthropic, whose window is full", anthropic("model_context_window_exceeded")],
    ["Gemini", by({ finishReason: "MAX_TOKENS" })],
    ["Bedrock", by({ messageStop: { stopReason: "max_tokens" } })],
    ["Ollama", by({ done_reason: "length" })],
    ["OpenAI's Responses API", by({ incomplete_details: { reason: "max_output_tokens" } })],
  ])("that was cut is not taken: %s", async (_, chunks) => {
    const { ask, go } = await against([]);
    const told = await go(one(ask), { models: new OwnModel(chunks) });
    expect(expectOneSentence(told)).toContain("the limit of a model of your own");
    expect(told.result.error?.code).toBe("MODEL_TRUNCATED");
  });

  it.each<[string, AIMessageChunkFields[]]>([
    ["Anthropic", anthropic("refusal")],
    ["Gemini", by({ finishReason: "SAFETY" })],
    ["Gemini, which quotes too much", by({ finishReason: "RECITATION" })],
    ["Bedrock", by({ messageStop: { stopReason: "guardrail_intervened" } })],
  ])("that its vendor's filter stopped is not taken: %s", async (_, chunks) => {
    const { ask, go } = await against([]);
    const told = await go(one(ask), { models: new OwnModel(chunks) });
    expect(told.result.error?.code).toBe("MODEL_FILTERED");
    expect(of(told, "retry")).toEqual([]);
  });

  it.each<[string, AIMessageChunkFields[]]>([
    ["nothing", [begun, { content: "", response_metadata: { incomplete_details: null } }]],
    ["Anthropic's end_turn", anthropic("end_turn")],
    ["Gemini's STOP", by({ finishReason: "STOP" })],
    ["a word of its own", by({ finish_reason: "eos_token" })],
  ])("that says %s of its end is taken", async (_, chunks) => {
    const { ask, go } = await against([]);
    const { result } = await go(one(ask), { models: new OwnModel(chunks) });
    expect(result.output).toMatchObject({ answer: "Because air" });
  });
});

describe("an answer that says nothing", () => {
  it.each([
    ["no text", ""],
    ["blanks", " \n\t "],
    ["a reasoning block", "<think>Air scatters blue.</think>\n\n"],
    ["a reasoning block that does not end", "<think>Air scatters blue, and"],
    ["the first tag of a reasoning block", "<think>"],
  ])("is tried again: %s", async (_, nothing) => {
    const { ask, go } = await against([text(nothing), text(ANSWER)]);
    const told = await go(one(ask));
    expect(told.result).toMatchObject({ status: "done", output: { answer: ANSWER }, spend: { calls: 2 } });
    expect(of(told, "retry")).toMatchObject([{ reason: expect.stringContaining("an empty answer") }]);
  });

  it("fails the run where nothing else comes", async () => {
    const { ask, go } = await against(() => text(""), { OPENAI_MAX_ATTEMPTS: "2" });
    const told = await go(one(ask));
    expectOneSentence(told);
    expect(told.result).toMatchObject({ error: { code: "MODEL_BAD_RESPONSE" }, spend: { calls: 2 } });
  });

  it("is no verdict either, and is tried again", async () => {
    const { judge, go } = await against([
      text("<think>Fine.</think>"),
      text('{"approved":true,"objections":[]}'),
    ]);
    const told = await go(one(judge));
    expect(told.result.output).toMatchObject({ verdict: { approved: true } });
    expect(of(told, "retry")).toHaveLength(1);
    expect(of(told, "asked_again")).toEqual([]);
  });
});

describe("a reasoning preamble", () => {
  it.each([
    ["is left out", `<think>\nHm.\n</think>\n\n${ANSWER}`, ANSWER],
    ["is left out where it is empty", `\n<think>\n\n</think>\n\n${ANSWER}`, ANSWER],
    ["is left out where there are two", `<think>Hm.</think><think>Ah.</think>${ANSWER}`, ANSWER],
    ["is none where the tag comes later", "Models write <think>…</think>.", "Models write <think>…</think>."],
    ["leaves a later tag alone", "<think>Hm.</think>Write <think>x</think>.", "Write <think>x</think>."],
  ])("%s", async (_, written, answer) => {
    const { ask, go } = await against([text(written)]);
    expect((await go(one(ask))).result.output).toEqual({ question: expect.any(String), answer });
  });

  it("is counted all the same where the endpoint reports no usage", async () => {
    const written = `<think>${"Hm. ".repeat(30)}</think>${ANSWER}`;
    const { ask, go } = await against([text(written, { usage: "absent" })]);
    expect((await go(one(ask))).result.spend.outputTokens).toBe(Math.ceil(written.length / 3));
  });
});
