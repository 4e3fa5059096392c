import type { StructuredToolInterface } from "@langchain/core/tools";
import type { BaseCheckpointSaver, BaseStore } from "@langchain/langgraph";
import type { z } from "zod";
import { UsageError } from "../errors.ts";
import type { RunEvent } from "../events/events.ts";
import { Budget } from "../outcomes/spend.ts";
import { defineRole, type Role } from "../roles/role.ts";
import { visible } from "../security/text.ts";
import type { Models } from "../state/context.ts";
import { misfitOf } from "../state/misfit.ts";
import type { Ledger } from "../storage/ledger.ts";

/** How a graph is run. Everything absent comes from the settings, or from the run that is resumed. */
export interface RunOptions {
  /** The thread to run on; without it a new one. */
  thread?: string | undefined;
  /**
   * Goes on with the thread's unfinished run. `true` just goes on, after a crash, a failure, a stop or a spent
   * budget; it answers no question, and is refused where one waits. Any other value is the answer to the one
   * question that waits. `{ [id]: answer }` answers one or several by their ids, also with `true`.
   */
  resume?: unknown;
  /** Caps of the whole run; on resume, those given replace the earlier ones. */
  budget?: Budget | undefined;
  /** A run remembers a choice of names alone; on resume, the choice that is given replaces the earlier one. */
  models?: Models | undefined;
  /** Take the place of a graph's own tools of the same name; a role whose grants name others of them may call these. */
  tools?: readonly StructuredToolInterface[] | undefined;
  /** Take the place of the agents' own roles of the same name. A run does not remember them: give them on resume too. */
  roles?: readonly z.input<typeof Role>[] | undefined;
  /** Takes the place of the graph's own. */
  checkpointer?: BaseCheckpointSaver | undefined;
  store?: BaseStore | undefined;
  /** Takes the place of the one beside the checkpointer. */
  ledger?: Ledger | undefined;
  /** Cancels the run: its calls are stopped at once, and it can be resumed. */
  signal?: AbortSignal | undefined;
  /** Drains the run: the step that runs is finished and kept, then it ends as cancelled and can be resumed. */
  drain?: AbortSignal | undefined;
  /**
   * Called with each event, in order, while the run goes on. An error that it throws is reported once, as a
   * warning of the process; the run goes on, and it is not called again.
   */
  onEvent?: ((event: RunEvent) => void) | undefined;
}

/**
 * Checks what can be checked before anything is written.
 *
 * @throws UsageError for a thread's id, a budget or a role that cannot be
 */
export function checkOptions({ budget, thread, roles = [] }: RunOptions): void {
  for (const role of roles) defineRole(role);
  if (thread !== undefined) checkThread(thread);
  const caps = Budget.safeParse(budget ?? {});
  if (!caps.success) {
    throw new UsageError("BAD_BUDGET", `The budget cannot be used: ${misfitOf(caps.error)}`);
  }
}

/** The longest id of a thread, in characters. */
const MAX_THREAD = 200;

/**
 * Checks the id of a thread, which stands in keys, file names, logs and on terminals.
 *
 * @throws UsageError "BAD_THREAD"
 */
export function checkThread(thread: string): void {
  const bad = (reason: string) => new UsageError("BAD_THREAD", `The thread's id ${reason}.`);
  if (!thread.trim()) throw bad("is empty");
  if (thread.length > MAX_THREAD) {
    throw bad(`has ${thread.length} characters, and at most ${MAX_THREAD} are taken`);
  }
  if (/[\t\n]/.test(thread) || visible(thread) !== thread) {
    throw bad(`holds characters that are not seen: ${JSON.stringify(visible(thread))} is what is left of it`);
  }
}

/** Caps without those that are given as undefined, which would lift the ones that they stand for. */
export const givenCaps = (budget: Budget | undefined): Budget =>
  Object.fromEntries(Object.entries(budget ?? {}).filter(([, cap]) => cap !== undefined));
