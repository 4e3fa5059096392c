import { inlineText } from "./inline-text.ts";
import { oneLine, type Piece, type PlainDocument, piece, rowSentence, withoutComments } from "./pieces.ts";

/** A longer line is a paragraph, whatever it starts with. */
const MAX_MARKUP = 2000;

const FENCE = /^\s*(`{3,}|~{3,})(?!.*`)/;
const QUOTE = /^ {0,3}(?:> ?)+/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+|$)/;
const HEADING_END = /(?:(?:^| )#+)? *(?:\{#[^{}]*\})? *$/;
const UNDERLINE = /^ {0,3}(=+|-{2,}) *$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const ITEM = /^( *)(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?/;
/** An entry of a table of contents: nothing but a link to a heading. */
const CONTENTS = /^\[[^\][]*\]\(#[^()\s]*\)\s*$/;
const DELIMITER = /^ *\|?(?: *:?-+:? *\|)* *:?-+:? *\|? *$/;
const DEFINITION = /^ {0,3}\[[^\]^][^\]]*\]: *\S/;
const FOOTNOTE = /^ {0,3}\[\^[^\]]+\]: */;
const ALERT = /^ *\[![A-Z]+\] *$/;
const MODULE = /^(?:import|export) .*(?:["'];?|[;{(])$/;
const SETTING = /^(?:$|["']?[\w-]+["']?\s*[:=])/;

/** The plain text of a Markdown (or MDX) document. */
export function readMarkdown(markdown: string): PlainDocument {
  const { title, body } = withoutFrontMatter(markdown);
  const reader = new BlockReader();
  const lines = withoutComments(body).split("\n");
  for (let at = 0; at < lines.length; at += 1) at += reader.read(lines, at);
  reader.endParagraph();
  const first = reader.pieces.find((found) => found.kind === "heading" && found.level === 1);
  return { title: title ?? first?.text, pieces: reader.pieces };
}

/** Reads a document line by line; what a paragraph or an item is made of is collected until it ends. */
class BlockReader {
  readonly pieces: Piece[] = [];
  private kind: "prose" | "line" = "prose";
  private collected: string[] = [];
  private inList = false;

  endParagraph(): void {
    const ended = this.collected.length > 0 && piece(this.kind, inlineText(this.collected.join(" ")));
    if (ended) this.pieces.push(ended);
    this.collected = [];
    this.kind = "prose";
  }

  /** Reads the line at an index; answers how many further lines it took with it. */
  read(lines: string[], at: number): number {
    const line = lineAt(lines, at);
    if (line.length > MAX_MARKUP) return this.collect(line);
    const underline = UNDERLINE.exec(line)?.[1];
    if (underline && this.mayBeHeading()) return this.underlined(underline);
    if (!line.trim() || RULE.test(line) || ALERT.test(line)) return this.skip();
    return this.code(lines, at, line) ?? this.table(lines, at, line) ?? this.text(line);
  }

  private text(line: string): 0 {
    const heading = HEADING.exec(line);
    if (heading)
      return this.heading(heading[1]?.length ?? 1, line.slice(heading[0].length).replace(HEADING_END, ""));
    const item = ITEM.exec(line);
    if (item) {
      this.endParagraph();
      this.kind = "line";
      this.inList = true;
      if (CONTENTS.test(line.slice(item[0].length))) return 0;
      return this.collect(line.slice(item[0].length));
    }
    if (this.collected.length === 0) {
      if (DEFINITION.test(line) || MODULE.test(line)) return 0;
      if (!/^\s/.test(line)) this.inList = false;
    }
    return this.collect(line.replace(FOOTNOTE, ""));
  }

  private collect(line: string): 0 {
    this.collected.push(line.trim());
    return 0;
  }

  private skip(): 0 {
    this.endParagraph();
    return 0;
  }

  private mayBeHeading(): boolean {
    return this.kind === "prose" && this.collected.length > 0 && this.collected.length <= 2;
  }

  private underlined(marks: string): 0 {
    const text = this.collected.join(" ");
    this.collected = [];
    return this.heading(marks.startsWith("=") ? 1 : 2, text);
  }

  private heading(level: number, markdown: string): 0 {
    this.endParagraph();
    this.inList = false;
    const text = oneLine(inlineText(markdown.trim()));
    if (text) this.pieces.push({ kind: "heading", level, text });
    return 0;
  }

  private code(lines: string[], at: number, line: string): number | undefined {
    const fence = FENCE.exec(line)?.[1];
    if (fence) return this.fenced(lines, at, fence);
    if (this.collected.length > 0 || this.inList || !/^(?: {4}|\t)/.test(line)) return undefined;
    this.pieces.push({ kind: "code", text: line.trim() });
    return 0;
  }

  private fenced(lines: string[], at: number, fence: string): number {
    this.endParagraph();
    let end = at + 1;
    while (end < lines.length && !closes(lineAt(lines, end), fence)) end += 1;
    const text = lines
      .slice(at + 1, end)
      .join("\n")
      .trim();
    if (text) this.pieces.push({ kind: "code", text });
    return end - at;
  }

  private table(lines: string[], at: number, line: string): number | undefined {
    const delimiter = lineAt(lines, at + 1);
    if (!line.includes("|") || !delimiter.includes("-") || delimiter.length > MAX_MARKUP) return undefined;
    if (!DELIMITER.test(delimiter)) return undefined;
    this.endParagraph();
    const columns = cellsOf(line);
    let end = at + 2;
    for (; end < lines.length && lineAt(lines, end).includes("|"); end += 1) {
      const row = piece("line", rowSentence(cellsOf(lineAt(lines, end)), columns));
      if (row) this.pieces.push(row);
    }
    return end - at - 1;
  }
}

const lineAt = (lines: string[], at: number) => {
  const line = lines[at] ?? "";
  return line.length > MAX_MARKUP ? line : line.replace(QUOTE, "").trimEnd();
};

const closes = (line: string, fence: string) =>
  line.trim().startsWith(fence) && !line.trim().replaceAll(fence.charAt(0), "");

const cellsOf = (row: string) =>
  row
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => inlineText(cell.replaceAll("\\|", "|").trim()));

/** Takes off the `---` block at the top, keeping its title. */
function withoutFrontMatter(markdown: string): { title: string | undefined; body: string } {
  const mark = /^(---|\+\+\+)[ \t]*\n/.exec(markdown);
  const end = mark ? markdown.indexOf(`\n${mark[1]}`, mark[0].length - 1) : -1;
  const settings = mark && markdown.slice(mark[0].length, Math.max(end, mark[0].length)).trim();
  if (!mark || end < 0 || !SETTING.test(settings ?? "")) return { title: undefined, body: markdown };
  const title = /^title[ \t]*[:=][ \t]*(.+)$/m.exec(settings ?? "")?.[1];
  const rest = markdown.indexOf("\n", end + 1);
  return {
    title: title ? oneLine(title).replace(/^(["'])(.*)\1$/, "$2") || undefined : undefined,
    body: rest < 0 ? "" : markdown.slice(rest + 1),
  };
}
