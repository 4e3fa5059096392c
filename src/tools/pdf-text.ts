import { messageOf, ToolError } from "../errors.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";
import { type Piece, piece } from "./pieces.ts";

const unpdf = onceLoaded(() => import("unpdf"));

/** How much text of a PDF is read. */
export interface PdfTextLimits {
  pages: number;
  /** Characters of text. */
  chars: number;
}

/**
 * The text of a PDF. The library knows no pause and no bound on what it unpacks: this is for a process that can
 * be killed.
 *
 * @throws ToolError for what cannot be read, has no text, or is beyond the limits
 */
export async function textOfPdf(content: Uint8Array, limits: PdfTextLimits): Promise<Piece[]> {
  const { getDocumentProxy } = await unpdf();
  // The library takes no buffer of Node.
  const opened = await getDocumentProxy(new Uint8Array(content), { verbosity: 0 }).catch((error) => {
    throw unreadable(error);
  });
  try {
    return await piecesOf(opened, limits);
  } finally {
    await opened.loadingTask.destroy();
  }
}

async function piecesOf(opened: Opened, limits: PdfTextLimits): Promise<Piece[]> {
  const { numPages: pages } = opened;
  if (pages > limits.pages) {
    throw new ToolError(`The PDF has ${pages} pages; at most ${limits.pages} are read. Give a part of it.`);
  }
  const pieces: Piece[] = [];
  let chars = 0;
  for (let page = 1; page <= pages; page += 1) {
    const lines = await linesOf(opened, page).catch((error) => {
      throw unreadable(error);
    });
    const paragraphs = paragraphsOf(lines).flatMap((text) => piece("prose", text) ?? []);
    chars += paragraphs.reduce((sum, { text }) => sum + text.length, 0);
    if (chars > limits.chars) {
      throw new ToolError(`The PDF has more than ${limits.chars} characters of text. Give a part of it.`);
    }
    if (paragraphs.length > 0)
      pieces.push({ kind: "heading", level: 2, text: `Page ${page}` }, ...paragraphs);
  }
  if (pieces.length > 0) return pieces;
  throw new ToolError(
    `The PDF has ${pages} ${pages === 1 ? "page" : "pages"} and no text: it was scanned, or is drawn. ` +
      "Give a version with text in it, by OCR for instance.",
  );
}

function unreadable(error: unknown): ToolError {
  if (error instanceof Error && error.name === "PasswordException") {
    return new ToolError("The PDF is encrypted. Give a copy that opens without a password.", {
      cause: error,
    });
  }
  const why = messageOf(error).replace(/\.$/, "");
  return new ToolError(`The PDF is damaged and cannot be read: ${why}. Give another copy.`, { cause: error });
}

interface Line {
  text: string;
  /** How far above the page's end its baseline is, and how high its letters are; in points. */
  y: number;
  height: number;
}

type Opened = Awaited<ReturnType<Awaited<ReturnType<typeof unpdf>>["getDocumentProxy"]>>;

async function linesOf(opened: Opened, number: number): Promise<Line[]> {
  const page = await opened.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  const lines: Line[] = [];
  let open = "";
  for (const item of items) {
    if (!("str" in item)) continue;
    open += item.str;
    const line = { text: open, y: Number(item.transform[5]), height: item.height };
    if (item.hasEOL || item === items.at(-1)) {
      lines.push(line);
      open = "";
    }
  }
  return lines.filter(({ text }) => text.trim() !== "");
}

/** Lines as paragraphs: a new one begins after a gap, and where the next column does. */
function paragraphsOf(lines: readonly Line[]): string[] {
  const paragraphs: string[] = [];
  let before: Line | undefined;
  for (const line of lines) {
    const fall = before ? before.y - line.y : 0;
    const height = Math.max(line.height, before?.height ?? 0, 1);
    const open = before && fall < 1.8 * height && fall > -height ? paragraphs.pop() : undefined;
    paragraphs.push(open === undefined ? line.text : joined(open, line.text));
    before = line;
  }
  return paragraphs;
}

/** Two lines as one; a word that was parted at the end of a line is whole again. */
const joined = (open: string, line: string) =>
  /\p{L}-$/u.test(open) && /^\p{Ll}/u.test(line) ? open.slice(0, -1) + line : `${open} ${line}`;
