import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SettingsError, StorageError, ToolError } from "../../src/errors.ts";
import { openReadOnly } from "../../src/storage/read-only.ts";
import { createDatabase, POSTGRES, type TestDatabase, temporaryFolder } from "./databases.ts";

const LIMITS = { maxRows: 10, timeoutMs: 20_000 };
const ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";
const SHOP = `CREATE TABLE orders (id integer PRIMARY KEY, note text);
  INSERT INTO orders VALUES (1, 'first'), (2, NULL);
  CREATE VIEW notes AS SELECT note FROM orders`;

/** What must not be done, on either kind of database. */
const WRITES = [
  "INSERT INTO orders VALUES (3, 'x')",
  "UPDATE orders SET note = 'x'",
  "DELETE FROM orders",
  "DROP TABLE orders",
  "CREATE TABLE other (id integer)",
  "ALTER TABLE orders ADD COLUMN more text",
  "WITH x AS (INSERT INTO orders VALUES (3, 'x') RETURNING id) SELECT * FROM x",
  "WITH x AS (SELECT 3 AS id) INSERT INTO orders SELECT id, 'x' FROM x",
  "WITH x AS (SELECT 1) DELETE FROM orders",
  "SELECT 1; DROP TABLE orders",
  "SELECT 1; COMMIT; DROP TABLE orders",
  "; DROP TABLE orders",
  "/* SELECT */ DROP TABLE orders",
  "-- SELECT\nDROP TABLE orders",
  "SELECT * INTO other FROM orders",
  "EXPLAIN SELECT 1",
  "VACUUM",
  "BEGIN",
  "",
];

function shop(): string {
  const file = join(temporaryFolder(), "shop.db");
  const db = new Database(file);
  db.exec(SHOP);
  db.close();
  return file;
}

const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("a SQLite file that is only read", () => {
  it("answers with text as SQLite writes it, without losing digits, and tells binary values by their size", async () => {
    const { query } = openReadOnly(`file:${shop()}`);
    const sql =
      "SELECT id, note, 9007199254740993 AS big, x'0102' AS bytes, 0.5 AS id FROM orders ORDER BY 1;";
    expect(await query(sql, LIMITS)).toEqual({
      columns: ["id", "note", "big", "bytes", "id"],
      rows: [
        ["1", "first", "9007199254740993", "<2 bytes>", "0.5"],
        ["2", null, "9007199254740993", "<2 bytes>", "0.5"],
      ],
      more: false,
    });
  });

  it("lists tables and views with their columns", async () => {
    expect(await openReadOnly(`file:${shop()}`).schema(LIMITS)).toEqual([
      { name: "notes", columns: [{ name: "note", type: "TEXT" }] },
      {
        name: "orders",
        columns: [
          { name: "id", type: "INTEGER" },
          { name: "note", type: "TEXT" },
        ],
      },
    ]);
  });

  it("gives the first rows of what has no end, and cuts long cells", async () => {
    const { query } = openReadOnly(`file:${shop()}`);
    expect(await query(`${ENDLESS} SELECT n FROM r`, { ...LIMITS, maxRows: 2 })).toEqual({
      columns: ["n"],
      rows: [["1"], ["2"]],
      more: true,
    });
    const { rows } = await query("SELECT printf('%.*c', 100000, 'x')", LIMITS);
    expect(rows[0]?.[0]).toMatch(/^x{500}… \(100000 characters\)$/);
  });

  it("ends a query that gives no row for ever at its time limit, with its process", async () => {
    const { query } = openReadOnly(`file:${shop()}`);
    const endless = query(`${ENDLESS} SELECT count(*) FROM r`, { ...LIMITS, timeoutMs: 1_500 });
    await expect(endless).rejects.toThrow("came to no end within 1.5 s");
    await expect(endless).rejects.toBeInstanceOf(ToolError);
    await expect.poll(readers).toBe(0);
  });

  it("ends with the signal, and does not begin after it", async () => {
    const { query } = openReadOnly(`file:${shop()}`);
    const stop = new AbortController();
    const endless = query(`${ENDLESS} SELECT count(*) FROM r`, { ...LIMITS, signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(endless).rejects.toThrow("stopped");
    await expect(query("SELECT 1", { ...LIMITS, signal: stop.signal })).rejects.toThrow("stopped");
    await expect.poll(readers).toBe(0);
  });

  it("ends a query that takes too much memory", async () => {
    const { query } = openReadOnly(`file:${shop()}`);
    await expect(
      query(`${ENDLESS} SELECT n FROM (SELECT n, hex(zeroblob(5000)) AS x FROM r) ORDER BY x`, LIMITS),
    ).rejects.toThrow("too much memory");
  });

  const own = [
    "PRAGMA journal_mode = DELETE",
    "PRAGMA writable_schema = ON",
    "ATTACH 'other.db' AS other",
    "REINDEX",
  ];
  it.each([...WRITES, ...own, "VACUUM INTO 'copy.db'", "SELECT load_extension('x')"])(
    "refuses %j, and stays as it is",
    async (sql) => {
      const file = shop();
      const before = digest(file);
      await expect(openReadOnly(`file:${file}`).query(sql, LIMITS)).rejects.toBeInstanceOf(ToolError);
      expect(digest(file)).toBe(before);
    },
  );

  it("says that there is no file, and makes none", async () => {
    const file = join(temporaryFolder(), "none.db");
    const failure = openReadOnly(`file:${file}`).query("SELECT 1", LIMITS);
    await expect(failure).rejects.toBeInstanceOf(StorageError);
    await expect(failure).rejects.toThrow(`${file} is not there`);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });

  it("says that a file is no database", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "text.db"), "text ".repeat(999));
    mkdirSync(join(folder, "folder.db"));
    for (const name of ["text.db", "folder.db"]) {
      const failure = openReadOnly(`file:${join(folder, name)}`).query("SELECT 1 FROM sqlite_schema", LIMITS);
      await expect(failure).rejects.toBeInstanceOf(StorageError);
    }
  });

  it("passes on no variable of the environment", async () => {
    // What SQLite can see of it is the time zone.
    const sql = "SELECT strftime('%H', '2024-01-01 00:00', 'localtime')";
    const zone = process.env["TZ"];
    process.env["TZ"] = "Asia/Tokyo";
    const { rows } = await openReadOnly(`file:${shop()}`).query(sql, LIMITS);
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    expect(rows[0]?.[0]).not.toBe("09");
  });
});

/** The processes that this one has started to read. */
function readers(): number {
  const list = execFileSync("ps", ["-A", "-o", "ppid=,args="], { encoding: "utf8" }).split("\n");
  const own = list.filter((line) => Number.parseInt(line, 10) === process.pid);
  return own.filter((line) => line.includes("read-only-sqlite-main")).length;
}

describe("an address that cannot be read", () => {
  it.each(["memory:", "mysql://me:secret@host/db", "shop.db", ""])("is refused: %j", (url) => {
    expect(() => openReadOnly(url)).toThrow(SettingsError);
  });

  it("of Postgres is told without its password", async () => {
    const failure = openReadOnly("postgres://me:secret@127.0.0.1:1/shop").query("SELECT 1", LIMITS);
    await expect(failure).rejects.toBeInstanceOf(StorageError);
    await expect(failure).rejects.toThrow(/postgres:\/\/me@127.0.0.1:1\/shop .* no server answers/);
  });
});

describe.skipIf(!POSTGRES)("a Postgres database that is only read", () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `${SHOP}; CREATE SEQUENCE numbers; CREATE SCHEMA "Hidden"; CREATE TABLE "Hidden".t (x int)`,
    );
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  const query = (sql: string, limits = LIMITS) => openReadOnly(database.url).query(sql, limits);

  it("answers with text as Postgres writes it", async () => {
    const sql = `SELECT id, note, 1.50::numeric AS price, '\\x0102'::bytea AS bytes, date '2024-02-29' AS day,
      '{"a": 1}'::json AS data, true AS yes FROM orders ORDER BY id; `;
    expect(await query(sql)).toEqual({
      columns: ["id", "note", "price", "bytes", "day", "data", "yes"],
      rows: [
        ["1", "first", "1.50", "<2 bytes>", "2024-02-29", '{"a": 1}', "t"],
        ["2", null, "1.50", "<2 bytes>", "2024-02-29", '{"a": 1}', "t"],
      ],
      more: false,
    });
  });

  it("lists tables and views with their columns", async () => {
    expect(await openReadOnly(database.url).schema(LIMITS)).toEqual([
      { name: '"Hidden".t', columns: [{ name: "x", type: "integer" }] },
      { name: "notes", columns: [{ name: "note", type: "text" }] },
      {
        name: "orders",
        columns: [
          { name: "id", type: "integer" },
          { name: "note", type: "text" },
        ],
      },
    ]);
  });

  it("gives the first rows of what has no end", async () => {
    expect(await query(`${ENDLESS} SELECT n FROM r`, { ...LIMITS, maxRows: 2 })).toMatchObject({
      rows: [["1"], ["2"]],
      more: true,
    });
  });

  it("ends a query that gives no row for ever at its time limit, and with the signal", async () => {
    const endless = `${ENDLESS} SELECT count(*) FROM r WHERE n < 0`;
    const failure = query(endless, { ...LIMITS, timeoutMs: 300 });
    await expect(failure).rejects.toThrow("came to no end within 0.3 s");
    await expect(failure).rejects.toBeInstanceOf(ToolError);
    const stop = new AbortController();
    const stopped = openReadOnly(database.url).query(endless, {
      ...LIMITS,
      timeoutMs: 1_000,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error("stopped")), 100);
    await expect(stopped).rejects.toThrow("stopped");
  });

  it("takes no row larger than its limit", async () => {
    await expect(query("SELECT repeat('x', 60000000)")).rejects.toThrow("more than 16 MB");
  });

  const acting = [
    "SELECT pg_sleep(60)",
    "SELECT \"pg_read_file\"('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT nextval('numbers')",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT query_to_xml('SELECT 1', true, false, '')",
    'SELECT U&"pg\\005fsleep"(60)',
    "SELECT * FROM orders FOR UPDATE",
    "COPY orders TO PROGRAM 'cat'",
    "DO $$ BEGIN DELETE FROM orders; END $$",
    "SELECT 1) ; DROP TABLE orders; --",
  ];
  it.each([...WRITES, ...acting])("refuses %j, and stays as it is", async (sql) => {
    await expect(query(sql)).rejects.toBeInstanceOf(ToolError);
    const { rows } = await client.query("SELECT * FROM orders ORDER BY id");
    expect(rows).toEqual([
      { id: 1, note: "first" },
      { id: 2, note: null },
    ]);
  });

  it("leaves no connection behind", async () => {
    const others =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    await query("SELECT 1");
    await query("SELECT nope").catch(() => {});
    await expect.poll(async () => (await client.query(others)).rows[0]?.n, { timeout: 10_000 }).toBe(0);
  });
});
