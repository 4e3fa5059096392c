import { SettingsError, ToolError } from "../errors.ts";
import { withoutPassword } from "./failure.ts";
import type { QueryLimits, QueryResult, Reader } from "./query.ts";
import { readOnlyPostgres } from "./read-only-postgres.ts";
import { readOnlySqlite } from "./read-only-sqlite.ts";

/** A table or view, as far as it may be read; names as they are written in SQL, in quotes where they need them. */
export interface TableShape {
  name: string;
  columns: { name: string; type: string }[];
}

/** A database that is only read, by one statement at a time; nothing is held open between two of them. */
export interface ReadOnlyDatabase {
  readonly dialect: "SQLite" | "Postgres";
  /**
   * Runs one SELECT, VALUES or WITH … SELECT.
   *
   * @throws ToolError where the statement is refused, fails or takes too long
   * @throws StorageError where the database cannot be opened
   */
  query(sql: string, limits: QueryLimits): Promise<QueryResult>;
  /** The tables and views with their columns, by name; of a large database the first 5,000 columns. */
  schema(limits: Omit<QueryLimits, "maxRows">): Promise<TableShape[]>;
}

const MAX_COLUMNS = 5_000;

/**
 * The database at `file:PATH` (SQLite) or `postgres://…`, for reading alone. Opens nothing yet.
 *
 * A SQLite file is opened read-only, by a process for each query that has no secrets and is killed at the time limit.
 * On Postgres a query runs in a read-only transaction; but functions may act beyond it, so that the rights of the
 * role in the address are the guard that counts: name one that may only read, and only what it is there for.
 *
 * @throws SettingsError for any other address
 */
export function openReadOnly(url: string): ReadOnlyDatabase {
  if (/^file:./.test(url)) return database("SQLite", readOnlySqlite(url));
  if (/^postgres(ql)?:\/\/./.test(url)) return database("Postgres", readOnlyPostgres(url));
  throw new SettingsError(
    "url",
    `The database ${withoutPassword(url)} cannot be read: name it by file:PATH or postgres://….`,
  );
}

function database(dialect: ReadOnlyDatabase["dialect"], { query, schemaQuery }: Reader): ReadOnlyDatabase {
  const schema = async (limits: Omit<QueryLimits, "maxRows">) => {
    const { rows } = await query(schemaQuery, { ...limits, maxRows: MAX_COLUMNS });
    const tables = new Map<string, TableShape>();
    for (const [name, column, type] of rows) {
      const table = tables.get(name ?? "") ?? { name: name ?? "", columns: [] };
      table.columns.push({ name: column ?? "", type: type ?? "" });
      tables.set(table.name, table);
    }
    return [...tables.values()];
  };
  return { dialect, schema, query: async (sql, limits) => query(reading(sql), limits) };
}

const COMMENTS = /^(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/;

/** Refuses what is no query by its first word, before a database sees it: some PRAGMAs act while they are prepared. */
function reading(sql: string): string {
  const first = /^[\s(]*([a-z]+)/i.exec(sql.replace(COMMENTS, ""))?.[1]?.toUpperCase();
  if (first === "SELECT" || first === "WITH" || first === "VALUES") return sql;
  throw new ToolError(
    `${first ?? "This"} is not allowed: the database is only read. Write one SELECT, VALUES or WITH … SELECT.`,
  );
}
