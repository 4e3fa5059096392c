import type { BaseCheckpointSaver, BaseStore, Command, StateSnapshot } from "@langchain/langgraph";
import { z } from "zod";
import { InputError, messageOf, RefusedAnswerError, UsageError } from "../errors.ts";
import { unfitness } from "../security/limits.ts";
import { settings } from "../settings.ts";
import { misfitOf } from "../state/misfit.ts";
import type { Ledger } from "../storage/ledger.ts";

/** Any compiled LangGraph graph, ours or not. */
export interface AnyGraph {
  readonly name?: string;
  checkpointer?: BaseCheckpointSaver | boolean;
  store?: BaseStore;
  outputChannels: unknown;
  readonly config?: { maxConcurrency?: number };
  invoke(input: unknown, options?: object): Promise<unknown>;
  stream(input: unknown, options?: object): Promise<AsyncIterable<unknown>>;
  getState(config: object, options?: object): Promise<StateSnapshot>;
  getStateHistory(config: object, options?: object): AsyncIterable<StateSnapshot>;
}

/** A graph with the storage of one run. */
export interface StoredGraph {
  graph: AnyGraph;
  checkpointer: BaseCheckpointSaver;
  ledger: Ledger;
}

type InvokedWith<Graph extends AnyGraph> = Parameters<Graph["invoke"]>[0];
type Invoked<Graph extends AnyGraph> = Awaited<ReturnType<Graph["invoke"]>>;

/** The schema of a graph's input, where it is a zod object: unlike `invoke`, it says which fields are required. */
type InputSchemaOf<Graph> = Graph extends { builder: { _inputDefinition: infer Schema extends z.ZodObject } }
  ? Schema
  : never;

/** What a graph takes as input. */
export type InputOf<Graph extends AnyGraph> = [InputSchemaOf<Graph>] extends [never]
  ? InvokedInput<Graph>
  : z.input<InputSchemaOf<Graph>>;

type InvokedInput<Graph extends AnyGraph> =
  unknown extends InvokedWith<Graph> ? object : Exclude<Extract<InvokedWith<Graph>, object>, Command>;

/** What a graph gives as output. */
export type OutputOf<Graph extends AnyGraph> =
  unknown extends Invoked<Graph> ? Record<string, unknown> : Invoked<Graph>;

/** The graph's name, or "graph" for one that was compiled without. */
export const nameOf = ({ name }: AnyGraph): string => name || "graph";

/** A copy of the graph with other storage; the graph itself may serve other runs at the same time. */
export function withStorage(
  graph: AnyGraph,
  checkpointer: BaseCheckpointSaver,
  store: BaseStore | undefined,
): AnyGraph {
  const copy: AnyGraph = Object.assign(Object.create(Object.getPrototypeOf(graph)), graph);
  return Object.assign(copy, { checkpointer }, store && { store });
}

/**
 * Checks an input by its size, its characters and the graph's own input schema, before anything is written.
 *
 * @throws InputError naming the field
 */
export async function checkInput(graph: AnyGraph, input: unknown): Promise<void> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new InputError(
      `The input of ${nameOf(graph)} has to be an object, not ${JSON.stringify(input) ?? "nothing"}.`,
    );
  }
  const unfit = unfitness(input, settings().maxInputChars);
  if (unfit !== undefined) throw unusable(graph, unfit);
  if (!("_validateInput" in graph) || typeof graph._validateInput !== "function") return;
  try {
    await Reflect.apply(graph._validateInput, graph, [input]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unusable(graph, reasonOf(error), error);
  }
}

const unusable = (graph: AnyGraph, reason: string, cause?: unknown) =>
  new InputError(`The input of ${nameOf(graph)} cannot be used: ${reason}.`, { cause });

/**
 * Checks an answer by its size and its characters.
 *
 * @throws RefusedAnswerError
 */
export function checkAnswer(answer: unknown): void {
  const unfit = unfitness(answer, settings().maxInputChars);
  if (unfit !== undefined) throw new RefusedAnswerError(unfit);
}

/** Why a value was refused: for zod's errors each field with its fault, else the message. */
export function reasonOf(error: unknown): string {
  return error instanceof z.core.$ZodError ? misfitOf(error) : messageOf(error);
}

/** The graph's output channels, out of its whole state. */
export function outputOf({ outputChannels }: AnyGraph, values: Record<string, unknown>): unknown {
  if (typeof outputChannels === "string") return values[outputChannels];
  const channels: unknown[] = Array.isArray(outputChannels) ? outputChannels : Object.keys(values);
  return Object.fromEntries(Object.entries(values).filter(([channel]) => channels.includes(channel)));
}
