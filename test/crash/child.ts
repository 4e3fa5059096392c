import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import pg from "pg";
import { vi } from "vitest";
import type { Kill } from "./kills.ts";
import type { Place } from "./to-its-end.ts";

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

/** The program of the processes that are killed. */
export interface Program {
  start(task: Task): Child;
  remove(): void;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Below the repository, so that packages with native code are found; ignored by Git. */
const BUNDLES = join(HERE, "../../.data");
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/** Bundles the program with its packages: it starts in a third of the time that loading them one by one takes. */
export async function buildProgram(): Promise<Program> {
  mkdirSync(BUNDLES, { recursive: true });
  const folder = mkdtempSync(join(BUNDLES, "crash-"));
  await build({
    entryPoints: [join(HERE, "child-main.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    external: ["better-sqlite3", "pg", "pg-native"],
    banner: { js: REQUIRE },
    logLevel: "warning",
  });
  // The sandbox's worker and what it loads are files of their own.
  cpSync(join(HERE, "../../src/security/sandbox"), join(folder, "sandbox"), { recursive: true });
  const main = join(folder, "child-main.mjs");
  return { start: (task) => start(main, task), remove: () => rmSync(folder, { recursive: true }) };
}

function start(main: string, task: Task): Child {
  const { url, place } = task;
  const child = spawn(process.execPath, [main, JSON.stringify(task)], {
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
