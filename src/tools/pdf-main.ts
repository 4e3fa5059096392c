/**
 * The process that reads PDFs; it is killed where one takes too much.
 *
 * @module
 */
import { ToolError } from "../errors.ts";
import { answerQuestions } from "../storage/killed-process-main.ts";
import { type PdfTextLimits, textOfPdf } from "./pdf-text.ts";
import type { Piece } from "./pieces.ts";

/** The PDF that the process is asked for. */
export interface PdfQuestion {
  content: Uint8Array;
  limits: PdfTextLimits;
}

/** What it answers: the text, or in words for a model why there is none. */
export type PdfAnswer = { pieces: Piece[] } | { problem: string };

/** What the process may take, such as for a page that is small only as long as it is packed. */
const MAX_BYTES = 512 * 2 ** 20;

async function answer({ content, limits }: PdfQuestion): Promise<PdfAnswer> {
  try {
    return { pieces: await textOfPdf(content, limits) };
  } catch (error) {
    if (error instanceof ToolError) return { problem: error.message };
    throw error;
  }
}

answerQuestions(MAX_BYTES, answer);
