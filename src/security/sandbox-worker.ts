import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { heavyTurns } from "../storage/turns.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";
import type { SandboxJob, SandboxMessage } from "./sandbox-protocol.ts";

/** How long a worker may take until its engine stands; longer only where the machine is out of its depth. */
const START_MS = 30_000;
/** How much longer than its time a job may take, to end by itself and to tell how. */
const GRACE_MS = 1_000;
/** Plain JavaScript in the sources too, so that a worker needs no loader. */
const SCRIPT = new URL("./sandbox/worker.js", import.meta.url);

/** The engine, compiled once for all workers: that is most of what a start costs. */
const engine = onceLoaded(async () => {
  const path = createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  const bytes = await readFile(path);
  return Reflect.get(globalThis, "WebAssembly").compile(bytes);
});

/** How the work of a worker ended, and when: by itself, killed because its time was over, or because it died. */
export type WorkerEnd = { at: number } & (
  | { how: "ended" }
  | { how: "killed" }
  | { how: "died"; reason: string; full: boolean }
);

/** What goes on beside the job. */
export interface Hearing {
  hear: (message: SandboxMessage) => void;
  signal?: AbortSignal | undefined;
  script?: URL;
}

/**
 * Does a job in a worker of its own, which is gone when this settles, whatever its code does.
 *
 * The worker has no environment, no arguments and no standard streams of this process, and bounded memory. Few
 * run at once: the job's time begins when it is its turn.
 *
 * @throws the signal's reason
 */
export function inWorker(job: SandboxJob, hearing: Hearing): Promise<WorkerEnd> {
  return heavyTurns.take(() => inOwnWorker(job, hearing), hearing.signal);
}

async function inOwnWorker(job: SandboxJob, { hear, signal, script = SCRIPT }: Hearing) {
  const compiled = await engine();
  signal?.throwIfAborted();
  const worker = new Worker(script, {
    workerData: { job, compiled },
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 64 },
  });
  try {
    return await endOf(worker, job, { hear, signal });
  } finally {
    await worker.terminate();
  }
}

function endOf(worker: Worker, { timeoutMs }: SandboxJob, { hear, signal }: Hearing): Promise<WorkerEnd> {
  const listening = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<WorkerEnd>((resolve, reject) => {
    const at = () => performance.now();
    const died = (reason: string, full = false) => resolve({ how: "died", reason, full, at: at() });
    timer = setTimeout(() => died(`it did not start within ${START_MS / 1000} s`), START_MS);
    worker.on("message", (message: SandboxMessage) => {
      if (listening.signal.aborted) return;
      hear(message);
      if (message.kind === "ended") resolve({ how: "ended", at: at() });
      if (message.kind !== "ready") return;
      clearTimeout(timer);
      timer = setTimeout(() => resolve({ how: "killed", at: at() }), timeoutMs + GRACE_MS);
    });
    worker.once("error", (error: NodeJS.ErrnoException) =>
      died(error.message, error.code === "ERR_WORKER_OUT_OF_MEMORY"),
    );
    worker.once("exit", (code) => died(`it ended with the code ${code}`));
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: listening.signal });
  });
  return end.finally(() => {
    clearTimeout(timer);
    listening.abort();
  });
}
