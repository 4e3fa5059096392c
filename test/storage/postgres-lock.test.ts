import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StorageError } from "../../src/errors.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { createDatabase, POSTGRES, type TestDatabase } from "./databases.ts";

describe.skipIf(!POSTGRES)("the lock of a thread in Postgres", () => {
  let database: TestDatabase;
  let storage: Storage;
  beforeEach(async () => {
    database = await createDatabase();
    storage = openStorage(database.url);
  });
  afterEach(async () => {
    await storage.close();
    await database.drop();
  });

  it("is lost with its connection, which its holder is told, and another process can take the thread", async () => {
    const locks = [await storage.ledger.lock("a"), await storage.ledger.lock("b")];
    await database.endConnections();
    const other = openStorage(database.url);
    const taken = await vi.waitFor(() => other.ledger.lock("a"));
    for (const { lost } of locks) {
      await vi.waitFor(() => expect(lost.aborted).toBe(true));
      expect(lost.reason).toBeInstanceOf(StorageError);
      expect(lost.reason.message).toMatch(
        /^The connection to postgres:\/\/.* broke, and with it the lock of the thread: .* resume the run\.$/,
      );
    }
    await taken.release();
    await other.close();
  });

  it("stays taken within its process until the holder lets it go, and is then a lock as any other", async () => {
    const lock = await storage.ledger.lock("thread");
    await database.endConnections();
    await vi.waitFor(() => expect(lock.lost.aborted).toBe(true));
    await expect(storage.ledger.lock("thread")).rejects.toMatchObject({ problem: "busy" });
    const meanwhile = await storage.ledger.lock("other thread");
    await lock.release();
    const again = await storage.ledger.lock("thread");
    expect([meanwhile.lost.aborted, again.lost.aborted]).toEqual([false, false]);
    await again.release();
    await meanwhile.release();
  });

  it("is not lost by its release, nor by closing the storage", async () => {
    const [released, closed] = [await storage.ledger.lock("a"), await storage.ledger.lock("b")];
    await released.release();
    await storage.close();
    await database.endConnections();
    expect([released.lost.aborted, closed.lost.aborted]).toEqual([false, false]);
  });
});
