import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStorage } from "../../src/storage/open.ts";
import { startTogether } from "../contracts/child.ts";
import { CALL, newRun } from "../contracts/runs.ts";
import { createDatabase, POSTGRES, temporaryFolder } from "./databases.ts";

/** The ledger as version 1 left it, with one run that has one settled call and one node. */
const versionOne = (serial: string, number: string) => `
  CREATE TABLE graphwright_schema (version INTEGER PRIMARY KEY);
  INSERT INTO graphwright_schema (version) VALUES (1);
  CREATE TABLE graphwright_runs (
    seq ${serial}, run_id TEXT NOT NULL UNIQUE, thread_id TEXT NOT NULL, graph TEXT NOT NULL,
    input TEXT NOT NULL, model TEXT, budget TEXT NOT NULL, status TEXT NOT NULL, ms ${number} NOT NULL,
    started_at TEXT NOT NULL, started_after TEXT
  );
  CREATE INDEX graphwright_runs_thread ON graphwright_runs (thread_id, seq);
  CREATE TABLE graphwright_calls (
    call_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, is_open INTEGER NOT NULL, input_tokens ${number} NOT NULL,
    output_tokens ${number} NOT NULL, usd ${number}, is_estimated INTEGER NOT NULL
  );
  CREATE INDEX graphwright_calls_run ON graphwright_calls (run_id);
  CREATE TABLE graphwright_nodes (
    seq ${serial}, run_id TEXT NOT NULL, task_id TEXT NOT NULL, node TEXT NOT NULL, UNIQUE (run_id, task_id)
  );
  INSERT INTO graphwright_runs (run_id, thread_id, graph, input, budget, status, ms, started_at)
    VALUES ('run', 'thread', 'review-loop', '{}', '{"calls":2}', 'failed', 7, '2026-01-01T00:00:00.000Z');
  INSERT INTO graphwright_calls VALUES ('call', 'run', 0, 90, 10, 0.02, 0);
  INSERT INTO graphwright_nodes (run_id, task_id, node) VALUES ('run', 'task', 'write');
`;

/** What version 2 added. */
const VERSION_TWO = `
  CREATE TABLE graphwright_effects (
    scope TEXT NOT NULL, effect_key TEXT NOT NULL, claim_id TEXT NOT NULL, owner TEXT NOT NULL, since TEXT NOT NULL,
    reason TEXT, result TEXT, PRIMARY KEY (scope, effect_key)
  );
  INSERT INTO graphwright_effects VALUES ('run', 'send', 'claim', 'owner', '2026-01-01T00:00:00.000Z', NULL, '"sent"');
  UPDATE graphwright_schema SET version = 2;
`;

describe("an older ledger in SQLite", () => {
  const TYPES = ["INTEGER PRIMARY KEY AUTOINCREMENT", "REAL"] as const;

  it("is brought to version 3 when it is opened, and loses nothing", async () => {
    const path = join(temporaryFolder(), "runs.db");
    onFile(path, (db) => db.exec(versionOne(...TYPES)));
    await expectMigrated(`file:${path}`);
    expect(onFile(path, (db) => db.prepare("SELECT version FROM graphwright_schema").all())).toEqual([
      { version: 3 },
    ]);
  });

  it("is brought from version 2 too, with its effects", async () => {
    const path = join(temporaryFolder(), "runs.db");
    onFile(path, (db) => db.exec(versionOne(...TYPES) + VERSION_TWO));
    await expectMigrated(`file:${path}`);
    const { ledger, close } = openStorage(`file:${path}`);
    expect(await ledger.claim("run", "send", "another")).toEqual({ state: "done", result: "sent" });
    await close();
  });

  it("is brought there once by three processes that open it at once", async () => {
    const path = join(temporaryFolder(), "runs.db");
    onFile(path, (db) => db.exec(versionOne(...TYPES)));
    await startTogether("open", `file:${path}`, ["a", "b", "c"], "opened");
    await expectMigrated(`file:${path}`);
  });
});

it("leaves a newer ledger in SQLite as it is", async () => {
  const path = join(temporaryFolder(), "runs.db");
  onFile(path, (db) =>
    db.exec("CREATE TABLE graphwright_schema (version INTEGER); INSERT INTO graphwright_schema VALUES (4)"),
  );
  await expect(openStorage(`file:${path}`).ledger.begin(newRun())).rejects.toThrow(/version 4.* reads 3/);
  const tables = onFile(path, (db) => db.prepare("SELECT name FROM sqlite_master").all());
  expect(tables).toEqual([{ name: "graphwright_schema" }]);
});

describe.skipIf(!POSTGRES)("a ledger of another version in Postgres", () => {
  const TYPES = ["BIGSERIAL PRIMARY KEY", "DOUBLE PRECISION"] as const;

  it("is brought from version 1 to version 3 by three processes at once, and loses nothing", async () => {
    const database = await createDatabase();
    onTestFinished(database.drop);
    await query(database.url, versionOne(...TYPES));
    await startTogether("open", database.url, ["a", "b", "c"], "opened");
    await expectMigrated(database.url);
    expect(await query(database.url, "SELECT version FROM graphwright_schema")).toEqual([{ version: 3 }]);
  });

  it("is refused and left as it is where it is newer", async () => {
    const database = await createDatabase();
    onTestFinished(database.drop);
    await query(
      database.url,
      "CREATE TABLE graphwright_schema (version INTEGER); INSERT INTO graphwright_schema VALUES (4)",
    );
    const storage = openStorage(database.url);
    await expect(storage.ledger.begin(newRun())).rejects.toThrow(/version 4.* reads 3/);
    await storage.close();
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'graphwright%'";
    expect(await query(database.url, tables)).toEqual([{ table_name: "graphwright_schema" }]);
  });
});

async function expectMigrated(url: string): Promise<void> {
  const { ledger, close } = openStorage(url);
  expect(await ledger.latest("thread")).toMatchObject({ runId: "run", budget: { calls: 2 }, ms: 7 });
  expect(await ledger.spent("run")).toMatchObject({ calls: 1, inputTokens: 90, usd: 0.02, ms: 7 });
  expect(await ledger.path("run")).toEqual(["write"]);
  expect(await ledger.reserve("run", CALL)).toHaveProperty("granted");
  expect(await ledger.reserve("run", CALL)).toEqual({ refused: "calls" });
  expect(await ledger.claim("run", "publish", "owner")).toEqual({ state: "claimed" });
  await ledger.audit({ threadId: "thread", runId: "run" }, { type: "effect", key: "publish", state: "done" });
  expect(await ledger.auditHead()).toMatchObject({ seq: 1 });
  await close();
}

function onFile<Result>(path: string, work: (db: Database.Database) => Result): Result {
  const db = new Database(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
