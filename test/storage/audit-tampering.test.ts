import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { createDatabase, POSTGRES, temporaryFolder } from "./databases.ts";

const KEY = "a-key-of-the-audit-log";
const FACT = { type: "effect", key: "article", state: "done" } as const;

/** A database with an audit log, and a way to it past Graphwright. */
interface Written {
  storage: Storage;
  query: (sql: string) => Promise<void>;
  /** The statements that take away what keeps the table append-only. */
  unprotect: string;
  /** Adds an entry, and takes away another one. */
  replace: string;
}

async function onSqlite(): Promise<Written> {
  const path = join(temporaryFolder(), "runs.db");
  const db = new Database(path);
  onTestFinished(() => {
    db.close();
  });
  return {
    storage: openStorage(`file:${path}`, { auditKey: KEY }),
    query: async (sql) => {
      db.exec(sql);
    },
    unprotect: ["UPDATE", "DELETE", "INSERT"]
      .map((change) => `DROP TRIGGER graphwright_audit_keeps_${change};`)
      .join(""),
    replace: "INSERT OR REPLACE INTO graphwright_audit VALUES (5, '{}', 'x')",
  };
}

async function onPostgres(): Promise<Written> {
  const database = await createDatabase();
  onTestFinished(database.drop);
  const client = new pg.Client({ connectionString: database.url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return {
    storage: openStorage(database.url, { auditKey: KEY }),
    query: async (sql) => {
      await client.query(sql);
    },
    unprotect: "DROP TRIGGER graphwright_audit_keeps ON graphwright_audit;",
    replace:
      "INSERT INTO graphwright_audit VALUES (5, '{}', 'x') ON CONFLICT (seq) DO UPDATE SET body = EXCLUDED.body",
  };
}

function tampering(open: () => Promise<Written>): void {
  let written: Written;
  beforeEach(async () => {
    written = await open();
    const { ledger } = written.storage;
    for (let count = 0; count < 9; count++) await ledger.audit({ threadId: "thread", runId: "run" }, FACT);
    return () => written.storage.close();
  });
  const found = async () => {
    const { faults } = await verifyAudit(written.storage.ledger, { key: KEY });
    return faults.map(({ kind, seq, to }) => `${kind} ${seq === to ? seq : `${seq}-${to}`}`);
  };

  it.each([
    "UPDATE graphwright_audit SET body = '{}' WHERE seq = 5",
    "DELETE FROM graphwright_audit WHERE seq = 5",
  ])("refuses that somebody does this by mistake: %s", async (sql) => {
    await expect(written.query(sql)).rejects.toThrow(/graphwright_audit is append-only/);
    expect(await found()).toEqual([]);
  });

  it("refuses that an entry takes the place of another one", async () => {
    await expect(written.query(written.replace)).rejects.toThrow(/graphwright_audit is append-only/);
    expect(await found()).toEqual([]);
  });

  it.each([
    ["UPDATE graphwright_audit SET body = replace(body, 'done', 'not_done') WHERE seq = 5", ["changed 5"]],
    [
      "UPDATE graphwright_audit SET hash = (SELECT hash FROM graphwright_audit WHERE seq = 4) WHERE seq = 5",
      ["changed 5"],
    ],
    ["DELETE FROM graphwright_audit WHERE seq = 1", ["missing 1"]],
    ["DELETE FROM graphwright_audit WHERE seq IN (4, 5)", ["missing 4-5"]],
    ["DELETE FROM graphwright_audit WHERE seq >= 8", ["cut 8-9"]],
    ["DELETE FROM graphwright_audit", ["cut 1-9"]],
    [
      "UPDATE graphwright_audit SET seq = 100 WHERE seq = 3; UPDATE graphwright_audit SET seq = 3 WHERE seq = 7; UPDATE graphwright_audit SET seq = 7 WHERE seq = 100",
      ["moved 3", "moved 7"],
    ],
    [
      "INSERT INTO graphwright_audit SELECT 10, body, hash FROM graphwright_audit WHERE seq = 9",
      ["inserted 10"],
    ],
    ["DELETE FROM graphwright_audit_head", ["head 9"]],
  ])("tells afterwards that somebody did this on purpose: %s", async (sql, faults) => {
    await written.query(written.unprotect);
    await written.query(sql);
    expect(await found()).toEqual(faults);
  });

  it("adds nothing to a log whose end is not recorded any more", async () => {
    await written.query("DELETE FROM graphwright_audit_head");
    const added = written.storage.ledger.audit({ threadId: "thread", runId: "run" }, FACT);
    await expect(added).rejects.toMatchObject({ code: "STORAGE", message: expect.stringMatching(/verify/) });
    expect((await written.storage.ledger.auditEntries(1, 100)).length).toBe(9);
  });

  it("is not forked where its end was set back: the next entry is refused", async () => {
    await written.query("UPDATE graphwright_audit_head SET seq = 5");
    const added = written.storage.ledger.audit({ threadId: "thread", runId: "run" }, FACT);
    await expect(added).rejects.toMatchObject({ code: "STORAGE" });
  });
}

describe("the audit log in SQLite", () => tampering(onSqlite));

describe.skipIf(!POSTGRES)("the audit log in Postgres", () => {
  tampering(onPostgres);

  const RAISING = (what: string) => `CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN ${what}; RETURN NEW; END $$;
    CREATE TRIGGER told BEFORE INSERT ON graphwright_audit FOR EACH ROW EXECUTE FUNCTION told();`;
  const asked = async (what: string) => {
    const { storage, query } = await onPostgres();
    onTestFinished(() => storage.close());
    await storage.ledger.audit({ threadId: "thread", runId: "run" }, FACT);
    await query(RAISING(what));
    return storage.ledger.audit({ threadId: "thread", runId: "run" }, FACT).then(
      () => "added",
      (error: unknown) => error,
    );
  };

  it("is not held for ever by a process that stands still, nor waited for without an end", async () => {
    const setting = (name: string) => `current_setting('${name}')`;
    const told = `RAISE EXCEPTION '% %', ${setting("idle_in_transaction_session_timeout")}, ${setting("lock_timeout")}`;
    expect(String(await asked(told))).toContain("10s 30s");
  });

  it.each([
    ["55P03", /another process has held its end for 30 s/],
    ["25P03", /this process stood still for 10 s/],
  ])("says so where the server ends this by %s", async (code, message) => {
    const error = await asked(`RAISE EXCEPTION 'ended' USING ERRCODE = '${code}'`);
    expect(error).toMatchObject({ code: "STORAGE", message: expect.stringMatching(message) });
  });
});
