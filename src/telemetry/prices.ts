import type { UsageMetadata } from "@langchain/core/messages";
import { onceLoaded } from "./once-loaded.ts";

const table = onceLoaded(() => import("@pydantic/genai-prices"));

/** A model as the price table knows it: its name, and the endpoint where it was asked. */
export interface PricedModel {
  name: string;
  /** Undefined means the vendor's own endpoint, found by the model's name. */
  baseUrl: string | undefined;
  /** True for a model that costs nothing by its nature. */
  free: boolean;
}

/** Tokens of one call. */
export type Tokens = Pick<UsageMetadata, "input_tokens" | "output_tokens" | "input_token_details">;

/**
 * The price of a call in United States dollars, from the table of `@pydantic/genai-prices`, or null
 * where the table does not know the model at that endpoint. The table is loaded at the first call.
 */
export async function priceOf(model: PricedModel, tokens: Tokens): Promise<number | null> {
  if (model.free) return 0;
  const { calcPrice } = await table();
  const usage = {
    input_tokens: tokens.input_tokens,
    output_tokens: tokens.output_tokens,
    cache_read_tokens: tokens.input_token_details?.cache_read ?? 0,
  };
  const endpoint = model.baseUrl ? { providerApiUrl: model.baseUrl } : {};
  return calcPrice(usage, model.name, endpoint)?.total_price ?? null;
}
