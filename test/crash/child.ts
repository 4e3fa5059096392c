import { spawn } from "node:child_process";
import pg from "pg";
import { vi } from "vitest";
import { program } from "../programs/program.ts";
import type { Place } from "../workflows/place.ts";
import type { Kill } from "./kills.ts";

/** What the killed process is told. */
export interface Task {
  row: string;
  /** The address of its storage. */
  url: string;
  place: Place;
  kill: Kill;
}

/** A process that runs a task. */
export interface Child {
  kill(): void;
  /**
   * Resolves when SIGKILL has ended it, and its server has done the last that it was sent; rejects where it
   * ended otherwise.
   */
  killed: Promise<void>;
}

/** Starts a process that runs a task. */
export function startTask(task: Task): Child {
  const { url, place } = task;
  const child = spawn(process.execPath, [program("killed-run"), JSON.stringify(task)], {
    cwd: place.documents,
    env: { PATH: process.env["PATH"], PGAPPNAME: place.thread },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (part) => {
    said += part;
  });
  const killed = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`The process was not killed; it ended with ${signal ?? code}. ${said}`));
    });
  });
  return { kill: () => child.kill("SIGKILL"), killed: killed.then(() => sessionsEnded(url, place.thread)) };
}

/** A Postgres server goes on with what a killed process has sent it: until then nobody can count what is kept. */
async function sessionsEnded(url: string, name: string): Promise<void> {
  if (!url.startsWith("postgres")) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sessions = "SELECT FROM pg_stat_activity WHERE application_name = $1";
  try {
    await vi.waitUntil(async () => (await client.query(sessions, [name])).rowCount === 0, {
      timeout: 20_000,
    });
  } finally {
    await client.end();
  }
}
