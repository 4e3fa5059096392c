import { ChatOpenAI } from "@langchain/openai";
import type { EndpointSettings } from "../settings.ts";

const loaded = new Map<string, ChatOpenAI>();
/** A budget that runs out shrinks maximum outputs to any number. */
const MOST_KEPT = 100;

/**
 * The chat model of that name at an endpoint. It makes one attempt and prints nothing; both, and the
 * time-out, belong to the call, so that attempts never multiply.
 */
export function openaiModel(
  name: string,
  endpoint: EndpointSettings,
  maxOutputTokens: number | null,
  temperature?: number,
): ChatOpenAI {
  const key = JSON.stringify([name, endpoint.baseUrl, endpoint.apiKey, maxOutputTokens, temperature]);
  const model = loaded.get(key) ?? create(name, endpoint, maxOutputTokens, temperature);
  if (loaded.size >= MOST_KEPT) loaded.clear();
  loaded.set(key, model);
  return model;
}

function create(
  name: string,
  { apiKey, baseUrl }: EndpointSettings,
  maxOutputTokens: number | null,
  temperature: number | undefined,
): ChatOpenAI {
  return new ChatOpenAI({
    model: name,
    apiKey: apiKey ?? "none",
    maxRetries: 0,
    useResponsesApi: false,
    configuration: { baseURL: baseUrl ?? null, maxRetries: 0, logLevel: "off" },
    ...(maxOutputTokens !== null && { maxTokens: maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
  });
}
