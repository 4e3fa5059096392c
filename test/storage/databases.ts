import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { onTestFinished } from "vitest";

/** The Postgres server that tests may create databases on, from `DATABASE_URL`; undefined where there is none. */
export const POSTGRES = /^postgres(ql)?:\/\//.test(process.env["DATABASE_URL"] ?? "")
  ? process.env["DATABASE_URL"]
  : undefined;

/** An empty folder that is removed with everything in it when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "graphwright-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of the test's own. */
export interface TestDatabase {
  url: string;
  /** Ends every connection to it, as a server does that restarts. */
  endConnections(): Promise<void>;
  drop(): Promise<void>;
}

/** Creates an empty database on the server of `DATABASE_URL`. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `graphwright_test_${randomBytes(6).toString("hex")}`;
  const url = new URL(POSTGRES ?? "");
  await onServer(`CREATE DATABASE ${name}`);
  url.pathname = name;
  const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  return {
    url: url.toString(),
    endConnections: () => onServer(ended),
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** Removes all checkpoints of a database, if it has tables for them. */
export async function emptyCheckpoints(url: string): Promise<void> {
  await onServer(
    `DO $$ BEGIN TRUNCATE checkpoints, checkpoint_blobs, checkpoint_writes;
      EXCEPTION WHEN undefined_table THEN NULL; END $$`,
    url,
  );
}

async function onServer(sql: string, url = POSTGRES): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
