import type { CatalogueEntry } from "./catalogue.ts";
import { aligned, cut, folded, padded, widest } from "./width.ts";
import { jsonOf } from "./words.ts";

/** What a line has to have for a workflow's sentence, or the sentence cannot be read. */
const LEAST_FOR_SENTENCE = 40;

/** On a terminal the column of bounds is no wider: where they are longer, the sentence begins further right. */
const WIDEST_BOUNDS = 20;

/** A paragraph has no longer lines than this, however wide the terminal is. */
const LONGEST_LINE = 100;

/**
 * The workflows, each on a line with its inputs, its bounds and what it does. On a terminal the sentence is cut
 * where the line ends; on one that is too narrow for that, each workflow has a paragraph.
 */
export function listed(catalogue: readonly CatalogueEntry[], columns = Number.POSITIVE_INFINITY): string {
  const heads = aligned(catalogue.map((entry) => [entry.name, inputsOf(entry)]));
  const bounds = catalogue.map(boundsOf);
  const headWidth = widest(heads);
  const boundsWidth = Math.min(
    widest(bounds),
    columns === Number.POSITIVE_INFINITY ? columns : WIDEST_BOUNDS,
  );
  if (columns - headWidth - boundsWidth - 4 < LEAST_FOR_SENTENCE) return paragraphs(catalogue, columns);
  const line = ({ summary }: CatalogueEntry, at: number) =>
    [padded(heads[at] ?? "", headWidth), padded(bounds[at] ?? "", boundsWidth), summary].join("  ");
  return catalogue.map((entry, at) => `${cut(line(entry, at), columns)}\n`).join("");
}

/** The same for programs. */
export const listedAsJson = (catalogue: readonly CatalogueEntry[]): string =>
  `${jsonOf(
    catalogue.map(({ name, summary, input, fields = [], bounds = {} }) => ({
      name,
      summary,
      input,
      fields,
      bounds,
    })),
  )}\n`;

/** The main input, and in brackets what may be given too. */
const inputsOf = ({ input, fields = [] }: CatalogueEntry) =>
  [input, ...fields.map((field) => `[${field}]`)].join(" ");

const boundsOf = ({ bounds = {} }: CatalogueEntry) =>
  Object.entries(bounds)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

function paragraphs(catalogue: readonly CatalogueEntry[], columns: number): string {
  const width = Math.min(columns, LONGEST_LINE);
  const paragraph = (entry: CatalogueEntry) => {
    const facts = [inputsOf(entry), boundsOf(entry)].filter(Boolean);
    const [name = "", ...more] = folded([entry.name, ...facts], width - 2, " · ");
    const sentence = folded(entry.summary.split(" "), width - 2, " ");
    return [name, ...[...more, ...sentence].map((line) => `  ${line}`)].map((line) => cut(line, width));
  };
  return `${catalogue.map((entry) => paragraph(entry).join("\n")).join("\n\n")}\n`;
}
