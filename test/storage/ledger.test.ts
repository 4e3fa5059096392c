import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { openStorage } from "../../src/storage/open.ts";
import { ledgerContract } from "../contracts/ledger.ts";
import { createDatabase, POSTGRES, type TestDatabase } from "./databases.ts";

ledgerContract("a ledger in memory", false, () => openStorage("memory:"));

describe("in a temporary folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "graphwright-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  ledgerContract("a ledger in SQLite", true, () => openStorage(`file:${join(folder, "sub", "runs.db")}`));
});

describe.skipIf(!POSTGRES)("on the server of DATABASE_URL", () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(() => database.drop());
  ledgerContract("a ledger in Postgres", true, () => openStorage(database.url));
});
