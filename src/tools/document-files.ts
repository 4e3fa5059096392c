import { type Dirent, promises as fs } from "node:fs";
import path from "node:path";
import { codeOf } from "../errors.ts";

/** How much of a folder is read. */
export interface DocumentLimits {
  files: number;
  /** Bytes of one file. */
  fileBytes: number;
  /** Bytes of all files together. */
  totalBytes: number;
  /** Entries of folders that are looked at, whatever they are. */
  entries: number;
}

/** How much of a folder is read unless said otherwise. */
export const DOCUMENT_LIMITS: DocumentLimits = {
  files: 5_000,
  fileBytes: 2_000_000,
  totalBytes: 50_000_000,
  entries: 200_000,
};

/** A file that was not read, and why. */
export interface SkippedFile {
  /** The path below the folder, with `/`. */
  file: string;
  reason: string;
}

/** A file to be read. */
export interface DocumentFile {
  /** The path below the folder, with `/`. */
  file: string;
  path: string;
}

/** The endings of the files that are read. */
export const DOCUMENT_ENDINGS: readonly string[] = [
  ".md",
  ".markdown",
  ".mdx",
  ".txt",
  ".text",
  ".html",
  ".htm",
  ".pdf",
];

interface Folder {
  shown: string;
  real: string;
}

/**
 * Finds the documents below a folder, sorted by path. Hidden folders and `node_modules` are not looked into.
 *
 * Symbolic links are followed last and only within the folder, so that every file is found once, under its own path if
 * it has one; links in a circle end.
 *
 * @param root a path without symbolic links
 */
export async function findDocuments(
  root: string,
  limits: DocumentLimits,
  signal?: AbortSignal,
): Promise<{ files: DocumentFile[]; skipped: SkippedFile[] }> {
  const search = new FolderSearch(root, limits);
  await search.walk({ shown: "", real: root }, signal);
  for (let link = search.links.shift(); link; link = search.links.shift()) await search.follow(link, signal);
  const files = search.files.sort((a, b) => (a.file < b.file ? -1 : 1));
  const beyond = files.splice(limits.files);
  const tooMany = { reason: `beyond the first ${limits.files} files` };
  return { files, skipped: [...search.skipped, ...beyond.map(({ file }) => ({ file, ...tooMany }))] };
}

class FolderSearch {
  readonly files: DocumentFile[] = [];
  readonly skipped: SkippedFile[] = [];
  readonly links: Folder[] = [];
  private readonly seen = new Set<string>();
  private readonly root: string;
  private readonly entries: number;
  private count = 0;

  constructor(root: string, limits: DocumentLimits) {
    this.root = root;
    this.entries = limits.entries;
  }

  async walk(start: Folder, signal?: AbortSignal): Promise<void> {
    const waiting = [start];
    for (let folder = waiting.shift(); folder; folder = waiting.shift()) {
      signal?.throwIfAborted();
      if (this.seen.has(folder.real)) continue;
      this.seen.add(folder.real);
      for (const entry of await this.entriesOf(folder)) {
        const below = {
          shown: folder.shown ? `${folder.shown}/${entry.name}` : entry.name,
          real: path.join(folder.real, entry.name),
        };
        if (entry.isSymbolicLink()) this.links.push(below);
        else if (entry.isDirectory()) waiting.push(below);
        else this.take(below, entry.isFile());
      }
    }
  }

  async follow(link: Folder, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const real = await fs.realpath(link.real).catch(() => undefined);
    const found = real === undefined ? undefined : await fs.stat(real).catch(() => undefined);
    const isDocument = hasEnding(link.shown);
    if (real === undefined || !found) {
      if (isDocument) this.skip(link.shown, "a link that leads nowhere");
    } else if (!isWithin(this.root, real)) {
      if (isDocument || found.isDirectory()) this.skip(link.shown, "a link that leads out of the folder");
    } else if (found.isDirectory()) await this.walk({ shown: link.shown, real }, signal);
    else this.take({ shown: link.shown, real }, found.isFile());
  }

  private async entriesOf(folder: Folder): Promise<Dirent[]> {
    if (this.count >= this.entries) {
      this.skip(`${folder.shown}/`, `beyond the first ${this.entries} entries`);
      return [];
    }
    try {
      const entries = await fs.readdir(folder.real, { withFileTypes: true });
      const visible = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
      this.count += entries.length;
      return visible.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (folder.real === this.root) throw error;
      this.skip(`${folder.shown}/`, `cannot be read (${codeOf(error) ?? error})`);
      return [];
    }
  }

  private take({ shown, real }: Folder, isFile: boolean): void {
    if (!hasEnding(shown) || this.seen.has(real)) return;
    this.seen.add(real);
    if (isFile) this.files.push({ file: shown, path: real });
    else this.skip(shown, "not a regular file");
  }

  private skip(file: string, reason: string): void {
    this.skipped.push({ file, reason });
  }
}

/** Reads a document as text; a reason if it cannot be read or is no text. */
export async function readDocument(
  file: DocumentFile,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<{ text: string; bytes: number } | { reason: string }> {
  const read = await readBytes(file, maxBytes, signal);
  if ("reason" in read) return read;
  const { content } = read;
  const wide = content[0] === 0xff && content[1] === 0xfe;
  if (!wide && content.includes(0)) return { reason: "not text" };
  const text = new TextDecoder(wide ? "utf-16le" : "utf-8").decode(content);
  return { text: text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, " "), bytes: content.byteLength };
}

/** Reads a document's bytes; a reason if it cannot be read. */
export async function readBytes(
  { path: file }: DocumentFile,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<{ content: Buffer } | { reason: string }> {
  try {
    const { size } = await fs.stat(file);
    if (size > maxBytes) return { reason: tooLarge(maxBytes) };
    const content = await fs.readFile(file, { signal });
    return content.byteLength > maxBytes ? { reason: tooLarge(maxBytes) } : { content };
  } catch (error) {
    signal?.throwIfAborted();
    return { reason: `cannot be read (${codeOf(error) ?? error})` };
  }
}

const tooLarge = (bytes: number) =>
  `larger than ${bytes < 1e5 ? `${bytes} bytes` : `${Math.round(bytes / 1e5) / 10} MB`}`;

const hasEnding = (file: string) => DOCUMENT_ENDINGS.includes(path.extname(file).toLowerCase());

/** Whether a path is a folder's own or lies below it; both without symbolic links. */
export function isWithin(root: string, file: string): boolean {
  const below = path.relative(root, file);
  return below === "" || !(below === ".." || below.startsWith(`..${path.sep}`) || path.isAbsolute(below));
}
