import { messageOf } from "../errors.ts";
import { type DocumentFile, type DocumentLimits, readBytes, readDocument } from "./document-files.ts";
import { readMarkdown } from "./markdown.ts";
import { PDF_LIMITS, readPdf } from "./pdf.ts";
import type { PlainDocument } from "./pieces.ts";
import { readPlainText } from "./plain-text.ts";

/** A document as plain text, and how large its file is; or why it was not read. */
export type FoundText = { document: PlainDocument; bytes: number } | { reason: string };

/** Reads a document by the kind that its ending says; `left` is how many bytes may still be read of all. */
export async function plainDocument(
  file: DocumentFile,
  { fileBytes, totalBytes }: DocumentLimits,
  { left = totalBytes, signal }: { left?: number; signal?: AbortSignal | undefined } = {},
): Promise<FoundText> {
  const isPdf = /\.pdf$/i.test(file.file);
  const read = isPdf
    ? await readBytes(file, PDF_LIMITS.bytes, signal)
    : await readDocument(file, fileBytes, signal);
  if ("reason" in read) return read;
  const bytes = "content" in read ? read.content.byteLength : read.bytes;
  if (bytes > left) return { reason: `beyond the first ${Math.round(totalBytes / 1e6)} MB of documents` };
  try {
    const document =
      "content" in read ? await readPdf(read.content, { signal }) : await textual(file.file, read.text);
    return { document, bytes };
  } catch (error) {
    signal?.throwIfAborted();
    return { reason: `cannot be understood (${messageOf(error).replace(/\.$/, "")})` };
  }
}

async function textual(file: string, text: string): Promise<PlainDocument> {
  if (/\.html?$/i.test(file)) return (await import("./html.ts")).readHtml(text);
  return /\.te?xt$/i.test(file) ? readPlainText(text) : readMarkdown(text);
}
