import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { isSameDatabase } from "../../src/storage/same-database.ts";
import { temporaryFolder } from "./databases.ts";

test("one SQLite file is the same by every path, link and name", () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "runs.db");
  mkdirSync(path.join(folder, "x"));
  symlinkSync(folder, path.join(folder, "x/linked"));
  const names = () => [
    `file:${folder}/x/../runs.db`,
    `file:${folder}/./runs.db`,
    `file:${folder}/x/linked/runs.db`,
    `file:${path.relative(process.cwd(), file)}`,
  ];
  for (const name of names()) expect(isSameDatabase(name, `file:${file}`)).toBe(true);
  writeFileSync(file, "");
  linkSync(file, path.join(folder, "hard.db"));
  for (const name of [...names(), `file:${folder}/hard.db`]) {
    expect(isSameDatabase(name, `file:${file}`)).toBe(true);
  }
  expect(isSameDatabase(`file:${folder}/other.db`, `file:${file}`)).toBe(false);
  expect(isSameDatabase(`file:${folder}/other.db`, `file:${folder}/another.db`)).toBe(false);
});

const RUNS = "postgres://app:secret@db.example:5432/runs";

test.each([
  ["postgresql://app:secret@db.example:5432/runs", true],
  ["postgres://db.example/runs?sslmode=require", true],
  ["postgres://reader@DB.example/runs", true],
  ["postgres://elsewhere.example/runs?host=db.example&port=5432", true],
  ["postgres://db.example:5433/runs", false],
  ["postgres://db.example/shop", false],
  ["postgres://other.example/runs", false],
  ["file:runs.db", false],
  ["memory:", false],
])("a Postgres database is the same by host, port and name: %s, %s", (url, same) => {
  expect(isSameDatabase(url, RUNS)).toBe(same);
});

test("this machine is the same by all of its names", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    expect(isSameDatabase(`postgres://${host}/runs`, "postgres://localhost:5432/runs")).toBe(true);
  }
  expect(isSameDatabase("postgres://runs@localhost", "postgres://localhost/runs")).toBe(true);
});
