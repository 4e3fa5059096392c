import { randomUUID } from "node:crypto";
import { UsageError } from "../errors.ts";
import { candidatesFor, OFFLINE } from "../models/candidates.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import type { Budget } from "../outcomes/spend.ts";
import { inspect } from "../runtime/inspect.ts";
import { run } from "../runtime/run.ts";
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
  const resume = options.resume === true ? await withoutAnswer(entry, graph, options) : options.resume;
  const thread = options.thread ?? randomUUID();
  const progress = new Progress((line) => terminal.err(`${line}\n`), greeting(entry, options));
  const result = await run(graph, input, {
    thread,
    ...(!fresh && { resume: typeof resume === "string" ? readAnswer(resume) : true }),
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

/** A resume without a value cannot go past a question that waits for a person. */
async function withoutAnswer(
  entry: CatalogueEntry,
  graph: Parameters<typeof inspect>[0],
  { thread }: RunArguments,
) {
  const view = thread === undefined ? undefined : await inspect(graph, { thread });
  const [question] = view?.interrupts ?? [];
  if (!question) return true;
  throw new UsageError(
    "NEEDS_ANSWER",
    `The ${entry.name} on thread ${thread} waits for an answer to ${JSON.stringify(question.value)}; give it as --resume VALUE.`,
  );
}

function budgetOf({ budgetCalls, budgetTokens, budgetUsd, timeout }: RunArguments): Budget {
  return {
    ...(budgetCalls !== undefined && { calls: budgetCalls }),
    ...(budgetTokens !== undefined && { tokens: budgetTokens }),
    ...(budgetUsd !== undefined && { usd: budgetUsd }),
    ...(timeout !== undefined && { ms: timeout * 1000 }),
  };
}

const greeting =
  (entry: CatalogueEntry, { model }: RunArguments) =>
  (threadId: string) => [
    `${entry.name} on thread ${threadId}`,
    ...(candidatesFor("default", model)[0]?.name === OFFLINE ? [OFFLINE_WORD] : []),
  ];

const OFFLINE_WORD =
  "Written by the offline model: no language model, only sentences taken from the documents. Set OPENAI_API_KEY or OPENAI_BASE_URL for a language model.";

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
  if (status === "done") return;
  const again = [command, entry.name, "--thread", quoted(threadId), resumeOf(result)];
  if (docs !== undefined) again.push("--docs", quoted(docs));
  err(`Go on with: ${again.join(" ")}\n`);
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function resumeOf({ status, error, interrupts }: RunResult): string {
  if (interrupts.length > 0) return "--resume ANSWER";
  if (status !== "budget_exhausted") return "--resume";
  const cap = CAPS.find(([word]) => error?.message.includes(word));
  return `--resume ${cap?.[1] ?? "--budget-calls N"}`;
}

/** The option that raises a cap, by the word for it in what the run says. */
const CAPS = [
  ["budget of calls", "--budget-calls N"],
  ["budget of tokens", "--budget-tokens N"],
  ["budget of US dollars", "--budget-usd X"],
  ["budget of time", "--timeout SECONDS"],
] as const;
