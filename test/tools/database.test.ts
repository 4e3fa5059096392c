import { join } from "node:path";
import { ToolMessage } from "@langchain/core/messages";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { SettingsError, ToolError, UsageError } from "../../src/errors.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { type DatabaseOptions, databaseTools } from "../../src/tools/database.ts";
import { folderWith } from "./folders.ts";

function shop(): string {
  const file = join(folderWith({}), "shop.db");
  const db = new Database(file);
  db.exec(`CREATE TABLE Orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL);
    INSERT INTO Orders VALUES (1, 'Ada | Co', 9.5), (2, 'Bob' || char(10) || 'Ltd', NULL), (3, 'Cy', 1);
    CREATE TABLE secrets (word TEXT); INSERT INTO secrets VALUES ('hidden')`);
  db.close();
  return `file:${file}`;
}

function toolsFor(options: Partial<DatabaseOptions> = {}) {
  const [query, describe] = databaseTools({ url: shop(), ...options });
  if (!query || !describe) throw new Error("two tools expected");
  return { query, describe };
}

describe("the tool query_database", () => {
  test("answers with a table for the model, and with columns and rows for programs", async () => {
    const { query } = toolsFor();
    const args = { sql: "SELECT id, customer, total FROM Orders WHERE id < 3 ORDER BY id" };
    const message: unknown = await query.invoke({ type: "tool_call", id: "1", name: query.name, args });
    if (!ToolMessage.isInstance(message)) throw new Error("no tool message");
    expect(message.text).toBe(
      "| id | customer | total |\n| 1 | Ada \\| Co | 9.5 |\n| 2 | Bob Ltd | NULL |\n\n2 rows.",
    );
    expect(message.artifact).toEqual({
      columns: ["id", "customer", "total"],
      rows: [
        ["1", "Ada | Co", "9.5"],
        ["2", "Bob\nLtd", null],
      ],
      more: false,
    });
  });

  test("says that there are more rows than it gives", async () => {
    const { query } = toolsFor({ maxRows: 1 });
    expect(await query.invoke({ sql: "SELECT id FROM Orders ORDER BY id" })).toBe(
      "| id |\n| 1 |\n\nThe first 1 row; there are more. Aggregate, or ask for others by WHERE or OFFSET.",
    );
  });

  test("names the other tool where a table or column is not known", async () => {
    const { query } = toolsFor();
    const failure = query.invoke({ sql: "SELECT nope FROM Orders" });
    await expect(failure).rejects.toThrow(
      "The query was refused: no such column: nope. describe_database gives the tables and columns.",
    );
    await expect(failure).rejects.toBeInstanceOf(ToolError);
    await expect(query.invoke({ sql: "SELECT * FROM nope" })).rejects.toThrow("describe_database");
    await expect(query.invoke({ sql: "SELECT * FROM" })).rejects.toThrow(
      /^The query was refused: incomplete input\.$/,
    );
  });

  test.each([
    "SELECT * FROM secrets",
    "SELECT (SELECT word FROM secrets) FROM Orders",
    "SELECT 1 WHERE 'hidden' IN secrets",
    "SELECT * FROM orders UNION SELECT word, 1, 1 FROM main.secrets",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pragma_table_info('secrets')",
    "SELECT /* /* */ word FROM secrets -- */ 1",
  ])("reads none but the tables that it is given: %s", async (sql) => {
    const { query } = toolsFor({ tables: ["Orders"] });
    const failure = query.invoke({ sql });
    await expect(failure).rejects.toBeInstanceOf(ToolError);
    await expect(failure).rejects.toThrow("Allowed are Orders.");
  });

  test.each([
    "SELECT id FROM ORDERS",
    'SELECT id FROM "Orders"',
    "SELECT o.id FROM orders o GROUP BY o.id HAVING count(*) = 1",
  ])("reads the tables that it is given however SQLite may write them: %s", async (sql) => {
    const { query } = toolsFor({ tables: ["Orders"] });
    expect(await query.invoke({ sql })).toContain("3 rows.");
  });

  test("is held to a time limit", async () => {
    const { query } = toolsFor({ timeoutMs: 1_500 });
    const sql = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r";
    await expect(query.invoke({ sql })).rejects.toThrow("came to no end within 1.5 s");
  });
});

describe("the tool describe_database", () => {
  test("gives the tables and columns, or one table's", async () => {
    const { describe } = toolsFor();
    expect(await describe.invoke({})).toBe(
      "Orders (id INTEGER, customer TEXT, total REAL)\nsecrets (word TEXT)",
    );
    expect(await describe.invoke({ table: "SECRETS" })).toBe("secrets (word TEXT)");
    await expect(describe.invoke({ table: "nope" })).rejects.toThrow(
      "There is no table nope; there are: Orders, secrets.",
    );
  });

  test("writes names in quotes where SQL needs them, and takes them either way", async () => {
    const url = shop();
    const db = new Database(url.slice("file:".length));
    db.exec('CREATE TABLE "Order Lines" ("a b" TEXT)');
    db.close();
    const { query, describe } = toolsFor({ url, tables: ['"Order Lines"'] });
    expect(await describe.invoke({})).toBe('"Order Lines" ("a b" TEXT)');
    expect(await describe.invoke({ table: "order lines" })).toBe('"Order Lines" ("a b" TEXT)');
    expect(await query.invoke({ sql: 'SELECT "a b" FROM "Order Lines"' })).toContain("0 rows.");
  });

  test("keeps the other tables to itself", async () => {
    const { describe } = toolsFor({ tables: ["orders"] });
    expect(await describe.invoke({})).toBe("Orders (id INTEGER, customer TEXT, total REAL)");
    await expect(describe.invoke({ table: "secrets" })).rejects.toThrow(
      "There is no table secrets; there are: Orders.",
    );
  });
});

test("several databases have tools of their own names, which only read", () => {
  const tools = databaseTools({
    url: "postgres://me:secret@127.0.0.1:1/shop",
    name: "shop",
    tables: ["orders"],
  });
  expect(tools.map(({ name }) => name)).toEqual(["query_shop", "describe_shop"]);
  for (const tool of tools) {
    expect(traitsOf(tool)).toMatchObject({ readOnly: true, evidence: false, acts: false });
    expect(tool.description).toContain("Only these tables may be read: orders.");
    expect(tool.description).not.toContain("secret");
  }
  expect(() => databaseTools({ url: "file:shop.db", name: "my shop" })).toThrow(UsageError);
  expect(() => databaseTools({ url: "memory:" })).toThrow(SettingsError);
});
