import { randomUUID } from "node:crypto";
import { afterAll, expect } from "vitest";
import { renewAccount } from "../../src/resilience/bare-account.ts";

/** What the test files of one process share, and therefore leave as they found it. */
const shared = () =>
  new Map<string, unknown>(
    Object.entries({
      ...process.env,
      ...console,
      cwd: process.cwd(),
      emitWarning: process.emitWarning,
      random: Math.random,
      Date,
      fetch,
      setImmediate,
      setInterval,
      setTimeout,
    }),
  );

// A graph that is invoked without `run` has one account a process and thread.
renewAccount("t", randomUUID());

/** Before the file is loaded. */
const before = shared();

afterAll(() => {
  const now = shared();
  const names = [...new Set([...before.keys(), ...now.keys()])];
  expect(names.filter((name) => before.get(name) !== now.get(name))).toEqual([]);
});
