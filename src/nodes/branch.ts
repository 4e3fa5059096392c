import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { messageOf } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Missing, Outcome, Policy, Shortfall } from "../outcomes/outcome.ts";
import { NOTHING_SPENT } from "../outcomes/spend.ts";
import { anyOf, deadlineIn, untilAborted } from "../resilience/abort.ts";
import { concernsTheRun, durably } from "../resilience/durable-call.ts";
import { currentScope, type Scope, scoped } from "../resilience/scope.ts";

/** The name of the LangGraph task that every branch is. */
export const BRANCH_TASK = "branch";

/** Whether the code that runs is a branch's: a stall does not suspend the run there; an approval is asked for all the same. */
export function isInBranch(): boolean {
  const { configurable }: LangGraphRunnableConfig = getConfig();
  return String(configurable?.["checkpoint_ns"]).includes(`|${BRANCH_TASK}:`);
}

/** One piece of parallel work. */
export interface Branch<Value> {
  /** Whose work it is; unique among the branches of a node. */
  who: string;
  work: (signal: AbortSignal) => Promise<Value>;
  /** How long it may take, its retries and its waits included; without it, as long as its calls may. */
  timeoutMs?: number | undefined;
  /** Awaited before the work begins, and no part of its time; a reason that it gives skips the work. */
  wait?: (() => Promise<string | undefined>) | undefined;
}

/**
 * Runs a piece of parallel work as a LangGraph task of its own: its outcome is durable once it has ended, and
 * so are the model and tool calls that it has made before. It throws for what concerns the whole run alone:
 * interrupts, misuse, a storage that fails, the run's own stop; and where a branch around it is cut off.
 *
 * Begin all branches of a node at once, in an order that only checkpointed facts decide.
 */
export async function branch<Value>(each: Branch<Value>, cancel?: AbortSignal): Promise<Outcome<Value>> {
  const around = currentScope();
  let isKept = true;
  const { outcome, low } = await durably(BRANCH_TASK, each.who, () => {
    isKept = false;
    return inTurn(each, cancel);
  });
  if (isKept && outcome.spend.calls > 0) around?.count(outcome.spend, low);
  return outcome;
}

/**
 * Runs pieces of work side by side, and gives the outcome of each, in their order. Under `first` the others
 * are cancelled as soon as enough have come.
 */
export async function parallel<Value>(
  branches: readonly Branch<Value>[],
  policy: Policy,
): Promise<Outcome<Value>[]> {
  const enough = new AbortController();
  let wanted = typeof policy === "object" && "first" in policy ? policy.first : Number.POSITIVE_INFINITY;
  const watched = async (each: Branch<Value>) => {
    const outcome = await branch(each, enough.signal);
    if (outcome.status === "ok" && --wanted === 0) enough.abort();
    return outcome;
  };
  return Promise.all(branches.map(watched));
}

/** What is kept of a branch: its outcome, and whether its last call left the run's budget nearly used up. */
interface Ended<Value> {
  outcome: Outcome<Value>;
  low: boolean;
}

async function inTurn<Value>(each: Branch<Value>, cancel: AbortSignal | undefined): Promise<Ended<Value>> {
  const why = await each.wait?.();
  return why === undefined ? ended(each, cancel) : { outcome: skipped(each.who, why), low: false };
}

function skipped(who: string, why: string): Missing {
  notify({ type: "branch_ended", who, status: "skipped", ms: 0, why });
  return { who, ms: 0, spend: NOTHING_SPENT, status: "skipped", why };
}

/** Does the work within its time, and says how it ended; throws where a branch around it is cut off. */
async function ended<Value>(each: Branch<Value>, cancel: AbortSignal | undefined): Promise<Ended<Value>> {
  const { who, timeoutMs } = each;
  const { signal: stop }: LangGraphRunnableConfig = getConfig();
  const within = currentScope()?.signal;
  const deadline = deadlineIn(timeoutMs);
  const signal = anyOf(stop, within, deadline.signal, cancel);
  notify({ type: "branch_started", who });
  const end = async (scope: Scope) => {
    const outcome = await outcomeOf(each, scope, { signal, within, deadline: deadline.signal, cancel });
    const why = outcome.status === "ok" ? {} : { why: outcome.why };
    notify({ type: "branch_ended", who, status: outcome.status, ms: outcome.ms, ...why });
    return { outcome, low: scope.low };
  };
  return scoped(end, signal).finally(deadline.clear);
}

/** What cuts a branch off: `signal` is all of it together. */
interface CutOff {
  signal: AbortSignal;
  within: AbortSignal | undefined;
  deadline: AbortSignal;
  cancel: AbortSignal | undefined;
}

async function outcomeOf<Value>(
  { who, work, timeoutMs }: Branch<Value>,
  scope: Scope,
  { signal, within, deadline, cancel }: CutOff,
): Promise<Outcome<Value>> {
  const begun = Date.now();
  const facts = () => ({ who, ms: Date.now() - begun, spend: scope.spend });
  const without = (status: Shortfall, why: string) => ({ ...facts(), status, why });
  const isBy = (by: AbortSignal | undefined) => by?.aborted && by.reason === signal.reason;
  try {
    const value = await untilCutOff(() => work(signal), signal);
    return { ...facts(), status: "ok", value };
  } catch (error) {
    if (within?.aborted || concernsTheRun(error)) throw error;
    if (isBy(deadline)) return without("timed_out", `no answer within ${(timeoutMs ?? 0) / 1000} s`);
    if (isBy(cancel)) return without("cancelled", "enough others had come first");
    return without("failed", reasonOf(error));
  }
}

/** How long work that is cut off may take to count what its calls have spent. */
const SETTLING_MS = 500;

/** The same as `untilAborted`; but work that heeds its signal is waited for, unless the run itself is stopped. */
async function untilCutOff<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  let working: Promise<Value> | undefined;
  const begin = () => {
    working = work();
    return working;
  };
  try {
    return await untilAborted(begin, signal);
  } catch (error) {
    if (concernsTheRun(error)) throw error;
    const late = deadlineIn(SETTLING_MS);
    await untilAborted(async () => working, late.signal).catch(() => {});
    late.clear();
    throw error;
  }
}

const LONGEST_REASON = 300;

/** Why work failed, in one line: it goes into prompts, where it must not look like anything else. */
const reasonOf = (error: unknown) =>
  messageOf(error).replace(/\s+/g, " ").trim().slice(0, LONGEST_REASON) || "no reason was given";
