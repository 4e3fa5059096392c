import { onceLoaded } from "./once-loaded.ts";

const tokenizer = onceLoaded(() => import("gpt-tokenizer/encoding/o200k_base"));

/** Text of any words: the tokenizer's time grows with the square of the longest word. */
const PIECE = /[\s\S]{1,400}/g;

/**
 * The tokens of a text by the encoding of OpenAI's present models (o200k), which others' come near. The
 * tokenizer is loaded at the first use. Long texts are counted in pieces, which adds at most a token for
 * each 400 characters.
 */
export async function tokensOf(text: string): Promise<number> {
  const { countTokens } = await tokenizer();
  const pieces = text.match(PIECE) ?? [];
  return pieces.reduce((sum, piece) => sum + countTokens(piece, { disallowedSpecial: new Set() }), 0);
}

/** About how many tokens a text is, without a tokenizer: a third of its UTF-8 bytes. */
export const aboutTokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3);
