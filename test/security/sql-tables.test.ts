import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permissionFor } from "../../src/security/permissions.ts";
import { isTable, MAX_SQL, tablesIn } from "../../src/security/sql-tables.ts";

const NAMED: [sql: string, tables: string[]][] = [
  ["SELECT * FROM orders", ["orders"]],
  ["select * from Orders o join public.Customers c on c.id = o.customer", ["orders", "public.customers"]],
  ['select * from "Order Lines", "orders"', ["Order Lines", "orders"]],
  [
    "select a, count(*) from t group by a having count(*) > (select min(x) from h) order by 2 limit 3",
    ["t", "h"],
  ],
  ["select * from a left join b using (id) cross join c", ["a", "b", "c"]],
  ["select * from (select * from a) x, (b join c on true)", ["a", "b", "c"]],
  ["select * from a union select * from b union all (select * from c)", ["a", "b", "c"]],
  ["select (select max(x) from a), exists(select 1 from b), array(select 1 from c)", ["a", "b", "c"]],
  ["select 1 from a where x in (select y from b) and y not in (1, 2) and z in (3)", ["a", "b"]],
  ["select sum(x) over (partition by y order by (select 1 from hidden)) from t", ["hidden", "t"]],
  ["select count(*) filter (where exists (select 1 from hidden)) from t", ["hidden", "t"]],
  ["select string_agg(x, ',' order by (select 1 from hidden)) from t", ["hidden", "t"]],
  ["select x from t limit (select 1 from a) offset (select 1 from b)", ["t", "a", "b"]],
  ["select * from a join lateral (select * from b) x on true", ["a", "b"]],
  ["select distinct on ((select 1 from b)) y from a", ["a", "b"]],
  ["values ((select 1 from a))", ["a"]],
  ["select * from generate_series(1, (select max(n) from a)) x", ["a"]],
  ["select 'from secret' as \"from other\" from t", ["t"]],
  ["select 1;", []],
];

const EXPRESSIONS: [sql: string, tables: string[]][] = [
  ["with x as (select * from a) select * from x", ["a"]],
  ["with x as (select 1), y as (select * from x) select * from y, b", ["b"]],
  ["with x as (select * from x) select * from x", ["x"]],
  ["with x as (select * from y), y as (select 1) select * from y", ["y"]],
  ["with x as (select 1) select * from public.x", ["public.x"]],
  ['with x as (select 1) select * from "X"', ["X"]],
  ["select (with s as (select 1) select * from s) from s", ["s"]],
  ["(with s as (select 1) select * from s) union select * from s", ["s"]],
  ["with recursive r(n) as (select 1 union all select n + 1 from r) select * from r join t on true", ["t"]],
];

const UNTOLD = [
  "",
  "nonsense",
  "select * from a; select * from b",
  "insert into a values (1)",
  "update a set x = 1",
  "delete from a",
  "drop table a",
  "truncate a",
  "explain select * from a",
  "pragma table_info(a)",
  "attach 'x' as y",
  "with x as (insert into a values (1) returning *) select * from x",
  "with x as (delete from a returning *) select 1",
  "select * into b from a",
  // SQLite looks into a table without a SELECT.
  "select 1 where 1 in secret",
  "select 1 where 1 not in secret",
  "select 1 where 1 in secret + 1",
  "select case 1 in secret when true then 1 end",
  // Functions that read what a string names, or that nobody knows.
  "select query_to_xml('select * from secret', true, false, '')",
  "select table_to_xml('secret', true, false, '')",
  "select pg_read_file('/etc/passwd')",
  "select * from dblink('host=x', 'select * from secret') as t",
  "select my_function(1)",
  "select other.lower(x) from a",
  "select * from pragma_table_info('secret')",
  // What SQLite and Postgres do not read alike, or the parser as neither does.
  "select /* /* */ x from secret -- */ 1",
  "select 1 -- from a\r, secret",
  "select a[\" ], 1 as [\"] from secret where x = '] ' from t",
  "select `a` from t",
  "select E'\\' from secret where x = ''",
  "select $$ from a $$",
  'select * from "a.b"',
  'select * from "a""b"',
  "select * from a\u00a0, secret",
  "select 1 from a\0, secret",
];

describe("the tables that a statement names", () => {
  test.each(NAMED)("are found wherever they stand: %s", (sql, tables) => {
    expect(tablesIn(sql)?.sort()).toEqual([...tables].sort());
  });

  test.each(EXPRESSIONS)("are not the expressions that the statement names itself: %s", (sql, tables) => {
    expect(tablesIn(sql)).toEqual(tables);
  });

  test.each(UNTOLD)("are not told of %j", (sql) => {
    expect(tablesIn(sql)).toBeUndefined();
  });

  test("are not told of a text that is too long to be read", () => {
    const sql = `select x from a where ${"x = 1 or ".repeat(MAX_SQL / 9)} x = 2`;
    expect(tablesIn(sql)).toBeUndefined();
  });

  test("always include the one that is read, however deep it is nested", () => {
    const query = fc.letrec<{ query: string }>((tie) => ({
      query: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constant("select x from secret"),
        tie("query").map((inner) => `select x from (${inner}) q`),
        tie("query").map((inner) => `select (${inner}) as x`),
        tie("query").map((inner) => `select x from t where x in (${inner})`),
        tie("query").map((inner) => `select x from t where exists (${inner}) or x = 1`),
        tie("query").map((inner) => `with secret_too as (${inner}) select * from secret_too`),
        tie("query").map((inner) => `select x from t union all ${inner}`),
        tie("query").map((inner) => `select case when (${inner}) = 1 then 2 end`),
        tie("query").map((inner) => `select sum(x) over (order by (${inner})) from t`),
        tie("query").map((inner) => `select coalesce((${inner}), 1) from t group by (${inner})`),
        tie("query").map((inner) => `select x from t order by (${inner}) limit 1`),
      ),
    })).query;
    fc.assert(
      fc.property(query, (sql) => {
        const tables = tablesIn(sql);
        if (tables) expect(tables).toContain("secret");
      }),
    );
  });

  test("or nothing, are told of any text without failing", () => {
    const parts = fc.constantFrom(
      ..."select,from,where,a,b,(,),',\",--,/*,*/,;,in,1,with,as,union,*,.,=,[,]".split(","),
      " ",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (all) => {
        const tables = tablesIn(all.join(" "));
        expect(tables === undefined || Array.isArray(tables)).toBe(true);
      }),
    );
  });
});

describe("a rule on tables", () => {
  test("names them as SQL does: case counts only where a name is quoted", () => {
    expect(isTable("Orders", "orders")).toBe(true);
    expect(isTable('"Orders"', "orders")).toBe(false);
    expect(isTable('"Orders"', "Orders")).toBe(true);
    expect(isTable("orders", "Orders")).toBe(false);
    expect(isTable("Shop.Orders", "shop.orders")).toBe(true);
    expect(isTable("orders", "shop.orders")).toBe(false);
  });

  test("allows what it names, and denies the rest with the reason", () => {
    const grants = [{ tool: "query", allow: { sql: { tables: ["Orders"] } }, approval: false }];
    const decision = (sql: string) => permissionFor(grants, { tool: "query", args: { sql } });
    expect(decision("select * from ORDERS").decision).toBe("allowed");
    expect(decision("select * from orders, users")).toEqual({
      decision: "denied",
      reason: "The argument sql is not allowed: it names users; allowed are Orders.",
    });
    expect(decision("select * from orders -- x").decision).toBe("denied");
    expect(decision("delete from orders").decision).toBe("denied");
  });
});
