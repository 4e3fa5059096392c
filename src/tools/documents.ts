import { promises as fs } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { settings } from "../settings.ts";
import type { Passage } from "../state/passage.ts";
import { boundedTool } from "./bounded.ts";
import { DOCUMENT_ENDINGS, type SkippedFile } from "./document-files.ts";
import type { DocumentIndex } from "./document-index.ts";
import { oneLine } from "./pieces.ts";
import { asSources } from "./sources.ts";

/** The folder that documents are to be read from cannot be read. */
export class DocumentsError extends UsageError {
  readonly folder: string;

  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super("BAD_DOCUMENTS", `The documents folder ${folder} ${reason}.`, options);
    this.folder = folder;
  }
}

/** What documents are searched, and how. */
export interface DocumentOptions {
  /** The folder; without it the settings decide, and after them the package's own `docs/`. */
  folder?: string | undefined;
  /** The most passages of an answer. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
}

const Query = z.object({
  query: z
    .string()
    .min(1)
    .describe("What to look for: a question in plain words, or the keywords that the documents would use."),
});

/** The tool `search_documents`: finds passages in a folder of Markdown, text, HTML and PDF files. */
export function documentSearch(options: Omit<DocumentOptions, "signal"> = {}) {
  return boundedTool(
    {
      name: "search_documents",
      description:
        "Searches the project's documents and answers with the passages that fit best, each with its title, path and number. " +
        "Ask one thing at a time. If nothing is found, the documents do not cover it, or use other words for it.",
      schema: Query,
      readOnly: true,
      cacheKey: () => JSON.stringify([folderKey(options.folder), options.limit]),
    },
    async ({ query }, { signal }) => {
      const index = await openDocuments(options.folder, signal);
      const skipped = skippedSummary(index);
      if (skipped) notify({ type: "note", text: skipped });
      const passages = index.search(query, options.limit);
      return { content: answerOf(query, passages), artifact: passages };
    },
  );
}

/** The passages of a folder's documents that answer a query, best first; none if nothing fits. */
export async function searchDocuments(query: string, options: DocumentOptions = {}): Promise<Passage[]> {
  const index = await openDocuments(options.folder, options.signal);
  return index.search(query, options.limit);
}

/**
 * Reads and indexes a folder's documents; once per process, however often and by however many it is asked.
 *
 * @throws DocumentsError if the folder does not exist, is no folder or cannot be read
 */
export async function openDocuments(folder?: string, signal?: AbortSignal): Promise<DocumentIndex> {
  const real = await documentsFolder(folder);
  signal?.throwIfAborted();
  const opening = openings.get(real) ?? startOpening(real);
  opening.waiting += 1;
  try {
    return await withSignal(opening.index, signal);
  } finally {
    opening.waiting -= 1;
    if (signal?.aborted && opening.waiting === 0) opening.stop();
  }
}

/**
 * The real path of a documents folder.
 *
 * @throws DocumentsError if the folder does not exist, is no folder or cannot be read
 */
export async function documentsFolder(folder: string | undefined = settings().docs): Promise<string> {
  const wanted = path.resolve(folder ?? path.join(await packageRoot(), "docs"));
  try {
    const real = await fs.realpath(wanted);
    if ((await fs.stat(real)).isDirectory()) {
      await fs.access(real, fs.constants.R_OK | fs.constants.X_OK);
      return real;
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? cause})`;
    throw new DocumentsError(wanted, reason, { cause });
  }
  throw new DocumentsError(wanted, "is not a folder");
}

/** What tells documents folders apart, before they are looked at; empty for the package's own. */
export function folderKey(folder: string | undefined = settings().docs): string {
  return folder === undefined ? "" : path.resolve(folder);
}

/** One sentence on what of a folder was not read, for people; undefined if everything was. */
export function skippedSummary({
  folder,
  files,
  skipped,
}: Pick<DocumentIndex, "folder" | "files" | "skipped">) {
  if (skipped.length === 0) {
    return files > 0 ? undefined : `There are no documents (${DOCUMENT_ENDINGS.join(", ")}) in ${folder}.`;
  }
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const what = reasons.map((reason) => {
    const concerned = skipped.filter((one) => one.reason === reason);
    return `${concerned.length} ${reason} (${examples(concerned)})`;
  });
  return `Not read in ${folder}: ${what.join("; ")}.`;
}

const examples = (files: readonly SkippedFile[]) =>
  [...files.slice(0, 2).map(({ file }) => oneLine(file)), ...(files.length > 2 ? ["…"] : [])].join(", ");

interface Opening {
  index: Promise<DocumentIndex>;
  /** How many callers wait for it. */
  waiting: number;
  stop: () => void;
}

const openings = new Map<string, Opening>();

function startOpening(real: string): Opening {
  const controller = new AbortController();
  const forget = () => {
    if (openings.get(real) === opening) openings.delete(real);
  };
  const index = import("./document-index.ts").then(({ indexDocuments }) =>
    indexDocuments(real, undefined, controller.signal),
  );
  let finished = false;
  const stop = () => {
    if (finished) return;
    forget();
    controller.abort();
  };
  const opening: Opening = { index, waiting: 0, stop };
  openings.set(real, opening);
  index.then(() => {
    finished = true;
  }, forget);
  return opening;
}

/** Waits for a promise until the signal is given. */
function withSignal<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function answerOf(query: string, passages: Passage[]): string {
  if (passages.length === 0) return `No passage of the documents answers "${query}". Try other words.`;
  return asSources(passages);
}

/** The folder of this package, from its sources and from its build alike. */
async function packageRoot(): Promise<string> {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = await fs.readFile(path.join(folder, "package.json"), "utf8").catch(() => "");
    if (/"name"\s*:\s*"graphwright"/.test(manifest)) return folder;
    const above = path.dirname(folder);
    if (above === folder) return process.cwd();
    folder = above;
  }
}
