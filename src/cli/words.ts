import type { Spend } from "../outcomes/spend.ts";
import { visible } from "../security/text.ts";

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

/** Text of others for one line on a terminal: without line breaks, and without what hides, forges or moves the cursor. */
export const harmless = (text: string): string => visible(text).replace(/[\t\n]+/g, " ");

/** A value as JSON that is the same value for programs, and moves nothing on a terminal: what is not seen is escaped. */
export const jsonOf = (value: unknown): string => unseenEscaped(JSON.stringify(value, null, 2) ?? "null");

/** The same on one line. */
export const jsonLine = (value: unknown): string => unseenEscaped(JSON.stringify(value) ?? "null");

const unseenEscaped = (json: string) =>
  json.replace(/[^\P{C}\n]|\p{Default_Ignorable_Code_Point}/gu, escaped);

const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
