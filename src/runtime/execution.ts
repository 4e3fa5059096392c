import { randomUUID } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { Happening } from "../events/events.ts";
import type { Audit } from "../outcomes/audit.ts";
import type { Effects } from "../outcomes/effect.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import type { Cap, Spend } from "../outcomes/spend.ts";
import { LedgerAccount } from "../resilience/account.ts";
import { recorded } from "../security/audit.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { concluded, unknownEnd } from "./conclusion.ts";
import { EventSequence, type NodeTask, nodeTaskOf, noticeIn, type StreamChunk, tokenOf } from "./events.ts";
import type { StoredGraph } from "./graph.ts";
import { ForeignCallMeter, type MeteredCall } from "./meter.ts";
import { modelsOf } from "./models.ts";
import type { RunOptions } from "./options.ts";
import type { Restarts } from "./restarts.ts";
import { type Ending, Stops } from "./stops.ts";
import type { Answer, Start } from "./thread.ts";

/** How a stretch begins: anew, or on what was there before. */
export interface Beginning {
  stored: StoredGraph;
  record: RunRecord;
  start: Start;
  options: RunOptions;
  /** What the run has come to before this stretch. */
  before: { spend: Spend; path: string[] };
  /** Undefined where the run is new. */
  restarts: Restarts | undefined;
}

/** Runs a stretch, from its start or resume to its end, its next question or its stop, and says what it came to. */
export const execute = (beginning: Beginning, lost: AbortSignal): Promise<RunResult> =>
  new Execution(beginning).run(lost);

/** LangGraph's `maxConcurrency: 1` runs only the first of a superstep's tasks, and says nothing. */
const LEAST_CONCURRENCY = 2;

/** One stretch of a run. */
class Execution {
  readonly #beginning: Beginning;
  readonly #events: EventSequence;
  readonly #begun = Date.now();
  /** The last that is known, also when the storage no longer says it. */
  readonly #known: { spend: Spend; path: string[] };
  /** The caps of which was told that they are nearly used up. */
  readonly #low = new Set<Cap>();
  /** The tasks whose start is not told before their end. */
  readonly #restarted = new Map<string, NodeTask>();

  constructor(beginning: Beginning) {
    const { record, options, before } = beginning;
    const { threadId, runId } = record;
    this.#beginning = beginning;
    this.#events = new EventSequence({ threadId, runId }, options.onEvent);
    this.#known = { spend: before.spend, path: [...before.path] };
  }

  async run(lost: AbortSignal): Promise<RunResult> {
    const { record, start, before } = this.#beginning;
    const { graph, budget } = record;
    const resumed = start === "ended" || !start.fresh;
    this.#events.tell({ type: "run_started", graph, resumed, budget, spend: before.spend });
    const ending = start === "ended" ? "ended" : await this.#streamed(start, lost);
    const result = await this.#ended(ending, lost);
    for (const { id, value, schema } of result.interrupts) {
      this.#events.tell({ type: "interrupt", id, value, schema });
    }
    const { status, spend, path, error } = result;
    this.#events.tell({ type: "run_ended", status, spend, path, error });
    this.#events.close();
    if (typeof ending === "object" && ending.threw instanceof UsageError) throw ending.threw;
    return result;
  }

  /** Reads what the stretch came to, and records it while the thread is ours: later it may be another process's. */
  async #ended(ending: Ending, lost: AbortSignal): Promise<RunResult> {
    const { stored, record } = this.#beginning;
    const { ledger } = stored;
    try {
      if (!lost.aborted) await ledger.update(record.runId, { ms: this.#clock() });
      const result = await concluded(stored, record, ending);
      if (!lost.aborted) await ledger.update(record.runId, { status: result.status });
      return result;
    } catch (error) {
      const { spend, path } = this.#known;
      return unknownEnd(record.threadId, error, { spend: { ...spend, ms: this.#clock() }, path });
    }
  }

  /** The run's active time so far. */
  #clock(): number {
    return this.#beginning.record.ms + (Date.now() - this.#begun);
  }

  async #streamed({ input, answers }: Exclude<Start, "ended">, lost: AbortSignal): Promise<Ending> {
    const { stored, record, options } = this.#beginning;
    const cap = record.budget.ms;
    const stops = new Stops(options, lost, cap === undefined ? undefined : cap - this.#clock());
    const clock = () => this.#clock();
    const account = new LedgerAccount(stored.ledger, record.runId, { budget: record.budget, clock });
    const meter = new ForeignCallMeter(account, stops.signal, (call) => this.#metered(call));
    try {
      if (stops.ending("ended") === "out_of_time") return "out_of_time";
      await this.#answered(answers);
      const config = { ...this.#config(account, meter), control: stops.control, signal: stops.signal };
      for await (const chunk of await stored.graph.stream(input, config)) {
        await this.#heard(chunk as StreamChunk);
      }
      return stops.ending("ended");
    } catch (threw) {
      return stops.ending({ threw });
    } finally {
      stops.dispose();
      await meter.close();
    }
  }

  /** Where the run's audit entries go. */
  get #audit(): Audit {
    const { stored, record } = this.#beginning;
    return { log: stored.ledger, threadId: record.threadId, runId: record.runId };
  }

  /** Records what people have answered, before anything follows from it. */
  async #answered(answers: readonly Answer[]): Promise<void> {
    for (const { question, answer } of answers) {
      await recorded(this.#audit, {
        type: "answer",
        interrupt: question.id,
        question: question.value,
        answer,
      });
    }
  }

  #config(account: LedgerAccount, meter: ForeignCallMeter) {
    const { stored, record, options } = this.#beginning;
    const models = options.models ?? modelsOf(record);
    const effects: Effects = { log: stored.ledger, scope: record.runId, owner: randomUUID() };
    return {
      configurable: { thread_id: record.threadId },
      context: {
        account,
        effects,
        audit: this.#audit,
        ...(models && { models }),
        ...(options.tools && { tools: options.tools }),
        ...(options.roles && { roles: options.roles }),
      },
      callbacks: [meter],
      streamMode: ["tasks", "custom", ...(options.onEvent ? ["messages"] : [])],
      subgraphs: true,
      durability: "sync",
      ...(stored.graph.config?.maxConcurrency === 1 && { maxConcurrency: LEAST_CONCURRENCY }),
    };
  }

  /** Records and tells what a chunk of the stream says. */
  async #heard(chunk: StreamChunk): Promise<void> {
    const task = nodeTaskOf(chunk);
    if (task) return task.ended ? this.#nodeEnded(task, task.ended) : this.#nodeStarted(task);
    const heard = noticeIn(chunk);
    if (heard?.notice.type === "model_called") {
      const { total = await this.#spent(), low = null } = heard.notice;
      return this.#spend({ ...heard.notice, node: heard.node, total, low });
    }
    if (heard) return this.#events.tell({ ...heard.notice, node: heard.node });
    const token = tokenOf(chunk);
    if (token) this.#events.tell(token);
  }

  async #nodeStarted(task: NodeTask): Promise<void> {
    const { taskId, node, namespace } = task;
    if (await this.#beginning.restarts?.has(namespace, taskId)) this.#restarted.set(taskId, task);
    else this.#events.tell({ type: "node_started", taskId, node });
  }

  async #nodeEnded({ taskId, node, namespace }: NodeTask, outcome: NonNullable<NodeTask["ended"]>) {
    const { ledger } = this.#beginning.stored;
    const { runId } = this.#beginning.record;
    if (namespace.length === 0 && outcome === "ok") {
      this.#known.path.push(node);
      await ledger.nodeEnded(runId, taskId, node, this.#clock());
    }
    // It ran again after all: what it had written before was not taken.
    if (this.#restarted.delete(taskId)) this.#events.tell({ type: "node_started", taskId, node });
    this.#events.tell({ type: "node_ended", taskId, node, outcome });
  }

  async #metered({ standing, late, ...call }: MeteredCall): Promise<void> {
    const { model, ok, usage, ms } = call;
    await recorded(this.#audit, { type: "model_call", role: "", model, ok, usage, ms });
    if (!late) this.#spend({ role: "", ...call, ...standing });
  }

  /** Tells what a call spent, and once for each cap that the run has nearly used it up. */
  #spend(spent: Omit<Extract<Happening, { type: "spend" }>, "type">): void {
    const { total, low } = spent;
    this.#known.spend = total;
    this.#events.tell({ ...spent, type: "spend" });
    if (low === null || this.#low.has(low)) return;
    this.#low.add(low);
    this.#events.tell({ type: "budget_low", cap: low, total, budget: this.#beginning.record.budget });
  }

  async #spent(): Promise<Spend> {
    const { stored, record } = this.#beginning;
    this.#known.spend = { ...(await stored.ledger.spent(record.runId)), ms: this.#clock() };
    return this.#known.spend;
  }
}
