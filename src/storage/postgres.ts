import type { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type { Client, Pool, PoolClient } from "pg";
import { type Connection, LazyConnection } from "./connection.ts";
import { withoutPassword } from "./failure.ts";
import { isCurrent, tables, VERSION_TABLE } from "./record.ts";

/** An opened Postgres database: checkpoints and ledger share one pool. */
export interface Postgres {
  pool: Pool;
  saver: PostgresSaver;
  /** A connection outside the pool, which lives as long as its owner wants. */
  connect(): Promise<Client>;
}

const BROKEN = /^(57P01|ECONNRESET|EPIPE)|Connection terminated/;
const CONNECTION_TIMEOUT_MS = 5_000;
/** A connection that is silent this long is probed every second, and given up after ten probes. */
const KEEP_ALIVE_MS = 10_000;
/** Any number that no other program locks by: "graphwri" in ASCII. */
const SETUP_LOCK = "7454127468668482153";

const TABLES = tables({
  serial: "BIGSERIAL PRIMARY KEY",
  number: "DOUBLE PRECISION",
  integer: "BIGINT",
  appendOnly: (table) => `
    CREATE OR REPLACE FUNCTION ${table}_keeps() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '${table} is append-only'; END $$;
    DROP TRIGGER IF EXISTS ${table}_keeps ON ${table};
    CREATE TRIGGER ${table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_keeps();`,
});

/** The Postgres database at an address; its tables are created when it is opened. */
export function postgresConnection(url: string): Connection<Postgres> {
  return new LazyConnection(url, {
    exists: () => true,
    open: () => openPostgres(url),
    close: ({ saver }) => saver.end(),
    isBroken: (error) =>
      error instanceof Error && BROKEN.test(`${"code" in error ? error.code : ""} ${error.message}`),
  });
}

async function openPostgres(url: string): Promise<Postgres> {
  const [{ default: pg }, { PostgresSaver }] = await Promise.all([
    import("pg"),
    import("@langchain/langgraph-checkpoint-postgres"),
  ]);
  const config = {
    connectionString: url,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
  /** As an option of the pool the timeout would also bound the wait for a free connection. */
  class TimedClient extends pg.Client {
    constructor() {
      super(config);
      this.on("error", ignore);
    }
  }
  const pool = new pg.Pool({ Client: TimedClient, allowExitOnIdle: true });
  pool.on("error", ignore);
  const saver = new PostgresSaver(pool);
  const connect = async () => {
    const client = new TimedClient();
    await client.connect();
    return client;
  };
  try {
    await setUp(pool, saver, withoutPassword(url));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { pool, saver, connect };
}

/** Whoever uses a broken connection is told by its query; without a listener the event would end the process. */
function ignore(): void {}

/** Creates what is missing, one process after the other: the saver's own `setup()` fails when two run at once. */
async function setUp(pool: Pool, saver: PostgresSaver, shownUrl: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [SETUP_LOCK]);
    await saver.setup();
    await client.query(VERSION_TABLE);
    const { rows } = await client.query<{ version: number }>("SELECT version FROM graphwright_schema");
    if (!isCurrent(shownUrl, rows[0]?.version)) await client.query(TABLES);
    await client.query("SELECT pg_advisory_unlock($1)", [SETUP_LOCK]);
    client.release();
  } catch (error) {
    // Ending the connection gives up its lock too.
    client.release(true);
    throw error;
  }
}

/** Runs work in one transaction on one connection. */
export async function inTransaction<Result>(
  { pool }: Postgres,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    const broken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error;
  }
}
