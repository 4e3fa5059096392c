import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { heavyTurns } from "./turns.ts";

/** A program that answers questions by `answerQuestions`. */
export interface KilledProgram {
  /** Where it stands, without the ending: sources and build alike. */
  main: URL;
  /** For its objects; what it takes beside them it watches itself. */
  heapMb: number;
  /** Whether a process that has answered may answer the next question too, if that comes soon. */
  reused: boolean;
}

/** What a process answered; or why it did not: killed by time, by its own watch over its memory, or broken. */
export type ProcessEnd<Answer> = { answer: Answer } | { stopped: "time" | "memory" | "broken"; why: string };

interface Asking {
  /** From when the process is asked; what it waited for its turn does not count. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** How long a process waits for the next question. */
const IDLE_MS = 2_000;

/** Processes that wait for a question, by their program; one of each. */
const idle = new Map<string, ChildProcess>();

/**
 * Asks a process of its own, which is killed when the time is over or an abort comes: nothing else ends work that
 * never comes back to its event loop.
 *
 * @throws the signal's reason
 */
export function askProcess<Answer>(
  program: KilledProgram,
  question: object,
  { timeoutMs, signal }: Asking,
): Promise<ProcessEnd<Answer>> {
  return heavyTurns.take(() => answerOf<Answer>(program, question, { timeoutMs, signal }), signal);
}

function answerOf<Answer>(
  program: KilledProgram,
  question: object,
  { timeoutMs, signal }: Asking,
): Promise<ProcessEnd<Answer>> {
  return new Promise((resolve, reject) => {
    const child = waiting(program) ?? started(program);
    const leave = (settle: () => void, reused = false) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      child.off("message", answered).off("error", broken).off("exit", ended);
      if (reused) keep(program, child);
      else child.kill("SIGKILL");
      settle();
    };
    const stop = (stopped: "time" | "memory" | "broken", why: string) =>
      leave(() => resolve({ stopped, why }));
    const aborted = () => leave(() => reject(signal?.reason));
    const answered = (answer: unknown) => leave(() => resolve({ answer: answer as Answer }), program.reused);
    const broken = (error: Error) => stop("broken", error.message);
    const ended = (code: number | null) =>
      code === null ? stop("memory", "it was killed") : stop("broken", `it ended with the code ${code}`);
    const timer = setTimeout(() => stop("time", `${timeoutMs} ms are over`), timeoutMs);
    signal?.addEventListener("abort", aborted, { once: true });
    child.on("message", answered).on("error", broken).on("exit", ended);
    // A process that could not be started says so by its own event.
    child.send(question, () => {});
  });
}

function waiting({ main }: KilledProgram): ChildProcess | undefined {
  const child = idle.get(main.href);
  idle.delete(main.href);
  child?.ref();
  child?.channel?.ref();
  return child;
}

/** Lets a process wait for the next question, without keeping this one from its end. */
function keep({ main }: KilledProgram, child: ChildProcess): void {
  if (idle.has(main.href) || !child.connected) {
    child.kill("SIGKILL");
    return;
  }
  idle.set(main.href, child);
  child.unref();
  child.channel?.unref();
  const forget = () => {
    if (idle.get(main.href) === child) idle.delete(main.href);
  };
  child.once("exit", forget);
  setTimeout(() => {
    if (idle.get(main.href) !== child) return;
    forget();
    child.kill("SIGKILL");
  }, IDLE_MS).unref();
}

/** From the sources, it needs the loader that runs them. The environment, with its secrets, is not passed on. */
function started({ main, heapMb }: KilledProgram): ChildProcess {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const loader = ending === "ts" ? ["--import", createRequire(import.meta.url).resolve("tsx")] : [];
  const child = fork(`${fileURLToPath(main)}.${ending}`, {
    execArgv: [`--max-old-space-size=${heapMb}`, ...loader],
    env: {},
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // Where nobody listens, the event would end this process.
  return child.on("error", () => {});
}
