import type { AIMessage } from "@langchain/core/messages";
import type { ModelFault } from "../errors.ts";

/** Where vendors say why an answer ends: OpenAI and Mistral, Google, Anthropic, Bedrock, Ollama. */
const KEYS = ["finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"];

/** The reasons that end no answer, in one spelling for all vendors. */
const FAULTS: Partial<Record<ModelFault, readonly string[]>> = {
  truncated: [
    "length",
    "max_tokens",
    "max_output_tokens",
    "max_length",
    "model_length",
    "model_context_window_exceeded",
  ],
  filtered: [
    "content_filter",
    "content_filtered",
    "guardrail_intervened",
    "refusal",
    "safety",
    "image_safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "error_toxic",
  ],
  bad_response: [
    "error",
    "network_error",
    "insufficient_system_resource",
    "malformed_function_call",
    "unexpected_tool_call",
  ],
};

/** Why an answer ends, as one chunk of it says; undefined where the chunk says nothing of it. */
export function reasonIn(
  chunk: Pick<AIMessage, "response_metadata" | "additional_kwargs">,
): string | undefined {
  const { response_metadata: metadata, additional_kwargs: more } = chunk;
  const places: Fields[] = [metadata, more, fieldsOf(metadata, "messageStop")];
  const said = places.flatMap((place) => KEYS.map((key) => place[key]));
  return [...said, fieldsOf(metadata, "incomplete_details")["reason"]].find(isText);
}

/** The fault that a reason stands for; undefined where the answer ended as it should. */
export function faultIn(reason: string): ModelFault | undefined {
  const spelled = reason.toLowerCase().replace(/[^a-z]+/g, "_");
  const faults = Object.keys(FAULTS) as ModelFault[];
  return faults.find((fault) => FAULTS[fault]?.includes(spelled));
}

type Fields = Record<string, unknown>;
const fieldsOf = (fields: Fields, key: string): Fields => ({ ...(fields[key] as Fields | null | undefined) });
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
