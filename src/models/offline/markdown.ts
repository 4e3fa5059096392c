/** A run of Markdown text: prose, a list item or a table row, under its nearest heading. */
export interface Piece {
  kind: "prose" | "item" | "row";
  heading: string;
  text: string;
}

/** Inline Markdown as plain text. Code keeps its backticks, so that it stays recognisable, and is not touched. */
export function plain(text: string): string {
  const codes: string[] = [];
  const masked = text.replace(/`+[^`]+`+/g, (code) => `\uE000${codes.push(code) - 1}\uE001`);
  return withoutMarks(masked)
    .replace(/\uE000(\d+)\uE001/g, (_, at) => codes[Number(at)] ?? "")
    .replace(/\s+/g, " ")
    .trim();
}

const withoutMarks = (text: string) =>
  text
    .replace(/\\[[\]]/g, " ")
    .replace(/<!--[\s\S]*?-->/g, " ")
    .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, " ")
    .replace(/\[([^\]]*)\]\((?:[^()]|\([^)]*\))*\)/g, "$1")
    .replace(/\[([^\]]+)\]\[[^\]]*\]/g, "$1")
    .replace(/\[\^[^\]]+\]/g, "")
    .replace(/\[(?!\d+(?:, ?\d+)*\])([^\]]+)\](?![:(])/g, "$1")
    .replace(/<(https?:[^>\s]+)>/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, " ")
    .replace(/(\*\*|__)(?=\S)([\s\S]*?\S)\1/g, "$2")
    .replace(/(?<![\w*])[*_](?=[^\s*_])([^*_\n]*[^\s*_])[*_](?![\w*])/g, "$1")
    .replace(/&(?:nbsp|#160);/g, " ")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")
    .replace(/\\([\\`*_{}[\]()#+.!|-])/g, "$1")
    .replace(/(?<=\w)--(?=\w)/g, " – ")
    .replace(/\s*\((?:see|cf\.?)(?: also)?:? [^()]*\)/gi, "")
    .replace(/\p{Extended_Pictographic}|\u{FE0F}/gu, " ");

const DEFINITION = /^\s*\[[^\]]+\]:\s/;
const FENCE = /^\s*(?:```|~~~)/;
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/;
const ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/;
const RULE = /^\s*(?:[-*_=]\s*){3,}$/;
const SEPARATOR = /^\s*\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$/;

const cells = (row: string) =>
  row
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** A table row as one statement: what it is about, then what the table says of it. */
function rowText(row: string): string {
  const [subject = "", ...rest] = cells(row);
  const said = rest.filter((cell) => cell.length > 0);
  return said.length === 0 || subject === "" ? "" : `${subject}: ${said.join("; ")}`;
}

/** Reads Markdown as runs of text: headings become context; code, rules and table heads are left out. */
export function piecesOf(markdown: string): Piece[] {
  const pieces: Piece[] = [];
  let heading = "";
  let open: { kind: "prose" | "item"; lines: string[] } | undefined;
  let fenced = false;
  let blankBefore = true;
  const close = () => {
    const text = open ? plain(open.lines.join(" ")) : "";
    if (open && text) pieces.push({ kind: open.kind, heading, text });
    open = undefined;
  };
  const lines = markdown.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1] ?? "";
    const item = ITEM.exec(line);
    if (FENCE.test(line)) fenced = !fenced;
    if (fenced || FENCE.test(line) || RULE.test(line) || DEFINITION.test(line) || line.trim() === "") {
      close();
    } else if (HEADING.test(line)) {
      close();
      heading = plain(HEADING.exec(line)?.[1] ?? "");
    } else if (/^\s*(?:===+|---+)\s*$/.test(next) && !open) {
      heading = plain(line);
    } else if (/^\s*\|/.test(line)) {
      close();
      const text = SEPARATOR.test(line) || SEPARATOR.test(next) ? "" : plain(rowText(line));
      if (text) pieces.push({ kind: "row", heading, text });
    } else if (item && !/^\s*[*_]{2}/.test(line)) {
      close();
      open = { kind: "item", lines: [item[1] ?? ""] };
    } else if (/^(?: {4}|\t)/.test(line) && blankBefore && pieces.at(-1)?.kind !== "item") {
      close();
    } else {
      open ??= { kind: "prose", lines: [] };
      open.lines.push(line.replace(/^\s*>+\s?/, ""));
    }
    blankBefore = line.trim() === "";
  }
  close();
  return pieces;
}
