import { expect, it } from "vitest";
import { ThreadError } from "../../src/errors.ts";
import { failureInUse, storageFailure, withoutPassword } from "../../src/storage/failure.ts";

it.each([
  ["postgres://me:secret@host:5432/runs?sslmode=require", "postgres://me@host:5432/runs?sslmode=require"],
  ["postgres://me:a@b:c@host/runs", "postgres://me@host/runs"],
  ["postgresql://host/runs?user=me&password=secret", "postgresql://host/runs?user=me"],
  ["postgres://me:sec/ret@host/runs", "postgres://…"],
  ["file:.data/graphwright.db", "file:.data/graphwright.db"],
])("shows %s as %s", (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});

it.each([
  ["EACCES", /may not be written; change the permissions/],
  ["ENOTDIR", /a part of its path is a file/],
  ["EROFS", /read-only/],
  ["ENOSPC", /disk is full/],
  ["SQLITE_FULL", /disk is full/],
  ["SQLITE_READONLY_DBMOVED", /read-only/],
  ["SQLITE_CANTOPEN", /cannot be opened; check that the path/],
  ["SQLITE_NOTADB", /not a SQLite database/],
  ["SQLITE_CORRUPT_VTAB", /corrupted; restore it/],
  ["SQLITE_BUSY_SNAPSHOT", /another process keeps it locked/],
  ["ECONNREFUSED", /no server answers/],
  ["ENOTFOUND", /host is not known/],
  ["28P01", /correct the user and the password/],
  ["3D000", /no database of that name/],
  ["42501", /lacks a privilege/],
  ["53300", /no connection left/],
  ["57P01", /try again/],
])("says what %s means and what to do, in one sentence", (code, meaning) => {
  const cause = Object.assign(new Error("as the driver says it"), { code });
  const failure = storageFailure("postgres://me:secret@host/runs", cause);
  expect(failure).toMatchObject({ code: "STORAGE", cause });
  expect(failure.message).toMatch(meaning);
  expect(failure.message).toMatch(/^The database postgres:\/\/me@host\/runs cannot be used: [^.]*\.$/);
});

it.each([
  ["timeout expired", /does not answer/],
  ["SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", /asks for a password/],
  ["something new.", /cannot be used: something new\.$/],
])("explains a driver's error without a code: %s", (message, meaning) => {
  expect(storageFailure("memory:", new Error(message)).message).toMatch(meaning);
});

it("passes Graphwright's own errors unchanged", () => {
  const busy = new ThreadError("thread", "busy", "taken");
  expect(storageFailure("memory:", busy)).toBe(busy);
});

it.each([
  ["a driver's error", Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" })],
  ["a server's error", Object.assign(new Error("terminating connection"), { code: "57P01" })],
  ["a socket's error", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
  ["a broken connection", new Error("Connection terminated unexpectedly")],
  ["a closed connection", new TypeError("The database connection is not open")],
])("takes %s for the database's", (_, cause) => {
  expect(failureInUse("memory:", cause)).toMatchObject({ code: "STORAGE", cause });
});

it.each([
  ["a saver's complaint about its config", new Error('Missing "thread_id" field.')],
  ["a wrong argument", Object.assign(new TypeError("a string"), { code: "ERR_INVALID_ARG_TYPE" })],
  ["a row that is not JSON", new SyntaxError("Unexpected token")],
])("does not take %s for the database's", (_, cause) => {
  expect(failureInUse("memory:", cause)).toBe(cause);
});
