/** A row of a table, by the heads of its columns. */
export type Row = Readonly<Record<string, string>>;

const cellsOf = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the table of a document whose first column has this head. */
export function tableIn(text: string, head: string): Row[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("|") && cellsOf(line)[0] === head);
  if (start < 0) throw new Error(`There is no table whose first column is ${head}.`);
  const end = lines.findIndex((line, at) => at > start && !line.startsWith("|"));
  const [heads = [], , ...rows] = lines.slice(start, end).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(heads.map((each, at) => [each, cells[at] ?? ""])));
}
