/**
 * A stretch of a document as plain text.
 *
 * A `line` is an item of a list or a row of a table, written as a sentence; `code` is searched but not read aloud.
 */
export type Piece =
  | { kind: "heading"; level: number; text: string }
  | { kind: "prose"; text: string }
  | { kind: "line"; text: string }
  | { kind: "code"; text: string };

/** A document as plain text, in reading order. */
export interface PlainDocument {
  /** The title that the document gives itself. */
  title: string | undefined;
  pieces: Piece[];
}

/** Text on one line, without control characters. */
export const oneLine = (text: string) => text.replace(/[\p{Cc}\s]+/gu, " ").trim();

/** A piece of plain text; undefined if nothing is left of it. */
export function piece(kind: "prose" | "line", text: string): Piece | undefined {
  const line = oneLine(text);
  if (!/[\p{L}\p{N}]/u.test(line)) return undefined;
  return { kind, text: kind === "line" ? sentence(line) : line };
}

/** A row of a table as a sentence: "name: meaning." of two cells, "name — column: cell; column: cell." of more. */
export function rowSentence(cells: string[], columns: string[]): string {
  const [first = "", ...others] = cells.map(oneLine);
  const named = others
    .map((cell, index) => (cell && others.length > 1 ? withColumn(cell, columns[index + 1]) : cell))
    .filter(Boolean);
  return [first, named.join("; ")].filter(Boolean).join(others.length > 1 ? " — " : ": ");
}

/** Takes the comments of HTML out of a text; one that does not end stays. */
export function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let start = text.indexOf("<!--"); start >= 0; start = text.indexOf("<!--", from)) {
    const end = text.indexOf("-->", start + 4);
    if (end < 0) break;
    kept.push(text.slice(from, start));
    from = end + 3;
  }
  return kept.join("") + text.slice(from);
}

const withColumn = (cell: string, column: string | undefined) =>
  column ? `${oneLine(column)}: ${cell.replace(/[.;]$/, "")}` : cell;

const sentence = (line: string) => (/[.!?:;…。！？][)\]"'”’»]*$/u.test(line) ? line : `${line}.`);
