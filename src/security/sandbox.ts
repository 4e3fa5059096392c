import { z } from "zod";
import { limitsOf, problemOfFiles, type SandboxOptions } from "./sandbox-limits.ts";
import type { JobEnd, SandboxFile, SandboxJob, SandboxMessage, Thrown } from "./sandbox-protocol.ts";
import { inWorker, type WorkerEnd } from "./sandbox-worker.ts";

/** What the code of a sandbox has thrown, and where in the lines of the given files. */
export const SandboxError = z.strictObject({ name: z.string(), message: z.string(), stack: z.string() });
export type SandboxError = z.infer<typeof SandboxError>;

/** Why code came to no good end in the sandbox. */
export const SandboxFault = z.enum([
  "threw",
  "unsettled",
  "timed_out",
  "out_of_memory",
  "refused",
  "crashed",
]);
export type SandboxFault = z.infer<typeof SandboxFault>;

/** What running code in the sandbox gave. */
export const CodeRun = z.strictObject({
  status: z
    .enum(["ok", ...SandboxFault.options])
    .describe(
      "unsettled: it waits for a promise that nothing settles. refused: it was not run. crashed: the engine died.",
    ),
  output: z.string().describe("What it printed."),
  cut: z.boolean().describe("Whether output or value were longer than allowed, and are not whole."),
  value: z.json().optional().describe("The default export of the file that was run, as JSON."),
  error: SandboxError.optional(),
  ms: z.number().describe("How long the code ran."),
});
export type CodeRun = z.infer<typeof CodeRun>;

/** Code for the sandbox: a text, or one of the files; it can import the files by relative path. */
export type SandboxCode =
  | { code: string; files?: readonly SandboxFile[] | undefined }
  | { entry: string; files: readonly SandboxFile[] };

/** What a text of code is called in the stacks of its errors. */
export const CODE_FILE = "main.js";

/**
 * Runs JavaScript with no way out: no network, no file but the given ones, no module of Node, nothing of this
 * process. Its timers do not wait: the sandbox's clock is set forward when nothing else is to be done.
 *
 * Whatever the code does is a status, not an error; the event loop is not blocked, and the thread that ran it
 * is gone at the end.
 *
 * @throws UsageError for limits that cannot be kept, and the signal's reason
 */
export async function runInSandbox(what: SandboxCode, options: SandboxOptions = {}): Promise<CodeRun> {
  const entry = "code" in what ? CODE_FILE : what.entry;
  const given = what.files ?? [];
  const files = "code" in what ? [...given, { path: entry, text: what.code }] : given;
  const missing = files.some(({ path }) => path === entry) ? undefined : `There is no file ${entry} to run.`;
  const job = await jobEnd({ kind: "code", files, entries: [entry] }, options, missing);
  const { output, cut, json, ms, thrown, end } = job;
  const value = json === undefined ? undefined : plain(json);
  return {
    status: end,
    output,
    cut: cut || (json !== undefined && value === undefined),
    ...(value !== undefined && { value }),
    ...(thrown && { error: thrown }),
    ms,
  };
}

/** What a JSON text says, without the key that sets prototypes where it is copied; undefined where it cannot be read. */
function plain(json: string): CodeRun["value"] {
  try {
    return JSON.parse(json, (key, value) => (key === "__proto__" ? undefined : value));
  } catch {
    return undefined;
  }
}

/** What is known of a job when it is over, however that came. */
export interface JobOutcome {
  end: JobEnd | "refused" | "crashed";
  thrown: Thrown | undefined;
  output: string;
  cut: boolean;
  json: string | undefined;
  ms: number;
}

/** Does a job in a thread of its own; `alsoHear` is told what else it says. */
export async function jobEnd(
  what: Pick<SandboxJob, "kind" | "files" | "entries">,
  options: SandboxOptions,
  missing: string | undefined,
  alsoHear: (message: SandboxMessage) => void = () => {},
): Promise<JobOutcome> {
  const limits = limitsOf(options);
  const outcome: JobOutcome = {
    end: "refused",
    thrown: undefined,
    output: "",
    cut: false,
    json: undefined,
    ms: 0,
  };
  const problem = problemOfFiles(what.files) ?? missing;
  if (problem) return { ...outcome, thrown: { name: "Refused", message: problem, stack: "" } };
  let begun: number | undefined;
  const hear = (message: SandboxMessage) => {
    if (message.kind === "ready") begun = performance.now();
    else if (message.kind === "output") outcome.output += message.text;
    else if (message.kind === "cut") outcome.cut = true;
    else if (message.kind === "ended") Object.assign(outcome, ended(message));
    else alsoHear(message);
  };
  const end = await inWorker({ ...what, ...limits }, { hear, signal: options.signal });
  const ms = begun === undefined ? 0 : Math.round(end.at - begun);
  return { ...outcome, ...untold(end), ms };
}

const ended = ({ end, thrown, json }: SandboxMessage & { kind: "ended" }) => ({ end, thrown, json });

/** What a worker that did not end by itself could not tell. */
function untold(end: WorkerEnd): Partial<JobOutcome> {
  if (end.how !== "died") return end.how === "killed" ? { end: "timed_out" } : {};
  if (end.full) return { end: "out_of_memory" };
  return {
    end: "crashed",
    thrown: { name: "Crash", message: `The sandbox died: ${end.reason}.`, stack: "" },
  };
}
