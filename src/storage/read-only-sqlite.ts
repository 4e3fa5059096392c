import { StorageError, ToolError } from "../errors.ts";
import { storageFailure } from "./failure.ts";
import { askProcess } from "./killed-process.ts";
import { noEnd, type QueryLimits, type Reader } from "./query.ts";
import type { SqliteAnswer, SqliteQuestion } from "./read-only-sqlite-main.ts";
import { realPath } from "./real-path.ts";

const quoted = (name: string) =>
  `CASE WHEN ${name} GLOB '*[^A-Za-z0-9_]*' THEN '"' || replace(${name}, '"', '""') || '"' ELSE ${name} END`;

const SCHEMA = `SELECT ${quoted("tables.name")}, ${quoted("columns.name")}, columns.type
  FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
  WHERE tables.type IN ('table', 'view') AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY tables.name, columns.cid`;

/** A SQLite file, read by one process for each query: nothing else ends a statement that gives no row for ever. */
export function readOnlySqlite(url: string): Reader {
  const path = realPath(url.slice("file:".length));
  return {
    schemaQuery: SCHEMA,
    query: async (sql, limits) => {
      const answer = await answerOf({ path, sql, maxRows: limits.maxRows }, limits);
      if ("rows" in answer) return answer;
      if (answer.refused) throw new ToolError(`The query was refused: ${answer.message}.`);
      if (answer.code === "SQLITE_CANTOPEN") {
        throw new StorageError(
          `The database ${url} cannot be read: ${path} is not there, or may not be read.`,
        );
      }
      throw storageFailure(url, Object.assign(new Error(answer.message), { code: answer.code }));
    },
  };
}

/** For the rows; what SQLite itself takes is limited there. A process has opened one file, and is not asked again. */
const PROGRAM = { main: new URL("./read-only-sqlite-main", import.meta.url), heapMb: 128, reused: false };

async function answerOf(question: SqliteQuestion, { timeoutMs, signal }: QueryLimits): Promise<SqliteAnswer> {
  const end = await askProcess<SqliteAnswer>(PROGRAM, question, { timeoutMs, signal });
  if ("answer" in end) return end.answer;
  if (end.stopped === "time") throw new ToolError(noEnd(timeoutMs));
  if (end.stopped === "memory") {
    throw new ToolError("The query was ended: it took too much memory. Ask for less.");
  }
  throw new StorageError(`The process that reads SQLite did not answer: ${end.why}.`);
}
