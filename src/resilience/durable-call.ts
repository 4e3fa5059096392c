import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import {
  getConfig,
  isGraphBubbleUp,
  isInvalidResume,
  type LangGraphRunnableConfig,
  task,
} from "@langchain/langgraph";
import { GraphwrightError, messageOf, StorageError, UsageError } from "../errors.ts";

/** What is checkpointed of a call: its value, or that it failed; and the hash of what was asked. */
type Kept<Value> = { hash: string } & ({ value: Value } | { failed: string });

/** The hash of what is asked, by its JSON. */
export const hashOf = (...asked: unknown[]): string =>
  createHash("sha256").update(JSON.stringify(asked)).digest("hex");

/**
 * Does work as a LangGraph task of its own: once it has ended, its value is checkpointed, and a resume takes
 * it from there instead of doing the work again. A value whose hash differs is passed over, and so is a
 * failure of an earlier stretch: that work is done anew.
 *
 * What the work throws is thrown after the task, not in it, for a task that throws ends its whole superstep
 * even if the caller catches; what concerns the run itself is thrown in the task.
 *
 * Tasks are matched by call order within their node or task, so calls must be begun in an order that only
 * checkpointed facts decide. Work that may fail and be gone on without belongs into a `branch`, whose outcome
 * is a value: a failure that is done anew moves the calls behind it on by one, and they are made anew as well.
 */
export async function durably<Value>(name: string, hash: string, work: () => Promise<Value>): Promise<Value> {
  const { signal }: LangGraphRunnableConfig = getConfig();
  // LangGraph lets every task listen to the one signal of its node: with more than ten, Node warns of a leak.
  if (signal) setMaxListeners(0, signal);
  let thrown: { error: unknown } | undefined;
  const call = task({ name }, async (): Promise<Kept<Value>> => {
    try {
      return { hash, value: await work() };
    } catch (error) {
      if (concernsTheRun(error)) throw error;
      thrown = { error };
      return { hash, failed: messageOf(error) };
    }
  });
  for (;;) {
    const kept = await call();
    if (thrown) throw thrown.error;
    if (kept.hash === hash && "value" in kept) return kept.value;
  }
}

/** The codes of a refused budget, and of acts of which nobody knows whether they were done. */
const OF_THE_RUN = ["BUDGET", "EFFECT_UNKNOWN", "EFFECT_RESULT"];

/**
 * Whether what was thrown ends or suspends the whole run, and is nothing that a branch could fail of:
 * an interrupt, an answer that does not fit one, a refusal of its budget, an effect in doubt, misuse, a storage that fails, the run's own stop.
 */
export function concernsTheRun(error: unknown): boolean {
  const { signal }: LangGraphRunnableConfig = getConfig();
  if (signal?.aborted || isGraphBubbleUp(error) || isInvalidResume(error)) return true;
  if (error instanceof GraphwrightError && OF_THE_RUN.includes(error.code)) return true;
  return error instanceof UsageError || error instanceof StorageError;
}
