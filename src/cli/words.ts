import { stripVTControlCharacters } from "node:util";
import type { Spend } from "../outcomes/spend.ts";

/** A number of things. */
export const counted = (count: number, thing: string): string =>
  `${number(count)} ${thing}${count === 1 ? "" : "s"}`;

/** A whole number. */
export const number = (count: number): string => count.toLocaleString("en");

/** Tokens and money in words. */
export const spending = ({ usd, ...used }: Omit<Spend, "calls" | "ms">): string =>
  `${tokenCount(used)} tokens · ${cost(usd)}`;

/** How many tokens, and whether that is an estimate. */
export const tokenCount = (used: Pick<Spend, "inputTokens" | "outputTokens" | "estimated">): string =>
  `${used.estimated ? "about " : ""}${number(used.inputTokens + used.outputTokens)}`;

/** US dollars, if they are known. */
export const cost = (usd: number | null): string =>
  usd === null ? "cost unknown" : usd === 0 ? "no cost" : `$${usd.toFixed(usd < 0.01 ? 6 : 4)}`;

/** Milliseconds as seconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Milliseconds in whole seconds, as they pass: `5 s`, `1m 05s`, `2h 03m`. */
export function clock(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(all % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

const twoDigits = (count: number) => String(count).padStart(2, "0");

const BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;

/** What a terminal obeys instead of showing it, and what turns the order of a line around. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others for a line on a terminal: without line breaks, escape sequences and control characters. */
export const harmless = (text: string): string =>
  stripVTControlCharacters(text).replace(BREAKS, " ").replace(OBEYED, "�");
