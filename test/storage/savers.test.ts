import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseCheckpointSaver, emptyCheckpoint, MemorySaver } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { StorageError, UsageError } from "../../src/errors.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { createDatabase, emptyCheckpoints, POSTGRES, type TestDatabase } from "./databases.ts";

// LangGraph's suite for savers takes the test functions from the global scope.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it });
const { deltaChannelHistoryTests, validate } = await import("@langchain/langgraph-checkpoint-validation");

/** `name` is the one by which the suite knows the saver behind, and what that one is known not to do. */
function saverContract(name: string, open: () => Storage, empty = async () => {}): void {
  const opened = new Map<BaseCheckpointSaver, Storage>();
  const initializer = {
    checkpointerName: name,
    async createCheckpointer() {
      await empty();
      const storage = open();
      opened.set(storage.checkpointer, storage);
      return storage.checkpointer;
    },
    async destroyCheckpointer(checkpointer: BaseCheckpointSaver) {
      await opened.get(checkpointer)?.close();
      opened.delete(checkpointer);
    },
  };
  wrongUse(open);
  validate(initializer);
  deltaChannelHistoryTests(initializer);
}

/** What is wrong with a call is no fault of the database. */
function wrongUse(open: () => Storage): void {
  it.each([
    ["put", "thread_id", {}],
    ["putWrites", "thread_id", { checkpoint_id: "c" }],
    ["putWrites", "checkpoint_id", { thread_id: "t" }],
  ] as const)("says that the config of %s names no %s", async (method, field, configurable) => {
    const { checkpointer, close } = open();
    const metadata = { source: "input", step: -1, parents: {} } as const;
    const wrong =
      method === "put"
        ? checkpointer.put({ configurable }, emptyCheckpoint(), metadata, {})
        : checkpointer.putWrites({ configurable }, [["draft", "x"]], "task");
    await expect(wrong).rejects.toThrow(field);
    await expect(wrong).rejects.toBeInstanceOf(UsageError);
    await close();
  });
}

it("passes on what a saver says of its config", async () => {
  const { checkpointer, close } = openStorage("memory:");
  const refused = checkpointer.getTuple({ configurable: { thread_id: "__proto__" } });
  await expect(refused).rejects.toThrow(/Invalid configurable value/);
  await expect(refused).rejects.not.toBeInstanceOf(StorageError);
  await close();
});

describe("LangGraph's suite", () => {
  const folder = mkdtempSync(join(tmpdir(), "graphwright-"));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  saverContract("MemorySaver", () => openStorage("memory:"));
  saverContract("@langchain/langgraph-checkpoint-sqlite", () => openStorage(`file:${folder}/${++files}.db`));
});

describe.skipIf(!POSTGRES)("LangGraph's suite on Postgres", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());
  saverContract(
    "Postgres",
    () => openStorage(database.url),
    () => emptyCheckpoints(database.url),
  );
});

it("numbers channel versions as every saver behind it does, before any of them is opened", () => {
  const { getNextVersion } = BaseCheckpointSaver.prototype;
  for (const saver of [MemorySaver, SqliteSaver, PostgresSaver]) {
    expect(saver.prototype.getNextVersion).toBe(getNextVersion);
  }
  expect(openStorage("memory:").checkpointer.getNextVersion(3)).toBe(4);
});
