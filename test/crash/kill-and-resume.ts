import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type AnyGraph, nameOf } from "../../src/runtime/graph.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { openStorage } from "../../src/storage/open.ts";
import {
  type Answer,
  calls,
  type Endpoint,
  type EndpointRequest,
  hang,
  promptOf,
  startEndpoint,
  writerAnswers,
} from "../endpoint/server.ts";
import { createDatabase } from "../storage/databases.ts";

/** When the process is killed: when its n-th request has arrived, or when it has got that one's whole answer. */
export interface Kill {
  n: number;
  when: "before" | "after";
}

/** Where the run is kept: a file, or a database of its own on the server of `DATABASE_URL`. */
export type StorageKind = "sqlite" | "postgres";

/** What is left of a run, whatever happened on the way. */
export interface Remains {
  status: string | undefined;
  values: unknown;
  path: string[];
  /** What the last process printed as the run's output. */
  printed: unknown;
  /** Requests over all processes. */
  requests: number;
}

const THREAD = "t";
const TASK = "Replay of the log after a crash";
const TSX = import.meta.resolve("tsx");
const COMMAND = fileURLToPath(new URL("../../scripts/run.ts", import.meta.url));
const DOCUMENTS: Record<string, string> = {
  "raft.md":
    "# Raft\n\n## Leaders\n\nThe leader is elected by a majority, and a new leader is elected after a crash.\n",
  "logs.md": "# Logs\n\n## Replay\n\nThe replay of the log gives the state before the crash.\n",
};

/**
 * Runs a workflow by the command line against an endpoint in this process; kills it with SIGKILL if
 * told so, and lets a new process go on.
 */
export async function remainsOf(graph: AnyGraph, kind: StorageKind, kill?: Kill): Promise<Remains> {
  const folder = folderWithDocuments();
  const database = kind === "postgres" ? await createDatabase() : undefined;
  const url = database?.url ?? `file:${join(folder, "runs.db")}`;
  let victim: Command | undefined;
  const answer = killing(
    kill,
    () => victim,
    (n) => endpoint.requests[n]?.outcome !== "open",
  );
  const endpoint: Endpoint = await startEndpoint({ answer });
  const storage = openStorage(url);
  try {
    const environment = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "none", DATABASE_URL: url };
    const start = (...args: string[]) =>
      command(folder, environment, [nameOf(graph), ...args, "--thread", THREAD]);
    victim = start(TASK);
    let last = await victim.ended;
    if (kill && last.code === null) last = await start("--resume").ended;
    const thread = await inspect(graph, { thread: THREAD, checkpointer: storage.checkpointer });
    return {
      status: thread?.run?.status,
      values: thread?.values,
      path: thread?.path ?? [],
      printed: last.printed,
      requests: endpoint.requests.length,
    };
  } finally {
    await endpoint.close();
    await storage.close();
    await database?.drop();
    rmSync(folder, { recursive: true });
  }
}

function folderWithDocuments(): string {
  const folder = mkdtempSync(join(tmpdir(), "graphwright-crash-"));
  mkdirSync(join(folder, "docs"));
  for (const [file, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, "docs", file), text);
  return folder;
}

interface Command {
  kill(): void;
  /** The code is null for a process that was killed. */
  ended: Promise<{ code: number | null; printed: unknown }>;
}

/** The command line in a process of its own, in a folder without a `.env`. */
function command(folder: string, environment: Record<string, string>, args: string[]): Command {
  const argv = ["--import", TSX, COMMAND, ...args, "--docs", join(folder, "docs"), "--output", "json"];
  const child = spawn(process.execPath, argv, {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const ended = new Promise<{ code: number | null; printed: unknown }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code) reject(new Error(`${args.join(" ")} ended with ${code}: ${err}`));
      else resolve({ code, printed: code === 0 ? JSON.parse(out).output : undefined });
    });
  });
  return { kill: () => child.kill("SIGKILL"), ended };
}

/** The answers to a whole run, of which one is the last that the process sees. */
function killing(
  kill: Kill | undefined,
  victim: () => Command | undefined,
  isAnswered: (n: number) => boolean,
): Answer {
  return (request) => {
    if (kill?.n !== request.n) return answers(request);
    if (kill.when === "before") {
      victim()?.kill();
      return hang();
    }
    void (async () => {
      while (!isAnswered(request.n)) await setImmediate();
      victim()?.kill();
    })();
    return answers(request);
  };
}

const NEXT = ["code", "research", "qa"];
const writer = writerAnswers({
  Decision: (request) => {
    const reports = promptOf(request.body).match(/<report /g)?.length ?? 0;
    const next = NEXT[reports] ?? "finish";
    return { next, instruction: `Do the part of ${next}.`, reason: `There are ${reports} reports.` };
  },
});

/** The same answer to the same request, whatever came before it. Who has tools searches twice at once, then answers. */
function answers(request: EndpointRequest) {
  const { tools = [], tool_choice: forced, messages } = request.body;
  const searched = messages.some(({ role }) => role === "tool");
  if (tools.length === 0 || forced || searched) return writer(request);
  return calls(
    { name: "search_documents", args: { query: "leader" } },
    { name: "search_documents", args: { query: "log replay crash" } },
  );
}
