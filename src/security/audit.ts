import { createHash } from "node:crypto";
import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { Audit, AuditFact } from "../outcomes/audit.ts";
import type { RunContext } from "../state/context.ts";
import { ledgerBeside } from "../storage/beside.ts";
import { redacted } from "./redact.ts";

/**
 * Records a fact of the run whose code calls it, without secrets. Outside of `run` it goes to the ledger
 * beside the graph's checkpointer where there is a thread: to the same database with one of ours, and with one of the
 * caller's own into memory, which forgets it. Without a thread it goes nowhere.
 *
 * @throws StorageError where it cannot be recorded: what nobody can account for is not done
 */
export async function audited(fact: AuditFact): Promise<void> {
  const audit = auditHere();
  if (audit) await recorded(audit, fact);
}

/**
 * Records a fact of a run, without secrets. What is long in it is cut, and its length and SHA-256 are said.
 *
 * @throws StorageError where it cannot be recorded
 */
export async function recorded({ log, threadId, runId }: Audit, fact: AuditFact): Promise<void> {
  await log.audit({ threadId, runId }, compact(redacted(fact)));
}

/** Where LangGraph keeps a graph's checkpointer for the graphs in it. */
const CHECKPOINTER = "__pregel_checkpointer";

function auditHere(): Audit | undefined {
  const config: LangGraphRunnableConfig | undefined = getConfig();
  const context: RunContext | undefined = config?.context;
  if (context?.audit) return context.audit;
  const threadId: unknown = config?.configurable?.["thread_id"];
  const saver: unknown = config?.configurable?.[CHECKPOINTER];
  if (typeof threadId !== "string" || !(saver instanceof BaseCheckpointSaver)) return undefined;
  return { log: ledgerBeside(saver), threadId, runId: null };
}

/** What is kept of one text, and of one value with all that it holds, in characters. */
const MOST_TEXT = 2_000;
const MOST_VALUE = 20_000;

/** The parts of a fact that others decide the size of. */
const compact = (fact: AuditFact): AuditFact =>
  Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, short(value)])) as AuditFact;

function short(value: unknown): unknown {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "string" ? cut(each, MOST_TEXT) : each,
  );
  if (text === undefined) return null;
  return text.length <= MOST_VALUE ? JSON.parse(text) : cut(JSON.stringify(value), MOST_TEXT);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const hash = createHash("sha256").update(text).digest("hex");
  return `${text.slice(0, most)}… [cut: ${text.length} characters, SHA-256 ${hash}]`;
}
