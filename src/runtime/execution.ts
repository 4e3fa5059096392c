import { isGraphDrained, RunControl } from "@langchain/langgraph";
import { GraphwrightError, UsageError } from "../errors.ts";
import { answerOf } from "../outcomes/answer.ts";
import type { RunFailure, RunResult, RunStatus } from "../outcomes/run-result.ts";
import { LedgerAccount } from "../resilience/account.ts";
import { isBudgetQuestion } from "../resilience/admission.ts";
import type { Ledger, RunRecord } from "../storage/ledger.ts";
import { EventSequence, nodeTaskOf, noticeIn, type StreamChunk, tokenOf } from "./events.ts";
import { type AnyGraph, outputOf } from "./graph.ts";
import { BudgetRefusal, ForeignCallMeter, type MeteredCall } from "./meter.ts";
import type { RunOptions } from "./options.ts";
import { interruptsOf, isSince, isUnderWay, type Start } from "./thread.ts";

/** A graph with the storage of one run. */
export interface StoredGraph {
  graph: AnyGraph;
  ledger: Ledger;
}

/** One stretch of a run: from its start or resume to its end, its next question or its stop. */
export interface Execution {
  stored: StoredGraph;
  record: RunRecord;
  start: Start;
  options: RunOptions;
}

/** How the graph's stream came to its end. */
type Ending = "ended" | "cancelled" | "out_of_time" | { threw: unknown };

/** Runs a stretch and says what it came to. */
export async function execute(execution: Execution): Promise<RunResult> {
  const { stored, record, start, options } = execution;
  const begun = Date.now();
  const clock = () => record.ms + (Date.now() - begun);
  const events = new EventSequence(idsOf(record), options.onEvent);
  const resumed = start === "ended" || !start.fresh;
  events.tell({ type: "run_started", graph: record.graph, resumed, budget: record.budget });
  const ending = start === "ended" ? "ended" : await streamed(execution, start.input, events, clock);
  await stored.ledger.update(record.runId, { ms: clock() });
  const result = await concluded(execution, ending);
  await stored.ledger.update(record.runId, { status: result.status });
  for (const interrupt of result.interrupts) events.tell({ type: "interrupt", ...interrupt });
  const { status, spend, path, error } = result;
  events.tell({ type: "run_ended", status, spend, path, error });
  if (typeof ending === "object" && ending.threw instanceof UsageError) throw ending.threw;
  return result;
}

const idsOf = ({ threadId, runId }: RunRecord) => ({ threadId, runId });

async function streamed(
  execution: Execution,
  input: unknown,
  events: EventSequence,
  clock: () => number,
): Promise<Ending> {
  const { stored, record, options } = execution;
  const deadline = new AbortController();
  const left = record.budget.ms === undefined ? undefined : record.budget.ms - clock();
  if (left !== undefined && left <= 0) return "out_of_time";
  const timer =
    left === undefined ? undefined : setTimeout(() => deadline.abort(), Math.min(left, MAX_TIMER_MS));
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
  const control = new RunControl();
  const drain = () => control.requestDrain("drained");
  if (options.drain?.aborted) drain();
  options.drain?.addEventListener("abort", drain, { once: true });
  try {
    const config = { ...configOf(execution, events, clock, signal), control };
    for await (const chunk of await stored.graph.stream(input, config)) {
      await told(chunk as StreamChunk, execution, events, clock);
    }
    return stopOf(options, deadline) ?? "ended";
  } catch (threw) {
    return stopOf(options, deadline) ?? (isGraphDrained(threw) ? "cancelled" : { threw });
  } finally {
    clearTimeout(timer);
    options.drain?.removeEventListener("abort", drain);
  }
}

/** The longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function stopOf({ signal }: RunOptions, deadline: AbortController): Ending | undefined {
  if (signal?.aborted) return "cancelled";
  return deadline.signal.aborted ? "out_of_time" : undefined;
}

function configOf(
  { stored, record, options }: Execution,
  events: EventSequence,
  clock: () => number,
  signal: AbortSignal,
) {
  const account = new LedgerAccount(stored.ledger, record.runId);
  const spend = async (call: MeteredCall) => {
    const total = { ...(await stored.ledger.spent(record.runId)), ms: clock() };
    events.tell({ type: "spend", role: "", ...call, total });
  };
  const models = options.models ?? record.model ?? undefined;
  return {
    configurable: { thread_id: record.threadId },
    context: { account, ...(models && { models }), ...(options.tools && { tools: options.tools }) },
    callbacks: [new ForeignCallMeter(account, spend)],
    streamMode: ["tasks", "custom", ...(options.onEvent ? ["messages"] : [])],
    subgraphs: true,
    durability: "sync",
    signal,
  };
}

/** Records and tells what a chunk of the stream says. */
async function told(
  chunk: StreamChunk,
  { stored, record }: Execution,
  events: EventSequence,
  clock: () => number,
) {
  const { ledger } = stored;
  const task = nodeTaskOf(chunk);
  if (task) {
    const { taskId, node, ended, outermost } = task;
    if (!ended) return events.tell({ type: "node_started", taskId, node });
    if (outermost && ended === "ok") {
      await ledger.nodeEnded(record.runId, taskId, node);
      await ledger.update(record.runId, { ms: clock() });
    }
    return events.tell({ type: "node_ended", taskId, node, outcome: ended });
  }
  const heard = noticeIn(chunk);
  if (heard?.notice.type === "model_called") {
    const total = { ...(await ledger.spent(record.runId)), ms: clock() };
    return events.tell({ ...heard.notice, type: "spend", node: heard.node, total });
  }
  if (heard) return events.tell({ ...heard.notice, node: heard.node });
  const token = tokenOf(chunk);
  if (token) events.tell(token);
}

async function concluded({ stored, record }: Execution, ending: Ending): Promise<RunResult> {
  const { graph, ledger } = stored;
  const snapshot = await graph.getState(
    { configurable: { thread_id: record.threadId } },
    { subgraphs: true },
  );
  const path = await ledger.path(record.runId);
  const interrupts = interruptsOf(snapshot, ending === "ended");
  const finished = !isUnderWay(snapshot) && (ending === "ended" || isSince(snapshot, record));
  const { status, error } = statusOf(ending, finished, interrupts);
  const values: Record<string, unknown> = snapshot.values ?? {};
  return {
    status,
    output: status === "done" ? (outputOf(graph, values) as Record<string, unknown>) : null,
    partial: (path.length > 0 && answerOf(graph)?.(values)) || null,
    interrupts: interrupts.filter(({ value }) => !isBudgetQuestion(value)),
    error,
    threadId: record.threadId,
    spend: await ledger.spent(record.runId),
    path,
  };
}

/** A stop that came when all was done changes nothing. */
function statusOf(
  ending: Ending,
  finished: boolean,
  interrupts: { value: unknown }[],
): { status: RunStatus; error: RunFailure | null } {
  if (finished && typeof ending === "string") return { status: "done", error: null };
  if (ending === "cancelled") return { status: "cancelled", error: null };
  if (ending === "out_of_time") return { status: "budget_exhausted", error: OUT_OF_TIME };
  if (ending !== "ended") {
    const status = ending.threw instanceof BudgetRefusal ? "budget_exhausted" : "failed";
    return { status, error: failureOf(ending.threw) };
  }
  const refused = interrupts.map(({ value }) => value).find(isBudgetQuestion);
  if (refused) return { status: "budget_exhausted", error: { code: "BUDGET", message: refused.message } };
  return { status: "needs_human", error: null };
}

const OUT_OF_TIME: RunFailure = {
  code: "BUDGET",
  message: "The run's budget of time is spent; resume it with a higher cap to go on.",
};

/** A failure as data. */
export function failureOf(error: unknown): RunFailure {
  const code = error instanceof GraphwrightError ? error.code : "UNEXPECTED";
  return { code, message: error instanceof Error ? error.message : String(error) };
}
