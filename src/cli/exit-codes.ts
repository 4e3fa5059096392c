import type { RunResult, RunStatus } from "../outcomes/run-result.ts";
import type { Terminal } from "./main.ts";

/** The exit code of each way in which a run ends. */
export const EXIT_CODES: Record<RunStatus, number> = {
  done: 0,
  failed: 1,
  needs_human: 3,
  budget_exhausted: 4,
  stalled: 5,
  cancelled: 130,
};
const DRAINED = 143;

/** The exit code of a run. */
export function exitCodeOf({ status }: RunResult, { drain }: Pick<Terminal, "drain">): number {
  return status === "cancelled" && drain.aborted ? DRAINED : EXIT_CODES[status];
}

/**
 * The exit code of several runs: 0 where each is done. Where one was stopped, the code of that; else the lowest
 * of the others, so that a failure comes before a question, and a question before a spent budget.
 */
export function exitCodeOfAll(results: readonly RunResult[], terminal: Pick<Terminal, "drain">): number {
  const codes = results.map((result) => exitCodeOf(result, terminal)).filter((code) => code !== 0);
  const stopped = codes.find((code) => code > EXIT_CODES.stalled);
  return stopped ?? codes.sort((one, other) => one - other)[0] ?? EXIT_CODES.done;
}
