import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { emptyCheckpoint } from "@langchain/langgraph-checkpoint";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { StorageError } from "../../src/errors.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { newRun } from "../contracts/runs.ts";
import { createDatabase, POSTGRES, temporaryFolder } from "./databases.ts";

const thread = { configurable: { thread_id: "thread" } };
const put = ({ checkpointer }: Storage) =>
  checkpointer.put({ ...thread }, emptyCheckpoint(), { source: "input", step: -1, parents: {} }, {});

describe("a SQLite file that cannot be used", () => {
  it.each([
    ["is a folder", (path: string) => mkdirSync(path), /is a folder; name a file/],
    [
      "is not a database",
      (path: string) => writeFileSync(path, "text ".repeat(999)),
      /not a SQLite database/,
    ],
    ["is corrupted", corruptedDatabase, /corrupted/],
    ["has a ledger of another version", newerLedger, /has version 99/],
  ])("says that it %s", async (_, prepare, message) => {
    const path = join(temporaryFolder(), "runs.db");
    prepare(path);
    const storage = openStorage(`file:${path}`);
    for (const use of [
      () => put(storage),
      () => storage.checkpointer.getTuple(thread),
      () => storage.ledger.path("run"),
    ]) {
      const failure = use();
      await expect(failure).rejects.toBeInstanceOf(StorageError);
      await expect(failure).rejects.toThrow(message);
      await expect(failure).rejects.toThrow(path);
    }
    await storage.close();
  });

  it("says that its folder cannot be made below a file, for a lock too", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const storage = openStorage(`file:${file}/sub/runs.db`);
    const failures = [put(storage), storage.ledger.begin(newRun()), storage.ledger.lock("thread")];
    for (const failure of failures) {
      await expect(failure).rejects.toMatchObject({ code: "STORAGE" });
      await expect(failure).rejects.toThrow(/a part of its path is a file/);
    }
  });

  it("is tried again by the next use", async () => {
    const path = join(temporaryFolder(), "runs.db");
    writeFileSync(path, "text ".repeat(999));
    const storage = openStorage(`file:${path}`);
    await expect(put(storage)).rejects.toThrow(StorageError);
    writeFileSync(path, "");
    await put(storage);
    await storage.close();
  });
});

describe("a Postgres server that cannot be used", () => {
  it("says that no server answers, and never shows the password", async () => {
    const url = `postgres://me:secret@127.0.0.1:${await unusedPort()}/runs`;
    const { checkpointer, ledger, close } = openStorage(url);
    for (const failure of [checkpointer.getTuple(thread), ledger.latest("thread"), ledger.lock("thread")]) {
      await expect(failure).rejects.toBeInstanceOf(StorageError);
      await expect(failure).rejects.toThrow(/postgres:\/\/me@127.0.0.1:\d+\/runs .* no server answers/);
    }
    await close();
  });

  it("hides the password of an address that cannot be read", async () => {
    const storage = openStorage("postgres://me:sec/ret@127.0.0.1/runs");
    const failure = await put(storage).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect(`${failure} ${JSON.stringify(failure)} ${(failure as Error).cause}`).not.toMatch(/sec|ret@/);
  });

  it.skipIf(!POSTGRES)("says that the database does not exist", async () => {
    const url = new URL(POSTGRES ?? "");
    url.pathname = "graphwright_no_such_database";
    await expect(put(openStorage(url.toString()))).rejects.toThrow(/no database of that name/);
  });

  it.skipIf(!POSTGRES)(
    "survives that the server ends its connections, and goes on with new ones",
    async () => {
      const database = await createDatabase();
      onTestFinished(database.drop);
      const storage = openStorage(database.url);
      const lock = await storage.ledger.lock("thread");
      await put(storage);
      await database.endConnections();
      await lock.release();
      await expect
        .poll(() =>
          put(storage).then(
            () => "stored",
            () => "not yet",
          ),
        )
        .toBe("stored");
      await (await storage.ledger.lock("thread")).release();
      await storage.close();
    },
  );
});

function corruptedDatabase(path: string): void {
  const db = new Database(path);
  db.exec("CREATE TABLE notes (text); CREATE INDEX by_text ON notes (text)");
  const page = db.prepare<[], { rootpage: number }>("SELECT rootpage FROM sqlite_master").get();
  db.unsafeMode().pragma("writable_schema = ON");
  db.exec(`UPDATE sqlite_master SET sql = 'nonsense', rootpage = ${page?.rootpage} WHERE name = 'notes'`);
  db.close();
}

function newerLedger(path: string): void {
  const db = new Database(path);
  db.exec("CREATE TABLE graphwright_schema (version INTEGER); INSERT INTO graphwright_schema VALUES (99)");
  db.close();
}

function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(address)));
    });
  });
}
