import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A fenced block of a document. */
export interface Block {
  /** Where it stands: `docs/budgets.md:31`. */
  place: string;
  /** What its fence says, such as `ts` or `js embed`. */
  language: string;
  code: string;
  /** What stands in the `text` block right below; undefined where there is none. */
  printed: string | undefined;
}

/** The documents that a reader meets, by their paths. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs")
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join("docs", file)),
];

const BLOCK = /^```(.+)\n([\s\S]*?)^```$(?:\s+^```text\n([\s\S]*?)^```$)?/gm;

/** The fenced blocks of a document whose fence says `language`, in their order. */
export function blocksOf(file: string, language: string): Block[] {
  const text = readFileSync(file, "utf8");
  const blocks = [...text.matchAll(BLOCK)].map(({ index, 1: fence = "", 2: code = "", 3: printed }) => {
    const line = text.slice(0, index).split("\n").length;
    return { place: `${file}:${line}`, language: fence, code, printed };
  });
  return blocks.filter((block) => block.language === language);
}
