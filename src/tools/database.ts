import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { ToolError, UsageError } from "../errors.ts";
import { hashOf } from "../resilience/durable-call.ts";
import { isTable, MAX_SQL, tablesIn } from "../security/sql-tables.ts";
import type { QueryResult } from "../storage/query.ts";
import { openReadOnly, type ReadOnlyDatabase, type TableShape } from "../storage/read-only.ts";
import { boundedTool } from "./bounded.ts";

/** Which database may be queried, and how far. */
export interface DatabaseOptions {
  /** `file:PATH` (SQLite) or `postgres://…`. */
  url: string;
  /** What the tools are named by, where there are several databases: `query_<name>`. */
  name?: string;
  /**
   * The tables and views that may be read, named as SQL would; all of them unless given. Where they are given, a
   * query whose tables cannot be told is refused.
   */
  tables?: readonly string[];
  /** The most rows of an answer; 100 unless given. */
  maxRows?: number;
  /** How long a query may take; 30 s unless given. */
  timeoutMs?: number;
}

const Query = z.object({
  sql: z
    .string()
    .min(1)
    .max(MAX_SQL)
    .describe("One SELECT, VALUES or WITH … SELECT; aggregate and LIMIT where the tables are large."),
});

const Description = z.object({
  table: z.string().optional().describe("The table to describe; without it all of them are."),
});

const MAX_ROWS = 100;
const TIMEOUT_MS = 30_000;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * The tools `query_database` and `describe_database`: read-only SQL on one database, and what there is to query.
 *
 * The statement is held to reading as `openReadOnly` says; on Postgres the rights of the role in the address are
 * the guard that counts.
 *
 * @throws SettingsError for an address of another kind, UsageError for a name that no tool can have
 */
export function databaseTools(options: DatabaseOptions): StructuredToolInterface[] {
  const { url, name = "database", tables, maxRows = MAX_ROWS, timeoutMs = TIMEOUT_MS } = options;
  if (!NAME.test(name)) {
    throw new UsageError(
      "BAD_TOOL",
      `The name ${JSON.stringify(name)} is not snake_case of at most 40 characters.`,
    );
  }
  const database = openReadOnly(url);
  const only = tables ? ` Only these tables may be read: ${tables.join(", ")}.` : "";
  const names = { query: `query_${name}`, describe: `describe_${name}` };
  // Hashed, because an address may hold a password.
  const cacheKey = hashOf(url, tables, maxRows);
  const source: Source = { database, names, only, tables, maxRows, timeoutMs, cacheKey };
  return [queryTool(source), describeTool(source)];
}

interface Source {
  database: ReadOnlyDatabase;
  names: { query: string; describe: string };
  /** Which tables there are for the agent, in words. */
  only: string;
  tables: readonly string[] | undefined;
  maxRows: number;
  timeoutMs: number;
  cacheKey: string;
}

function queryTool(source: Source): StructuredToolInterface {
  const { database, names, only, tables, maxRows, timeoutMs, cacheKey } = source;
  const { dialect } = database;
  return boundedTool(
    {
      name: names.query,
      description: `Runs one reading SQL statement (${dialect}) and gives at most ${maxRows} rows. Call ${names.describe} first: it gives the tables and columns.${only}`,
      schema: Query,
      timeoutMs,
      readOnly: true,
      cacheKey,
    },
    async ({ sql }, { signal }) => {
      checkTables(sql, tables, dialect);
      const result = await database
        .query(sql, { maxRows, timeoutMs, signal })
        .catch((error: unknown) => withHint(error, names.describe));
      return { content: written(result), artifact: result };
    },
  );
}

function describeTool(source: Source): StructuredToolInterface {
  const { database, names, only, tables, timeoutMs, cacheKey } = source;
  const { dialect } = database;
  return boundedTool(
    {
      name: names.describe,
      description: `Gives the tables and columns that ${names.query} may read.${only}`,
      schema: Description,
      timeoutMs,
      readOnly: true,
      cacheKey,
    },
    async ({ table }, { signal }) => {
      const shapes = await database.schema({ timeoutMs, signal });
      const readable = shapes.filter(
        ({ name }) => !tables || tables.some((rule) => fits(rule, unquoted(name), dialect)),
      );
      return described(readable, table);
    },
  );
}

const unquoted = (name: string) => name.replaceAll('"', "");

/** SQLite takes no notice of case, not even where a name is quoted. */
const fits = (rule: string, name: string, dialect: ReadOnlyDatabase["dialect"]) =>
  dialect === "SQLite" ? isTable(unquoted(rule), name.toLowerCase()) : isTable(rule, name);

function checkTables(
  sql: string,
  tables: readonly string[] | undefined,
  dialect: ReadOnlyDatabase["dialect"],
) {
  if (!tables) return;
  const named = tablesIn(sql);
  const allowed = `Allowed are ${tables.join(", ")}.`;
  if (!named) {
    throw new ToolError(
      `The tables of the query cannot be told: write one plain SELECT without comments, brackets, backslashes and rare functions. ${allowed}`,
    );
  }
  const foreign = named.filter((name) => !tables.some((rule) => fits(rule, name, dialect)));
  if (foreign.length > 0) throw new ToolError(`The query may not read ${foreign.join(", ")}. ${allowed}`);
}

const UNKNOWN = /no such (table|column)|(relation|column) .* does not exist/;

function withHint(error: unknown, describe: string): never {
  if (!(error instanceof ToolError) || !UNKNOWN.test(error.message)) throw error;
  throw new ToolError(`${error.message} ${describe} gives the tables and columns.`, { cause: error });
}

function described(shapes: readonly TableShape[], table: string | undefined): string {
  const wanted = table === undefined ? undefined : unquoted(table).toLowerCase();
  const shown =
    wanted === undefined ? shapes : shapes.filter(({ name }) => unquoted(name).toLowerCase() === wanted);
  if (shown.length > 0) {
    return shown
      .map(
        ({ name, columns }) =>
          `${name} (${columns.map((each) => `${each.name} ${each.type}`.trim()).join(", ")})`,
      )
      .join("\n");
  }
  if (table === undefined) return "There are no tables that may be read.";
  throw new ToolError(`There is no table ${table}; there are: ${shapes.map(({ name }) => name).join(", ")}.`);
}

function written({ columns, rows, more }: QueryResult): string {
  const line = (cells: readonly (string | null)[]) => `| ${cells.map(cellText).join(" | ")} |`;
  const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
  const end = more
    ? `The first ${count}; there are more. Aggregate, or ask for others by WHERE or OFFSET.`
    : `${count}.`;
  return [line(columns), ...rows.map(line), "", end].join("\n");
}

const cellText = (cell: string | null) =>
  cell === null ? "NULL" : cell.replaceAll("|", "\\|").replace(/\s*[\r\n]+\s*/g, " ");
