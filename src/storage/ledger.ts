import type { Admission, CallEstimate, RefusedBy } from "../outcomes/account.ts";
import type { AuditLog } from "../outcomes/audit.ts";
import type { EffectLog } from "../outcomes/effect.ts";
import type { RunStatus } from "../outcomes/run-result.ts";
import type { Budget, Spend, Usage } from "../outcomes/spend.ts";

/** A run described by data alone, so that another process can take it up. */
export interface RunRecord {
  runId: string;
  threadId: string;
  /** The graph's name. */
  graph: string;
  /** The input as it was given; JSON. */
  input: unknown;
  /** The models that were named in place of the settings': one name as it is, several as JSON; null where none is named. */
  model: string | null;
  budget: Budget;
  /** `running` is also what a killed process leaves behind. */
  status: RunStatus | "running";
  /** Active milliseconds of the run, its earlier resumes included. */
  ms: number;
  /** ISO 8601. */
  startedAt: string;
  /** The checkpoint that the thread stood at when the run began; null on a new thread. */
  startedAfter: string | null;
}

/** What may change of a run; what is absent stays. */
export type RunChanges = Partial<Pick<RunRecord, "status" | "budget" | "ms">> & { model?: string };

/**
 * The answer to a reservation. `wait` means that it would fit if calls that are still open turned
 * out cheaper than their reservations: ask again when one of them is settled.
 */
export type Granted = Admission | { wait: true } | { refused: RefusedBy };

/** A thread that is held. */
export interface ThreadLock {
  /** Lets the thread go; may be called twice, and after the lock was lost. */
  release(): Promise<void>;
  /** Aborted, with a `StorageError` as its reason, if the lock is lost while it is held. */
  lost: AbortSignal;
}

/**
 * What runs leave in durable storage beside their checkpoints: who they are, what they spent, which
 * nodes ended, which acts on the outside world were begun and done; the audit log of all runs; and the lock of
 * each thread.
 *
 * Every implementation passes `test/contracts/ledger.ts`.
 */
export interface Ledger extends EffectLog, AuditLog {
  /**
   * Takes the thread's lock, or throws a `ThreadError` ("busy") at once. The lock dies with the
   * process that holds it, never by time; where it can be lost before, its holder is told by `lost`.
   */
  lock(threadId: string): Promise<ThreadLock>;

  /** Records a new run. */
  begin(run: RunRecord): Promise<void>;
  /** The thread's newest run. */
  latest(threadId: string): Promise<RunRecord | undefined>;
  /** Changes what may change of a run. */
  update(runId: string, changes: RunChanges): Promise<void>;

  /** Sets a call's cost aside, atomically over all processes that share the ledger. */
  reserve(runId: string, reservation: CallEstimate): Promise<Granted>;
  /**
   * Replaces a call's reservation by what it used, once; a second time changes nothing. Gives what the settled
   * calls of the call's run have spent, without those that are open; nothing where the call is not known.
   */
  settle(callId: string, usage: Usage): Promise<Spend>;
  /** Settles what a killed process left open, each at its full reservation and as estimated. */
  settleOpen(runId: string): Promise<void>;
  /** What the run has spent: settled calls, and open ones at their reservation. */
  spent(runId: string): Promise<Spend>;

  /**
   * Records that a node ended, and the run's active time by then. The same `taskId` again (a node that ran
   * twice) replaces the earlier end.
   */
  nodeEnded(runId: string, taskId: string, node: string, ms: number): Promise<void>;
  /** The nodes in the order in which they ended. */
  path(runId: string): Promise<string[]>;

  close(): Promise<void>;
}
