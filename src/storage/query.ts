/** How much a query may take, and give. */
export interface QueryLimits {
  /** Rows beyond them are not fetched. */
  maxRows: number;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What a query gave, as text: numbers and dates as the database writes them, binary values by their size. */
export interface QueryResult {
  columns: string[];
  rows: (string | null)[][];
  /** Whether there are more rows than were fetched. */
  more: boolean;
}

/** One kind of database: how it runs a statement that reads, and the statement that lists its tables. */
export interface Reader {
  query(sql: string, limits: QueryLimits): Promise<QueryResult>;
  /** Gives rows of a table's name, a column's name and its type; names in quotes where SQL needs them. */
  schemaQuery: string;
}

/** The characters of one cell that are kept. */
const MAX_CELL = 500;
/** The characters of all rows, after which no further one is taken. */
const MAX_TEXT = 300_000;

/** Takes rows until there are enough of them, or enough text; a cell that is not text is told by its size. */
export function rowsWithin(rows: Iterable<unknown[]>, maxRows: number): Pick<QueryResult, "rows" | "more"> {
  const taken: (string | null)[][] = [];
  let text = 0;
  for (const row of rows) {
    if (taken.length === maxRows || text > MAX_TEXT) return { rows: taken, more: true };
    const cells = row.map(cellOf);
    text += cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0);
    taken.push(cells);
  }
  return { rows: taken, more: false };
}

function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  const text = String(value);
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}… (${text.length} characters)` : text;
}

/** What a query is told that did not end in time. */
export const noEnd = (timeoutMs: number) =>
  `The query came to no end within ${timeoutMs / 1000} s; ask for less, or by an indexed column.`;
