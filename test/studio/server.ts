import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@langchain/langgraph-sdk";
import { freePort } from "../package/free-port.ts";

/** Studio's server, as `npm run studio` starts it, in a copy of this repository. */
export interface Studio {
  client: Client;
  /** The copy, in which the server writes what it writes. */
  folder: string;
  /** Ends the server with all of its processes, and removes the copy. */
  close: () => Promise<void>;
}

/** What the server needs of the repository; the documents are the test's own. */
const COPIED = ["package.json", "langgraph.json", "tsconfig.json", ".gitignore", "src", "graphs", "scripts"];

/**
 * Starts the server on a free port and without any setting, with `documents` (file → text) as the docs.
 *
 * @throws Error with what the server has printed if it ends before it answers
 */
export async function startStudio(documents: Readonly<Record<string, string>>): Promise<Studio> {
  const folder = mkdtempSync(path.join(tmpdir(), "graphwright-studio-"));
  for (const each of COPIED) cpSync(each, path.join(folder, each), { recursive: true });
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "docs"));
  for (const [file, text] of Object.entries(documents)) writeFileSync(path.join(folder, "docs", file), text);
  const port = await freePort();
  const server = spawn("npm", ["run", "studio", "--", "--port", String(port)], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: folder, npm_config_update_notifier: "false" },
  });
  const close = async () => {
    await ended(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(`http://localhost:${port}/info`, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { client: new Client({ apiUrl: `http://localhost:${port}`, apiKey: null }), folder, close };
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  let printed = "";
  for (const output of [server.stdout, server.stderr]) {
    output?.on("data", (text) => {
      printed += text;
    });
  }
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    if (hasEnded(server)) throw new Error(`Studio's server ended before it answered:\n${printed}`);
    await sleep(100);
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** npm, the command line and the server itself are one process group. */
async function ended(server: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => server.once("exit", resolve));
  const { pid } = server;
  if (pid === undefined) return;
  const wasRunning = !hasEnded(server);
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
  if (wasRunning) await exit;
}
