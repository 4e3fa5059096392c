import { ChatOpenAI } from "@langchain/openai";
import type { EndpointSettings } from "../settings.ts";

const loaded = new Map<string, ChatOpenAI>();

/**
 * The chat model of that name at an endpoint. It makes one attempt and prints nothing; both, and the
 * time-out, belong to the call, so that attempts never multiply.
 */
export function openaiModel(
  name: string,
  endpoint: EndpointSettings,
  maxOutputTokens: number | undefined,
): ChatOpenAI {
  const key = JSON.stringify([name, endpoint.baseUrl, endpoint.apiKey, maxOutputTokens]);
  const model = loaded.get(key) ?? create(name, endpoint, maxOutputTokens);
  loaded.set(key, model);
  return model;
}

function create(
  name: string,
  { apiKey, baseUrl }: EndpointSettings,
  maxOutputTokens: number | undefined,
): ChatOpenAI {
  return new ChatOpenAI({
    model: name,
    apiKey: apiKey ?? "none",
    maxRetries: 0,
    useResponsesApi: false,
    configuration: { baseURL: baseUrl ?? null, maxRetries: 0, logLevel: "off" },
    ...(maxOutputTokens !== undefined && { maxTokens: maxOutputTokens }),
  });
}
