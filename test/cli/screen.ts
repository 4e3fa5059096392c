import { widthOf } from "../../src/cli/width.ts";

const ESC = "\u001b";
const CONTROL = new RegExp(`^${ESC}\\[(\\??[\\d;]*)([A-Za-z])`);
const TEXT = new RegExp(`^[^${ESC}\\r\\n]+`);
const graphemes = new Intl.Segmenter();

/** What a terminal shows of the bytes that it is sent; it throws on what it does not know. */
export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  /** Every line since the beginning, cell by cell; the last `rows` of them are on the screen. */
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** Whether the cursor is shown. */
  cursor = true;
  /** Whether anything had a colour or another tone. */
  painted = false;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** The lines as they are read, those that have scrolled away included. */
  get lines(): string[] {
    const read = (cells: string[]) => Array.from(cells, (cell) => cell ?? " ").join("");
    return this.#lines
      .map((cells) => read(cells).trimEnd())
      .join("\n")
      .trimEnd()
      .split("\n");
  }

  feed(bytes: string): void {
    for (let rest = bytes; rest; ) {
      const [control, parameters = "", command = ""] = CONTROL.exec(rest) ?? [];
      const piece = control ?? TEXT.exec(rest)?.[0] ?? rest.charAt(0);
      if (control) this.#obey(parameters, command);
      else if (piece === "\n") this.#newline();
      else if (piece === "\r") this.#column = 0;
      else if (piece === ESC) throw new Error(`Not known: ${JSON.stringify(rest.slice(0, 20))}`);
      else for (const { segment } of graphemes.segment(piece)) this.#put(segment);
      rest = rest.slice(piece.length);
    }
  }

  #obey(parameters: string, command: string) {
    const count = Number(parameters || "1");
    if (command === "A") this.#row = Math.max(this.#row - count, this.#lines.length - this.#rows, 0);
    else if (command === "B") this.#row = Math.min(this.#row + count, this.#lines.length - 1);
    else if (command === "G") this.#column = count - 1;
    else if (command === "K") this.#erase(parameters);
    else if (command === "m") this.painted = true;
    else if (parameters === "?25") this.cursor = command === "h";
    else if (parameters !== "?2026") throw new Error(`Not known: ${parameters}${command}`);
  }

  #erase(parameters: string) {
    if (parameters === "2") this.#lines[this.#row] = [];
    else this.#lines[this.#row]?.splice(this.#column);
  }

  #newline() {
    this.#column = 0;
    this.#row += 1;
    this.#lines[this.#row] ??= [];
  }

  #put(grapheme: string) {
    const width = widthOf(grapheme);
    if (this.#column + width > this.#columns) this.#newline();
    const cells = this.#lines[this.#row] ?? [];
    cells[this.#column] = grapheme;
    if (width === 2) cells[this.#column + 1] = "";
    this.#column += width;
  }
}
