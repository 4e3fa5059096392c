import { setImmediate as pause } from "node:timers/promises";
import MiniSearch from "minisearch";
import type { Passage } from "../state/passage.ts";
import { DOCUMENT_LIMITS, type DocumentLimits, findDocuments, type SkippedFile } from "./document-files.ts";
import { plainDocument } from "./document-text.ts";
import { type IndexedPassage, passagesOf } from "./passages.ts";
import { rank } from "./ranking.ts";
import { queryTerms, termsOf } from "./search-terms.ts";

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
    const found = await plainDocument(file, limits, { left: limits.totalBytes - total, signal });
    if ("reason" in found) {
      skipped.push({ file: file.file, reason: found.reason });
      continue;
    }
    read += 1;
    total += found.bytes;
    await addPassages(index, passages, passagesOf(file.file, found.document));
  }
  return new DocumentIndex(folder, read, passages, skipped, index);
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
