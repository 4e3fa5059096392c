import type { StructuredToolInterface } from "@langchain/core/tools";
import type { RunEvent } from "../../src/events/events.ts";
import type { AnyGraph, InputOf } from "../../src/runtime/graph.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";

/** A graph on a thread of its own, which can be used again: how it is begun and resumed, and what it told. */
export function onThread<Graph extends AnyGraph>(
  graph: Graph,
  input: InputOf<Graph>,
  { lines, tools }: { lines: ScriptLines; tools: StructuredToolInterface[] },
) {
  const models = new ScriptedModel(lines);
  const events: RunEvent[] = [];
  const { checkpointer } = openStorage("memory:");
  const onEvent = (event: RunEvent) => void events.push(event);
  const options = { models, tools, checkpointer, thread: "t", onEvent };
  const begun = (more: RunOptions = {}) => run(graph, input, { ...options, ...more });
  const resumed = (resume: unknown, more: RunOptions = {}) =>
    run(graph, null, { ...options, ...more, resume });
  return { models, events, options, begun, resumed };
}
