import { randomUUID } from "node:crypto";
import { GraphwrightError, messageOf, UsageError } from "../errors.ts";
import type { RunEvent } from "../events/events.ts";
import { OFFLINE } from "../models/candidates.ts";
import type { RunResult, RunStatus } from "../outcomes/run-result.ts";
import { NOTHING_SPENT, type Spend } from "../outcomes/spend.ts";
import { run } from "../runtime/run.ts";
import { redacted } from "../security/redact.ts";
import { Turns } from "../storage/turns.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { CompareArguments } from "./compare-arguments.ts";
import { endInWords } from "./end-of-run.ts";
import type { Equipment } from "./equipment.ts";
import type { Terminal } from "./main.ts";
import { budgetOf } from "./options.ts";
import { OFFLINE_WORD } from "./sayings.ts";
import { harmless } from "./words.ts";

/** What is compared. */
export interface Comparison {
  task: string;
  entries: readonly CatalogueEntry[];
  options: CompareArguments;
  given: Equipment["given"];
}

/** A workflow's run on the task. */
export interface ComparedRun {
  entry: CatalogueEntry;
  /** Whether it has begun, so that its thread holds something to go on with. */
  begun: boolean;
  result: RunResult;
}

/** What a run has told of itself, which counts also where it throws. */
interface Told {
  begun: boolean;
  spend: Spend;
  path: string[];
}

type Stage = Pick<Terminal, "err" | "cancel" | "drain">;

/**
 * Runs each workflow on the task, some of them at once, each on a thread and with a budget of its own. However one
 * of them ends, the others go on.
 *
 * @throws UsageError where none of them could begin, for what the first of them refused
 */
export async function runsOf(comparison: Comparison, stage: Stage): Promise<ComparedRun[]> {
  const { entries, options } = comparison;
  const prefix = options.thread ?? `compare-${randomUUID().slice(0, 8)}`;
  const say = sayingOnce((text) => stage.err(`${harmless(text)}\n`));
  const refusals: unknown[] = [];
  const turns = new Turns(options.parallel);
  const inTurn = async (entry: CatalogueEntry): Promise<ComparedRun> => {
    const thread = `${prefix}-${entry.name}`;
    const { cancel, drain } = stage;
    const told: Told = { begun: false, spend: NOTHING_SPENT, path: [] };
    if (cancel.aborted || drain.aborted) return { entry, begun: false, result: notBegun(thread) };
    try {
      return await runOf(entry, thread, comparison, { say, cancel, drain, told });
    } catch (error) {
      if (cancel.aborted && !told.begun) return { entry, begun: false, result: notBegun(thread) };
      refusals.push(error);
      const { begun, spend, path } = told;
      const result = { ...refused(thread, error), spend, path };
      if (begun) say(`${entry.name} ${endInWords(result)}`);
      return { entry, begun, result };
    }
  };
  const runs = await Promise.all(entries.map((entry) => turns.take(() => inTurn(entry))));
  const [first] = refusals;
  const isRefused = refusals.length === entries.length && runs.every(({ begun }) => !begun);
  if (isRefused && first instanceof UsageError) throw first;
  return runs;
}

/** Runs one of the workflows, and says when it begins and how it ends. */
async function runOf(
  entry: CatalogueEntry,
  thread: string,
  { task, options, given }: Comparison,
  { say, cancel, drain, told }: Pick<Stage, "cancel" | "drain"> & { say: (text: string) => void; told: Told },
): Promise<ComparedRun> {
  const onEvent = (event: RunEvent) => {
    if (event.type === "run_started") {
      told.begun = true;
      say(`${entry.name} begins on thread ${thread}`);
    } else if (event.type === "spend") {
      told.spend = event.total;
      if (event.model === OFFLINE) say(OFFLINE_WORD);
    } else if (event.type === "run_ended") Object.assign(told, { spend: event.spend, path: event.path });
  };
  const { graph } = await entry.load();
  const result = await run(
    graph,
    { [entry.input]: task },
    { thread, budget: budgetOf(options), models: options.model, ...given, signal: cancel, drain, onEvent },
  );
  if (told.begun) say(`${entry.name} ${endInWords(result)}`);
  return { entry, begun: told.begun, result };
}

/** Says nothing twice. */
function sayingOnce(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) say(text);
    said.add(text);
  };
}

const notBegun = (threadId: string) =>
  without(threadId, "cancelled", "NOT_BEGUN", "The comparison was stopped before this run began.");

function refused(threadId: string, error: unknown): RunResult {
  const code = error instanceof GraphwrightError ? error.code : "UNEXPECTED";
  return without(threadId, "failed", code, redacted(messageOf(error)));
}

/** The result of a run that has done nothing. */
const without = (threadId: string, status: RunStatus, code: string, message: string): RunResult => ({
  status,
  output: null,
  partial: null,
  interrupts: [],
  error: { code, message },
  threadId,
  spend: NOTHING_SPENT,
  path: [],
});
