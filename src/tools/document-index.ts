import { setImmediate as pause } from "node:timers/promises";
import MiniSearch from "minisearch";
import { messageOf } from "../errors.ts";
import type { Passage } from "../state/passage.ts";
import {
  type DocumentFile,
  type DocumentLimits,
  findDocuments,
  readDocument,
  type SkippedFile,
} from "./document-files.ts";
import { readMarkdown } from "./markdown.ts";
import { type IndexedPassage, passagesOf } from "./passages.ts";
import type { PlainDocument } from "./pieces.ts";
import { readPlainText } from "./plain-text.ts";
import { rank } from "./ranking.ts";
import { queryTerms, termsOf } from "./search-terms.ts";

/** How much of a folder is read unless said otherwise. */
export const DOCUMENT_LIMITS: DocumentLimits = {
  files: 5_000,
  fileBytes: 2_000_000,
  totalBytes: 50_000_000,
  entries: 200_000,
};

/** How many passages a search gives unless said otherwise. */
const DEFAULT_PASSAGES = 6;

/** Passages that are indexed before other work gets its turn. */
const BATCH = 100;

/** The passages of a folder's documents, ready to be searched. */
export class DocumentIndex {
  /** The folder's path, without symbolic links. */
  readonly folder: string;
  /** How many files were read. */
  readonly files: number;
  /** In the order of the files' paths. */
  readonly passages: readonly Passage[];
  /** What was not read, and why. */
  readonly skipped: readonly SkippedFile[];
  private readonly index: MiniSearch<object>;

  constructor(
    folder: string,
    files: number,
    passages: Passage[],
    skipped: SkippedFile[],
    index: MiniSearch<object>,
  ) {
    this.folder = folder;
    this.files = files;
    this.passages = passages;
    this.skipped = skipped;
    this.index = index;
  }

  /** The passages that answer a question or hold the keywords, best first; none if the documents do not speak of it. */
  search(query: string, limit: number = DEFAULT_PASSAGES): Passage[] {
    const found = rank(this.index, this.passages, queryTerms(query), limit);
    return found.flatMap((at) => this.passages[at] ?? []);
  }
}

/** Reads the documents below a folder and indexes them; what cannot be read is skipped and said so. */
export async function indexDocuments(
  folder: string,
  limits: DocumentLimits = DOCUMENT_LIMITS,
  signal?: AbortSignal,
): Promise<DocumentIndex> {
  const { files, skipped } = await findDocuments(folder, limits, signal);
  const index = emptyIndex();
  const passages: Passage[] = [];
  let read = 0;
  let total = 0;
  for (const file of files) {
    signal?.throwIfAborted();
    const left = limits.totalBytes - total;
    const content = await readDocument(file, limits.fileBytes, signal);
    const plain =
      "reason" in content ? content : content.bytes > left ? beyond(limits) : await plainOf(file, content);
    if ("reason" in plain) {
      skipped.push({ file: file.file, reason: plain.reason });
      continue;
    }
    read += 1;
    total += "bytes" in content ? content.bytes : 0;
    await addPassages(index, passages, passagesOf(file.file, plain));
  }
  return new DocumentIndex(folder, read, passages, skipped, index);
}

const beyond = ({ totalBytes }: DocumentLimits) => ({
  reason: `beyond the first ${Math.round(totalBytes / 1e6)} MB of documents`,
});

async function plainOf(
  { file }: DocumentFile,
  { text }: { text: string },
): Promise<PlainDocument | { reason: string }> {
  try {
    if (/\.html?$/i.test(file)) return (await import("./html.ts")).readHtml(text);
    return /\.te?xt$/i.test(file) ? readPlainText(text) : readMarkdown(text);
  } catch (error) {
    return { reason: `cannot be understood (${messageOf(error)})` };
  }
}

const emptyIndex = () =>
  new MiniSearch<object>({
    fields: ["title", "heading", "outline", "text", "code"],
    tokenize: termsOf,
    processTerm: (term) => term,
    searchOptions: {
      tokenize: (terms) => terms.split(" "),
      boost: { title: 1, heading: 1.5, outline: 1, text: 1, code: 0.1 },
    },
  });

async function addPassages(
  index: MiniSearch<object>,
  passages: Passage[],
  added: IndexedPassage[],
): Promise<void> {
  for (const [at, passage] of added.entries()) {
    const { title, file, heading, text, outline, code } = passage;
    index.add({ id: passages.length, title: title.split(" › ")[0], heading, outline, text, code });
    passages.push({ title, file, heading, text });
    if (at % BATCH === BATCH - 1) await pause();
  }
}
