import { Socket } from "node:net";
import type { Client } from "pg";
import { codeOf, messageOf, ToolError } from "../errors.ts";
import { storageFailure } from "./failure.ts";
import { noEnd, type QueryLimits, type QueryResult, type Reader, rowsWithin } from "./query.ts";

const SCHEMA = `SELECT
    CASE nspname WHEN 'public' THEN '' ELSE quote_ident(nspname) || '.' END || quote_ident(relname),
    quote_ident(attname), format_type(atttypid, atttypmod)
  FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid
  WHERE relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT relispartition AND attnum > 0 AND NOT attisdropped
    AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(nspname, 'USAGE') AND has_column_privilege(attrelid, attnum, 'SELECT')
  ORDER BY nspname, relname, attnum`;

const CONNECTION_TIMEOUT_MS = 5_000;
/** The most that a query may send: a row is read as a whole, however large. */
const MAX_BYTES = 16 * 2 ** 20;
const WATCH_MS = 20;
/** The type of binary columns. */
const BYTEA = 17;

/**
 * Functions that act on the server, its files or other servers, or that run the SQL in a string. They are refused
 * wherever the name stands; what a role may not call at all is a matter of its rights.
 */
const ACTING =
  /\b(pg_(sleep|read|write|ls|stat_file|file|terminate|cancel|reload|rotate|advisory|try_advisory|switch|promote|create|drop|logical|replication|notify|import|export)\w*|lo_\w+|dblink\w*|(query|table|cursor|schema|database)_to_xml\w*|set_config|nextval|setval|ts_stat|crosstab\w*)\b|U&["']/i;

/** A Postgres server, read by one connection for each query; one that is aborted the server ends at its time limit. */
export function readOnlyPostgres(url: string): Reader {
  const query = async (sql: string, limits: QueryLimits) => {
    const found = ACTING.exec(sql)?.[0];
    if (found)
      throw new ToolError(`The query was refused: ${found} may not be used. Read from tables alone.`);
    return connected(url, limits, (client) => fetched(client, sql, limits));
  };
  return { schemaQuery: SCHEMA, query };
}

async function connected(
  url: string,
  { timeoutMs, signal }: QueryLimits,
  work: (client: Client) => Promise<QueryResult>,
): Promise<QueryResult> {
  signal?.throwIfAborted();
  const socket = new Socket();
  const stop = { cause: undefined as unknown };
  const end = (cause: unknown) => {
    stop.cause ??= cause;
    socket.destroy();
  };
  const aborted = () => end(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  const timer = setTimeout(() => end(new ToolError(noEnd(timeoutMs))), timeoutMs + CONNECTION_TIMEOUT_MS);
  const tooLarge = new ToolError(
    `The query gives more than ${MAX_BYTES / 2 ** 20} MB; ask for less at once.`,
  );
  const watch = setInterval(() => socket.bytesRead > MAX_BYTES && end(tooLarge), WATCH_MS);
  try {
    return await withClient(url, socket, work);
  } catch (error) {
    throw stop.cause ?? (error instanceof ToolError ? error : storageFailure(url, error));
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal?.removeEventListener("abort", aborted);
    socket.destroy();
  }
}

async function withClient(url: string, socket: Socket, work: (client: Client) => Promise<QueryResult>) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    stream: () => socket,
    // Everything stays as the server writes it, so that no number and no date is changed.
    types: { getTypeParser: () => (text: string) => text },
  });
  // Whoever waits for a query is told; without a listener the event would end the process.
  client.on("error", () => {});
  await client.connect();
  const result = await work(client);
  await client.end();
  return result;
}

/** The cursor lets the server itself refuse all but one query that reads, and the extended protocol a second statement. */
async function fetched(
  client: Client,
  sql: string,
  { maxRows, timeoutMs }: QueryLimits,
): Promise<QueryResult> {
  await client.query(`BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`);
  try {
    const declared = { text: `DECLARE answer NO SCROLL CURSOR FOR ${sql}`, queryMode: "extended" };
    await client.query(declared);
    const { fields, rows } = await client.query<(string | null)[]>({
      text: `FETCH ${maxRows + 1} FROM answer`,
      rowMode: "array",
    });
    const binary = fields.map(({ dataTypeID }) => dataTypeID === BYTEA);
    const shown = rows.map((row) => row.map((cell, at) => (binary[at] && cell ? bytesOf(cell) : cell)));
    return { columns: fields.map(({ name }) => name), ...rowsWithin(shown, maxRows) };
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "57014") throw new ToolError(noEnd(timeoutMs), { cause: error });
    if (code.startsWith("57") || !/^[0-9A-Z]{5}$/.test(code)) throw error;
    throw new ToolError(`The query was refused: ${messageOf(error)}.`, { cause: error });
  }
}

/** Binary values come as \x and two digits a byte. */
const bytesOf = (cell: string) => new Uint8Array((cell.length - 2) / 2);
