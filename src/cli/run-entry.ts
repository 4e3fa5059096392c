import { randomUUID } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import type { Budget } from "../outcomes/spend.ts";
import type { AnyGraph } from "../runtime/graph.ts";
import { inspect } from "../runtime/inspect.ts";
import { run } from "../runtime/run.ts";
import { settings } from "../settings.ts";
import { documentSearch, documentsFolder } from "../tools/documents.ts";
import type { Request, RunArguments } from "./arguments.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { readAnswer, readInput } from "./input.ts";
import type { Terminal } from "./main.ts";
import { counted, Progress, seconds, spending } from "./progress.ts";

/** Runs a workflow of the catalogue: progress on standard error, the result on standard output. */
export async function runEntry(
  entry: CatalogueEntry,
  request: Extract<Request, { kind: "run" }>,
  terminal: Terminal,
): Promise<RunResult> {
  const { options } = request;
  const fresh = options.resume === undefined;
  if (!fresh && options.thread === undefined)
    throw new UsageError("BAD_RESUME", "--resume needs --thread ID.");
  if (!fresh && (request.input !== undefined || options.input !== undefined)) {
    throw new UsageError("BAD_RESUME", "--resume goes on with the input that the run has; give no other.");
  }
  const input = fresh ? await readInput(entry, request.input, options, terminal.stdin) : null;
  const folder = await documentsFolder(options.docs);
  const { graph } = await entry.load();
  const thread = options.thread ?? randomUUID();
  const resume = fresh ? undefined : await answerOf(options.resume, graph, thread);
  const progress = new Progress((line) => terminal.err(`${line}\n`), `${entry.name} on thread`);
  const result = await run(graph, input, {
    thread,
    resume,
    budget: budgetOf(options),
    models: options.model,
    ...(options.docs !== undefined && { tools: [documentSearch({ folder })] }),
    signal: terminal.cancel,
    drain: terminal.drain,
    onEvent: progress.onEvent,
  });
  show(result, options, terminal);
  if (progress.begun) sum(entry, result, options, terminal);
  else terminal.err(`${result.error?.message}\n`);
  return result;
}

/** What `--resume` stands for: an answer, read by the schema of the question that waits for one, or just to go on. */
async function answerOf(value: RunArguments["resume"], graph: AnyGraph, thread: string): Promise<unknown> {
  if (typeof value !== "string") return value;
  const [question, ...more] = (await inspect(graph, { thread }))?.interrupts ?? [];
  const answer = readAnswer(value, more.length > 0 ? null : (question?.schema ?? null));
  return answer === true && question ? { [question.id]: true } : answer;
}

function budgetOf({ budgetCalls, budgetTokens, budgetUsd, timeout }: RunArguments): Budget {
  return {
    ...(budgetCalls !== undefined && { calls: budgetCalls }),
    ...(budgetTokens !== undefined && { tokens: budgetTokens }),
    ...(budgetUsd !== undefined && { usd: budgetUsd }),
    ...(timeout !== undefined && { ms: timeout * 1000 }),
  };
}

/** The result, on standard output. */
function show(result: RunResult, { output: form }: RunArguments, { out }: Terminal) {
  const { status, partial, output } = result;
  if (form === "json") out(`${JSON.stringify(result, null, 2)}\n`);
  else if (partial) out(`${partial}\n`);
  else if (status === "done") out(`${JSON.stringify(output, null, 2)}\n`);
}

/** What the run came to, and how to go on where it did not end. */
function sum(entry: CatalogueEntry, result: RunResult, { docs }: RunArguments, { command, err }: Terminal) {
  const { status, error, interrupts, threadId, spend, path } = result;
  const facts = [
    counted(path.length, "node"),
    counted(spend.calls, "call"),
    spending(spend),
    seconds(spend.ms),
  ];
  err(`${status.replace("_", " ")} · ${facts.join(" · ")}\n`);
  if (error) err(`${error.message}\n`);
  for (const { id, value } of interrupts) err(`Asked (${id}): ${JSON.stringify(value)}\n`);
  if (status === "done" || settings().databaseUrl === "memory:") return;
  const again = [command, entry.name, "--thread", quoted(threadId), resumeOf(result)];
  if (docs !== undefined) again.push("--docs", quoted(docs));
  err(`Go on with: ${again.join(" ")}\n`);
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function resumeOf({ status, error, interrupts }: RunResult): string {
  if (interrupts.length > 0) return "--resume ANSWER";
  if (status !== "budget_exhausted") return "--resume";
  return `--resume ${CAPS[error?.cap ?? "calls"]}`;
}

/** The option that raises a cap. */
const CAPS = {
  calls: "--budget-calls N",
  tokens: "--budget-tokens N",
  usd: "--budget-usd X",
  ms: "--timeout SECONDS",
} as const;
