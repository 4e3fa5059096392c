import type { RunEvent } from "../events/events.ts";
import type { RunResult } from "../outcomes/run-result.ts";
import { harmless } from "./events.ts";
import type { AnyGraph, InputOf, OutputOf } from "./graph.ts";
import type { RunOptions } from "./options.ts";
import { run } from "./run.ts";

/**
 * `run`, as a stream of its events; the generator returns the result. Leaving the stream early
 * cancels the run, which can be resumed.
 *
 * @throws UsageError as `run` does, at the first step
 */
export async function* stream<Graph extends AnyGraph>(
  graph: Graph,
  input: InputOf<Graph> | null,
  options: RunOptions = {},
): AsyncGenerator<RunEvent, RunResult<OutputOf<Graph>>> {
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const waiting: RunEvent[] = [];
  let wake = () => {};
  let over = false;
  const hear = options.onEvent && harmless(options.onEvent);
  const onEvent = (event: RunEvent) => {
    waiting.push(event);
    hear?.(event);
    wake();
  };
  const running = run(graph, input, { ...options, signal, onEvent }).finally(() => {
    over = true;
    wake();
  });
  // A consumer that is slow to come back must not find the process ended by a rejection nobody has seen.
  running.catch(() => {});
  try {
    while (!over || waiting.length > 0) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (waiting.length === 0 && !over) await woken;
      yield* waiting.splice(0);
    }
    return await running;
  } finally {
    left.abort();
    await running.catch(() => {});
  }
}
