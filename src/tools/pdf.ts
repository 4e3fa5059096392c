import { ToolError } from "../errors.ts";
import { askProcess } from "../storage/killed-process.ts";
import type { PdfAnswer, PdfQuestion } from "./pdf-main.ts";
import type { PdfTextLimits } from "./pdf-text.ts";
import type { PlainDocument } from "./pieces.ts";

/** How much of a PDF is read. */
export interface PdfLimits extends PdfTextLimits {
  bytes: number;
  /** How long its reading may take. */
  timeoutMs: number;
}

/** How much of a PDF is read unless said otherwise. */
export const PDF_LIMITS: PdfLimits = {
  bytes: 20_000_000,
  pages: 2_000,
  chars: 5_000_000,
  timeoutMs: 60_000,
};

/** The characters that a PDF's end mark may stand before its last byte. */
const END_WITHIN = 1024;

/** A process that has read a PDF reads the next ones of a folder, so that they do not wait for a start each. */
const PROGRAM = { main: new URL("./pdf-main", import.meta.url), heapMb: 256, reused: true };

/**
 * The text of a PDF, each page under a heading of its own; of pages that are pictures there is none.
 *
 * It is read by a process of its own, which is killed by an abort, by the time limit, and where it takes more than
 * 512 MB.
 *
 * @throws ToolError for what is no PDF, is cut off, encrypted or damaged, has no text, or is beyond the limits
 */
export async function readPdf(
  content: Uint8Array,
  { limits = PDF_LIMITS, signal }: { limits?: PdfLimits; signal?: AbortSignal | undefined } = {},
): Promise<PlainDocument> {
  signal?.throwIfAborted();
  checkBytes(content, limits);
  const { pages, chars, timeoutMs } = limits;
  const question: PdfQuestion = { content, limits: { pages, chars } };
  const end = await askProcess<PdfAnswer>(PROGRAM, question, { timeoutMs, signal });
  if ("stopped" in end) throw stopped(end, timeoutMs);
  if ("problem" in end.answer) throw new ToolError(end.answer.problem);
  return { title: undefined, pieces: end.answer.pieces };
}

const STOPPED = {
  time: (timeoutMs: number) => `its reading came to no end within ${timeoutMs / 1000} s`,
  memory: () => "it takes too much memory to read",
  broken: (_: number, why: string) => `the process that reads PDFs did not answer (${why})`,
};

const stopped = ({ stopped, why }: { stopped: keyof typeof STOPPED; why: string }, timeoutMs: number) =>
  new ToolError(
    `The PDF was not read: ${STOPPED[stopped](timeoutMs, why)}. Give another copy, or a part of it.`,
  );

function checkBytes(content: Uint8Array, limits: PdfLimits): void {
  const latin = (part: Uint8Array) => Buffer.from(part).toString("latin1");
  if (!latin(content.subarray(0, END_WITHIN)).includes("%PDF-")) {
    throw new ToolError("The file is no PDF, whatever its name says. Give one that is.");
  }
  if (content.byteLength > limits.bytes) {
    throw new ToolError(`The PDF has ${content.byteLength} bytes; at most ${limits.bytes} are read.`);
  }
  if (!latin(content.subarray(-END_WITHIN)).includes("%%EOF")) {
    throw new ToolError("The PDF is cut off: it has no end. Get the whole file.");
  }
}
