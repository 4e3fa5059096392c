import { randomUUID } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import type { AnyGraph } from "../runtime/graph.ts";
import { inspect } from "../runtime/inspect.ts";
import type { RunOptions } from "../runtime/options.ts";
import { run } from "../runtime/run.ts";
import { visible } from "../security/text.ts";
import type { Request, RunArguments } from "./arguments.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { askedBy, endInWords, goOnWith } from "./end-of-run.ts";
import { type Equipment, equipmentOf } from "./equipment.ts";
import { readAnswer, readInput } from "./input.ts";
import type { Terminal } from "./main.ts";
import { budgetOf } from "./options.ts";
import { progressOn } from "./progress.ts";
import { answered, type Person } from "./questions.ts";
import { harmless, jsonOf } from "./words.ts";

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
  const { given, close } = await equipmentOf(options);
  try {
    return await ran(entry, input, options, given, terminal);
  } finally {
    await close();
  }
}

/** Runs until nobody at the terminal has anything left to answer, and shows what came of it. */
async function ran(
  entry: CatalogueEntry,
  input: Awaited<ReturnType<typeof readInput>> | null,
  options: RunArguments,
  given: Equipment["given"],
  terminal: Terminal,
): Promise<RunResult> {
  const { graph } = await entry.load();
  const thread = options.thread ?? randomUUID();
  const resume = options.resume === undefined ? undefined : await answerOf(options.resume, graph, thread);
  const runOptions: RunOptions = {
    thread,
    budget: budgetOf(options),
    models: options.model,
    ...given,
    signal: terminal.cancel,
    drain: terminal.drain,
  };
  let begun = false;
  const go = async (from: typeof input, answer: unknown) => {
    const progress = await progressOn(terminal, `${entry.name} on thread`);
    const onEvent: RunOptions["onEvent"] = (event) => progress.onEvent(event);
    const ended = run(graph, from, { ...runOptions, resume: answer, onEvent });
    return ended.finally(() => {
      progress.close();
      begun ||= progress.begun;
    });
  };
  const stretch = await go(input, resume);
  const person = personAt(terminal);
  const result = person ? await answered(stretch, person, (answer) => go(null, answer)) : stretch;
  show(result, options, terminal);
  if (begun) sum(entry, result, options, terminal);
  else terminal.err(`${harmless(result.error?.message ?? "")}\n`);
  return result;
}

/** Who answers the run's questions at once; nobody where standard input or error is no terminal. */
function personAt({ ask, err, cancel, drain }: Terminal): Person | undefined {
  return (
    ask && {
      ask: (prompt, signal) => ask(harmless(prompt), signal),
      say: (text) => err(visible(text)),
      signal: AbortSignal.any([cancel, drain]),
    }
  );
}

/** What `--resume` stands for: an answer, read by the schema of the question that waits for one, or just to go on. */
async function answerOf(value: RunArguments["resume"], graph: AnyGraph, thread: string): Promise<unknown> {
  if (typeof value !== "string") return value;
  const [question, ...more] = (await inspect(graph, { thread }))?.interrupts ?? [];
  const answer = readAnswer(value, more.length > 0 ? null : (question?.schema ?? null));
  return answer === true && question ? { [question.id]: true } : answer;
}

/** The result, on standard output: text as it can be read, JSON as it is. */
function show(result: RunResult, { output: form }: RunArguments, { out }: Terminal) {
  const { status, partial, output } = result;
  if (form === "json") out(`${jsonOf(result)}\n`);
  else if (partial) out(`${visible(partial)}\n`);
  else if (status === "done") out(`${jsonOf(output)}\n`);
}

/** What the run came to, and how to go on where it did not end. */
function sum(entry: CatalogueEntry, result: RunResult, options: RunArguments, { command, err }: Terminal) {
  err(`${endInWords(result)}\n`);
  if (result.error) err(`${harmless(result.error.message)}\n`);
  for (const line of askedBy(result)) err(`${line}\n`);
  const again = goOnWith(entry, result, options, command);
  if (again !== undefined) err(`Go on with: ${again}\n`);
}
