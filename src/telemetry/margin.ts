import type { PricedModel } from "./prices.ts";

/** Until an endpoint has reported anything: what other vendors' tokenizers make more of a text. */
const FIRST_MARGIN = 1.2;
/** What a margin learnt adds to the largest share seen. */
const ABOVE_LARGEST = 1.02;

const largest = new Map<string, number>();

const keyOf = ({ name, baseUrl }: PricedModel) => `${baseUrl ?? ""} ${name}`;

/**
 * By how much a model's endpoint may count more input tokens than were counted here: 1.2 until it has
 * reported usage, then the largest share that it has reported in this process and two per cent.
 */
export function marginOf(model: PricedModel): number {
  const share = largest.get(keyOf(model));
  return share === undefined ? FIRST_MARGIN : Math.max(share, 1) * ABOVE_LARGEST;
}

/** Learns from what an endpoint reported for a prompt that was counted here. */
export function learnMargin(model: PricedModel, counted: number, reported: number): void {
  if (counted <= 0) return;
  const key = keyOf(model);
  largest.set(key, Math.max(largest.get(key) ?? 0, reported / counted));
}
