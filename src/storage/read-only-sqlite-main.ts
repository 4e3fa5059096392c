/**
 * The process that reads a SQLite file: it answers one query, and is killed.
 *
 * @module
 */
import Database from "better-sqlite3";
import { codeOf, messageOf } from "../errors.ts";
import { answerQuestions } from "./killed-process-main.ts";
import { type QueryResult, rowsWithin } from "./query.ts";

/** The query that the process is asked. */
export interface SqliteQuestion {
  path: string;
  sql: string;
  maxRows: number;
}

/** What it answers; `refused` where the statement is at fault, and not the file. */
export type SqliteAnswer = QueryResult | { refused: boolean; code: string; message: string };

const BUSY_TIMEOUT_MS = 5_000;
/** What the process may take, such as for one huge value or for sorting. */
const MAX_BYTES = 512 * 2 ** 20;
/** The file is at fault. */
const FILE_FAULT = /^SQLITE_(NOTADB|CORRUPT|IOERR|CANTOPEN|BUSY|LOCKED|PERM|READONLY|PROTOCOL|SCHEMA)/;

function answer({ path, sql, maxRows }: SqliteQuestion): SqliteAnswer {
  try {
    const db = opened(path);
    const statement = db.prepare<[], unknown[]>(sql);
    if (!statement.readonly || !statement.reader) {
      return { refused: true, code: "", message: "it would write, and the database is only read" };
    }
    statement.raw(true).safeIntegers(true);
    const columns = statement.columns().map(({ name }) => name);
    return { columns, ...rowsWithin(statement.iterate(), maxRows) };
  } catch (error) {
    const code = codeOf(error) ?? "";
    return { refused: !FILE_FAULT.test(code), code, message: messageOf(error) };
  }
}

function opened(path: string) {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    // What is sorted counts as memory, and fills no disk.
    db.pragma("temp_store = MEMORY");
    // The file's views call no function that could do harm.
    db.pragma("trusted_schema = OFF");
    return db;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "SQLITE_CANTOPEN";
    throw Object.assign(new Error(messageOf(cause), { cause }), { code });
  }
}

answerQuestions(MAX_BYTES, answer);
