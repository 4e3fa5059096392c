import type { PendingInterrupt } from "../outcomes/run-result.ts";
import type { Spend } from "../outcomes/spend.ts";
import type { RunRecord } from "../storage/ledger.ts";
import type { AnyGraph } from "./graph.ts";
import { checkThread, type RunOptions } from "./options.ts";
import { partialOf } from "./partial.ts";
import { storageOf, threadState } from "./run.ts";
import { isUnfinished, questionsOf } from "./thread.ts";

/** A thread as it stands, without running it. */
export interface ThreadView {
  threadId: string;
  /** The newest run, its status, input and budget; null if the ledger does not know one. */
  run: RunRecord | null;
  /** Whether there is something to resume. */
  unfinished: boolean;
  /** The nodes that come next. */
  next: string[];
  interrupts: PendingInterrupt[];
  /** The state's channels. */
  values: Record<string, unknown>;
  partial: string | null;
  spend: Spend | null;
  path: string[];
}

/**
 * Looks at a thread; undefined if there is none of that id. Takes no lock and writes nothing.
 *
 * @throws UsageError for a thread's id that cannot be
 */
export async function inspect(
  graph: AnyGraph,
  options: { thread: string } & Pick<RunOptions, "checkpointer" | "ledger" | "store">,
): Promise<ThreadView | undefined> {
  checkThread(options.thread);
  const stored = storageOf(graph, options);
  const thread = await threadState(stored, options.thread);
  const { latest, snapshot } = thread;
  if (!latest && snapshot.createdAt === undefined) return undefined;
  const values: Record<string, unknown> = snapshot.values ?? {};
  const path = latest ? await stored.ledger.path(latest.runId) : [];
  return {
    threadId: options.thread,
    run: latest ?? null,
    unfinished: isUnfinished(thread),
    next: snapshot.next,
    interrupts: questionsOf(thread),
    values,
    partial: await partialOf(stored, { threadId: options.thread, values, path }),
    spend: latest ? await stored.ledger.spent(latest.runId) : null,
    path,
  };
}
