import type { Passage } from "../state/passage.ts";
import { readHtml } from "./html.ts";
import { readMarkdown } from "./markdown.ts";
import { passagesOf } from "./passages.ts";
import type { Piece, PlainDocument } from "./pieces.ts";
import { readPlainText } from "./plain-text.ts";
import type { FetchedPage } from "./web-fetch.ts";

const META_CHARSET = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i;
/** Where a page has to name its charset. */
const HEAD_BYTES = 1024;

/** How much of a page is parsed, in characters: a page of nothing but tags keeps everybody waiting meanwhile. */
const MAX_PARSED = 500_000;

/** The passages of a page, its code included, under its address; and how many characters of it were not read. */
export function pagePassages(page: FetchedPage): { passages: Passage[]; unread: number } {
  const whole = textOf(page);
  const { title, pieces } = documentOf(page.type, whole.slice(0, MAX_PARSED));
  const passages = passagesOf(page.url, { title, pieces: pieces.map(readAloud) }).map(
    ({ file, heading, text, ...more }) => ({
      title: more.title,
      file,
      heading,
      text,
    }),
  );
  return { passages, unread: Math.max(0, whole.length - MAX_PARSED) };
}

/** Code is part of what a page says, where it is read as a whole. */
const readAloud = (piece: Piece): Piece =>
  piece.kind === "code" ? { kind: "line", text: piece.text } : piece;

function documentOf(type: FetchedPage["type"], text: string): PlainDocument {
  if (type === "html") return readHtml(text);
  return type === "markdown" ? readMarkdown(text) : readPlainText(text);
}

/** The text of a page as it is parsed: of HTML without scripts and styles, which may be longer than all else. */
function textOf(page: FetchedPage): string {
  const text = decoded(page)
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, " ");
  return page.type === "html" ? withoutScripts(text) : text;
}

function withoutScripts(html: string): string {
  const kept: string[] = [];
  const tag = /<(\/?)(script|style)\b/gi;
  let from = 0;
  let open: string | undefined;
  for (const found of html.matchAll(tag)) {
    const [, slash, name = ""] = found;
    if (open === undefined && slash === "") {
      kept.push(html.slice(from, found.index));
      open = name.toLowerCase();
      from = found.index;
    } else if (slash === "/" && open === name.toLowerCase()) {
      const end = html.indexOf(">", found.index);
      if (end < 0) break;
      from = end + 1;
      open = undefined;
    }
  }
  return kept.join("") + html.slice(from);
}

function decoded({ bytes, charset, type }: FetchedPage): string {
  const head = bytes.subarray(0, HEAD_BYTES).toString("latin1");
  const named = charset ?? (type === "html" ? META_CHARSET.exec(head)?.[1] : undefined);
  try {
    return new TextDecoder(markOf(bytes) ?? named ?? "utf-8").decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** The charset that a byte order mark tells, which goes before all that is said. */
function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : undefined;
}
