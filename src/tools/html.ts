import { HTMLElement, type Node, parse, TextNode } from "node-html-parser";
import { oneLine, type Piece, type PlainDocument, piece, rowSentence, withoutComments } from "./pieces.ts";

/** A row of a table with more characters is layout, not a row. */
const MAX_ROW = 1000;

const tags = (names: string) => new Set(names.split(" "));
const DROPPED = tags(
  "script style nav template noscript svg iframe head footer button select textarea object canvas audio video",
);
const LINES = tags("li dt dd");
const BLOCKS = tags(
  "html body main article section div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr td th caption " +
    "pre blockquote header aside figure figcaption details summary address form fieldset hr",
);

/** The plain text of an HTML page: its main part, without navigation, scripts and controls. */
export function readHtml(html: string): PlainDocument {
  const root = parse(withoutComments(html).replaceAll("<!--", ""), {
    parseNoneClosedTags: true,
    blockTextElements: { script: false, style: false, noscript: false },
  });
  const reader = new PageReader();
  reader.read(first(root, "main") ?? root);
  const heading = reader.pieces.find((found) => found.kind === "heading" && found.level === 1);
  const title = first(root, "title");
  return { title: heading?.text ?? (title && (oneLine(textOf(title)) || undefined)), pieces: reader.pieces };
}

/** Walks a page by a list of steps of its own: pages may be nested more deeply than functions can call. */
class PageReader {
  readonly pieces: Piece[] = [];
  private text: string[] = [];
  private columns: string[] = [];
  private listDepth = 0;

  read(root: HTMLElement): void {
    const steps: (Node | (() => void))[] = [root];
    for (let step = steps.pop(); step; step = steps.pop()) {
      if (typeof step === "function") step();
      else if (step instanceof TextNode) this.text.push(step.text);
      else if (step instanceof HTMLElement) this.enter(step, steps);
    }
    this.endText();
  }

  private enter(element: HTMLElement, steps: (Node | (() => void))[]): void {
    const tag = tagOf(element);
    if (DROPPED.has(tag) || element.hasAttribute("hidden")) return;
    if (tag === "br") this.text.push(" ");
    if (BLOCKS.has(tag)) this.endText();
    if (tag === "table") this.columns = [];
    if (this.whole(tag, element)) return;
    if (LINES.has(tag)) this.listDepth += 1;
    if (BLOCKS.has(tag)) steps.push(() => this.leave(tag));
    for (let at = element.childNodes.length - 1; at >= 0; at -= 1) {
      const child = element.childNodes[at];
      if (child) steps.push(child);
    }
  }

  /** Reads headings, code and rows at once; false if the element is to be walked into. */
  private whole(tag: string, element: HTMLElement): boolean {
    if (/^h[1-6]$/.test(tag)) {
      const text = oneLine(textOf(element)).replace(/\s*[#¶§🔗]$/u, "");
      if (text) this.pieces.push({ kind: "heading", level: Number(tag.slice(1)), text });
      return true;
    }
    if (tag === "pre") {
      const text = textOf(element).trim();
      if (text) this.pieces.push({ kind: "code", text });
      return true;
    }
    return tag === "tr" && this.row(element);
  }

  private row(element: HTMLElement): boolean {
    const cells = element.childNodes.filter((child) => child instanceof HTMLElement);
    if (cells.some((cell) => first(cell, "table") || first(cell, "tr"))) return false;
    const texts = cells.map((cell) => oneLine(textOf(cell)));
    if (texts.join("").length > MAX_ROW) return false;
    if (cells.length > 1 && cells.every((cell) => tagOf(cell) === "th")) this.columns = texts;
    else this.add("line", rowSentence(texts, this.columns));
    return true;
  }

  private leave(tag: string): void {
    if (tag === "dt") this.text.push(":");
    this.endText();
    if (LINES.has(tag)) this.listDepth -= 1;
  }

  private endText(): void {
    if (this.text.length > 0) this.add(this.listDepth > 0 ? "line" : "prose", this.text.join(""));
    this.text = [];
  }

  private add(kind: "prose" | "line", text: string): void {
    const added = piece(kind, text);
    if (added) this.pieces.push(added);
  }
}

const tagOf = (element: HTMLElement) => (element.rawTagName ?? "").toLowerCase();

function* descendants(root: HTMLElement): Generator<Node> {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    if (
      node instanceof HTMLElement &&
      !(node !== root && DROPPED.has(tagOf(node)) && tagOf(node) !== "head")
    ) {
      for (let at = node.childNodes.length - 1; at >= 0; at -= 1) {
        const child = node.childNodes[at];
        if (child) waiting.push(child);
      }
    }
  }
}

function first(root: HTMLElement, tag: string): HTMLElement | undefined {
  for (const node of descendants(root)) if (node instanceof HTMLElement && tagOf(node) === tag) return node;
  return undefined;
}

function textOf(root: HTMLElement): string {
  const texts: string[] = [];
  for (const node of descendants(root)) if (node instanceof TextNode) texts.push(node.text);
  return texts.join("");
}
