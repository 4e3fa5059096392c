import { posix } from "node:path";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { ToolError } from "../errors.ts";
import type { Passage } from "../state/passage.ts";
import { boundedTool } from "./bounded.ts";
import {
  DOCUMENT_ENDINGS,
  DOCUMENT_LIMITS,
  type DocumentFile,
  findDocuments,
  type SkippedFile,
} from "./document-files.ts";
import { plainDocument } from "./document-text.ts";
import { documentsFolder, folderKey } from "./documents.ts";
import { nearNames } from "./near-names.ts";
import { passagesOf } from "./passages.ts";
import { oneLine } from "./pieces.ts";
import { asSources } from "./sources.ts";

/** The characters of text that a part has at most, but for a passage that alone has more. */
const PART_CHARS = 10_000;

const Wanted = z.object({
  path: z.string().min(1).max(1000).describe("The document's path, as search_documents shows it."),
  part: z.number().int().min(1).optional().describe("Which part of a long document; 1 unless given."),
});

/**
 * The tool `read_document`: one document of the folder that `search_documents` searches, a long one by parts.
 * Its artifact is `Passage[]`: the part's passages, as the search would find them, and with their code.
 */
export function documentReader({ folder }: { folder?: string | undefined } = {}): StructuredToolInterface {
  return boundedTool(
    {
      name: "read_document",
      description:
        "Reads one document (Markdown, text, HTML or PDF) in its own order, a long one by parts. Use it to read " +
        "all that a document says; to find which document speaks of something, use search_documents.",
      schema: Wanted,
      readOnly: true,
      cacheKey: () => folderKey(folder),
    },
    async ({ path, part = 1 }, { signal }) => {
      const file = oneLine(path);
      const parts = partsOf(await passagesIn(path, folder, signal));
      const passages = parts[part - 1];
      if (!passages) throw new ToolError(`${file} has ${counted(parts.length)}; there is no part ${part}.`);
      const more = part < parts.length ? ` Part ${part + 1} goes on from here.` : "";
      const lead = `${file}, part ${part} of ${parts.length}.${more}`;
      return { content: `${lead}\n\n${asSources(passages)}`, artifact: passages };
    },
  );
}

async function passagesIn(path: string, folder: string | undefined, signal: AbortSignal): Promise<Passage[]> {
  const wanted = wantedPath(path);
  const { files, skipped } = await findDocuments(await documentsFolder(folder), DOCUMENT_LIMITS, signal);
  const file = files.find((each) => each.file.normalize() === wanted);
  if (!file) throw missing(wanted, files, skipped);
  const found = await plainDocument(file, DOCUMENT_LIMITS, { signal });
  if ("reason" in found) {
    throw new ToolError(`${oneLine(file.file)} was not read: ${found.reason}. Read another document.`);
  }
  const passages = passagesOf(file.file, found.document, { withCode: true });
  if (passages.length === 0) throw new ToolError(`${oneLine(file.file)} has no text. Read another document.`);
  return passages.map(({ title, file: shown, heading, text }) => ({ title, file: shown, heading, text }));
}

/** The path as the search would show it. */
function wantedPath(path: string): string {
  const shown = oneLine(path);
  if (/\p{Cc}/u.test(path)) {
    throw new ToolError(`The path ${JSON.stringify(path)} holds control characters; no document's does.`);
  }
  if (posix.isAbsolute(path) || path.includes("\\") || /^[a-z]:/i.test(path)) {
    throw new ToolError(
      `"${shown}" is no path below the documents; write it as search_documents shows it: a/b.md.`,
    );
  }
  const wanted = posix.normalize(path).normalize();
  if (wanted === ".." || wanted.startsWith("../")) {
    throw new ToolError(
      `"${shown}" leads out of the documents. Only what search_documents finds can be read.`,
    );
  }
  return wanted;
}

/** Why there is no such document, and which there are. */
function missing(wanted: string, files: readonly DocumentFile[], skipped: readonly SkippedFile[]): ToolError {
  const shown = oneLine(wanted);
  const names = files.map(({ file }) => oneLine(file));
  const why = skipped.find(({ file }) => wanted === file || wanted.startsWith(`${file.replace(/\/$/, "")}/`));
  if (why) return new ToolError(`${shown} was not read: ${why.reason}. Read another document.`);
  const inside = names.filter((name) => wanted === "." || name.startsWith(`${wanted.replace(/\/$/, "")}/`));
  if (inside.length > 0) return new ToolError(`${shown} is a folder; in it there are: ${listed(inside)}.`);
  if (!DOCUMENT_ENDINGS.includes(posix.extname(wanted).toLowerCase())) {
    return new ToolError(
      `${shown} cannot be read: only ${DOCUMENT_ENDINGS.join(", ")} are. ${others(wanted, names)}`,
    );
  }
  return new ToolError(`There is no ${shown}. ${others(wanted, names)}`);
}

function others(wanted: string, names: readonly string[]): string {
  if (names.length === 0) return "There are no documents.";
  const near = nearNames(wanted, names);
  return near.length > 0 ? `Like it are: ${listed(near)}.` : `There are: ${listed(names)}.`;
}

const MAX_LISTED = 10;

const listed = (names: readonly string[]) =>
  [
    ...names.slice(0, MAX_LISTED),
    ...(names.length > MAX_LISTED ? [`and ${names.length - MAX_LISTED} more`] : []),
  ].join(", ");

const counted = (parts: number) => (parts === 1 ? "1 part" : `${parts} parts`);

/** Passages in parts of a bounded length, in their order. */
function partsOf(passages: readonly Passage[]): Passage[][] {
  const parts: Passage[][] = [];
  let chars = 0;
  for (const passage of passages) {
    const current = parts.at(-1);
    if (!current || chars + passage.text.length > PART_CHARS) {
      parts.push([passage]);
      chars = passage.text.length;
    } else {
      current.push(passage);
      chars += passage.text.length;
    }
  }
  return parts;
}
