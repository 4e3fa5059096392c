/** One file of a sandbox, by its relative path: `src/sum.js`. */
export interface SandboxFile {
  path: string;
  text: string;
}

/** What a worker is given to do. */
export interface SandboxJob {
  kind: "code" | "tests";
  files: readonly SandboxFile[];
  /** The paths of the files that are loaded first, in this order. */
  entries: readonly string[];
  timeoutMs: number;
  memoryMb: number;
  /** The longest output, in characters. */
  maxOutput: number;
}

/** What a run has thrown. */
export interface Thrown {
  name: string;
  message: string;
  /** Where, in the lines of the given files. */
  stack: string;
}

/** How the code of a job came to its end inside the sandbox. */
export type JobEnd = "ok" | "threw" | "unsettled" | "timed_out" | "out_of_memory";

/** What a worker tells, while it works: what it has told is known even where it has to be killed. */
export type SandboxMessage =
  /** The engine stands, and the code is about to run. */
  | { kind: "ready" }
  | { kind: "output"; text: string }
  | { kind: "cut" }
  | { kind: "registered"; name: string }
  | { kind: "begun"; name: string }
  | { kind: "tested"; name: string; problem: string | undefined }
  | { kind: "ended"; end: JobEnd; thrown: Thrown | undefined; json: string | undefined };
