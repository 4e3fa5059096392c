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

/** What is checkpointed of a call: its value, or that it failed; the hash of what was asked, and the task that did it if others may take it. */
type Kept<Value> = { hash: string; by?: string } & ({ value: Value } | { failed: string });

/** How a value may serve again, for the same work in another place: another node, run or thread. */
export interface Reuse<Value> {
  /** How long, in seconds. */
  seconds: number;
  /** What has to be the same beside the hash; the model that is asked, say. */
  key: string;
  /** Whether a value is fit for it; an error's message is not. */
  fits: (value: Value) => boolean;
}

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
  return (await kept(name, hash, work)).value;
}

/** The name of the LangGraph task of work whose value may come from a cache. */
export const CACHED_TASK = "cached";

/**
 * The same for work that others may have done: a value that was made elsewhere is `taken` from the graph's cache, if
 * it has one, by LangGraph's `cachePolicy`. To be called inside a task of its own, whose value says what came of it.
 */
export const cachedly = <Value>(
  hash: string,
  work: () => Promise<Value>,
  reuse: Reuse<Value>,
): Promise<{ value: Value; taken: boolean }> => kept(CACHED_TASK, hash, work, reuse);

async function kept<Value>(
  name: string,
  hash: string,
  work: () => Promise<Value>,
  reuse?: Reuse<Value>,
): Promise<{ value: Value; taken: boolean }> {
  letManyListen(getConfig());
  let thrown: { error: unknown } | undefined;
  const call = async (): Promise<Kept<Value>> => {
    const by = reuse && placeHere();
    try {
      return { hash, value: await work(), ...(by !== undefined && { by }) };
    } catch (error) {
      if (concernsTheRun(error)) throw error;
      thrown = { error };
      return { hash, failed: messageOf(error) };
    }
  };
  const here = placeHere();
  let options = reuse ? { name, cachePolicy: policyOf(hash, reuse) } : { name };
  for (;;) {
    const found = await task(options, call)();
    if (thrown) throw thrown.error;
    const taken = found.by !== undefined && !found.by.startsWith(`${here}|`);
    if (found.hash === hash && "value" in found && (!taken || reuse?.fits(found.value))) {
      return { value: found.value, taken };
    }
    // The cache would give the same again.
    options = { name };
  }
}

/**
 * LangGraph lets every task listen to the one signal of its node, and every graph below to the one of the whole
 * run: with more than ten, Node warns of a leak.
 */
function letManyListen({ signal, configurable }: LangGraphRunnableConfig): void {
  const { externalAbortSignal: outermost } = Object(configurable?.["__pregel_abort_signals"]);
  for (const each of [signal, outermost]) if (each instanceof AbortSignal) setMaxListeners(0, each);
}

/** The node or task that the code runs in; those below it begin with it, and `|`. */
function placeHere(): string {
  const { configurable }: LangGraphRunnableConfig = getConfig();
  return `${configurable?.["thread_id"]} ${configurable?.["checkpoint_ns"]}`;
}

const policyOf = (hash: string, { seconds, key }: Pick<Reuse<unknown>, "seconds" | "key">) => ({
  ttl: seconds,
  keyFunc: () => `${hash} ${key}`,
});

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
