import { AIMessageChunk } from "@langchain/core/messages";
import { messageOf } from "../errors.ts";
import type { Happening, RunEvent } from "../events/events.ts";
import { noticeOf } from "../events/notices.ts";
import { MODEL_TASK } from "../models/call.ts";
import { APPROVAL_QUESTION } from "../nodes/approval.ts";
import { BRANCH_TASK } from "../nodes/branch.ts";
import { DELEGATION_TASK } from "../nodes/delegate.ts";
import { MESSAGE_TASK } from "../nodes/messages.ts";
import { ASSIGNMENT_TASK } from "../nodes/roster.ts";
import { TOOL_TASK, WORKFLOW_TASK } from "../nodes/tool-call.ts";
import { CACHED_TASK } from "../resilience/durable-call.ts";
import { EFFECT_TASK } from "../resilience/effect.ts";
import { EFFECT_QUESTION } from "../resilience/effect-question.ts";
import { redacted } from "../security/redact.ts";

/** Numbers events and hands them on without secrets, until it is closed. */
export class EventSequence {
  #seq = 0;
  #closed = false;
  readonly #run: { threadId: string; runId: string };
  readonly #hear: Listener | undefined;

  constructor(run: { threadId: string; runId: string }, onEvent: Listener | undefined) {
    this.#run = run;
    this.#hear = onEvent && harmless(onEvent);
  }

  tell(happening: Happening): void {
    if (!this.#hear || this.#closed) return;
    this.#seq += 1;
    this.#hear({ seq: this.#seq, at: new Date().toISOString(), ...this.#run, ...redacted(happening) });
  }

  close(): void {
    this.#closed = true;
  }
}

type Listener = (event: RunEvent) => void;

/** A listener whose first error is reported as a warning of the process; it is not called again then. */
export function harmless(onEvent: Listener): Listener {
  let broken = false;
  const report = (error: unknown) => {
    if (broken) return;
    broken = true;
    const reason = messageOf(error);
    process.emitWarning(`onEvent failed and is not called again: ${reason}`, "GraphwrightWarning");
  };
  return (event) => {
    if (broken) return;
    try {
      const heard: unknown = onEvent(event);
      if (heard instanceof Promise) heard.catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/** One chunk of LangGraph's stream with `subgraphs: true` and several modes. */
export type StreamChunk = [namespace: string[], mode: string, payload: unknown];

/** What a chunk of the `tasks` mode tells of one node. */
export interface NodeTask {
  taskId: string;
  /** Below the nodes of its subgraphs, and the workflows that are tools: `research/investigate`. */
  node: string;
  /** Of the graph whose node it is; empty for the outermost. */
  namespace: readonly string[];
  ended: "ok" | "interrupted" | "failed" | undefined;
}

/** The node that a `tasks` chunk speaks of; undefined for the tasks inside nodes. */
export function nodeTaskOf([namespace, mode, payload]: StreamChunk): NodeTask | undefined {
  if (mode !== "tasks") return undefined;
  const task = payload as {
    id: string;
    name: string;
    error?: unknown;
    interrupts?: unknown[];
    result?: unknown;
  };
  if (isTask(task.name)) return undefined;
  const failed = task.error ? "failed" : undefined;
  const interrupted = task.interrupts?.length ? "interrupted" : undefined;
  return {
    taskId: task.id,
    node: [...namesIn(namespace), task.name].join("/"),
    namespace,
    ended: "result" in task || failed ? (failed ?? interrupted ?? "ok") : undefined,
  };
}

/** The event of a chunk of the `messages` mode: a piece of text as it is written. */
export function tokenOf([, mode, payload]: StreamChunk): Happening | undefined {
  if (mode !== "messages") return undefined;
  const [message, metadata] = payload as [unknown, Record<string, unknown>];
  if (!AIMessageChunk.isInstance(message) || !message.text) return undefined;
  const node = nodeAt(String(metadata["langgraph_checkpoint_ns"] ?? ""));
  return { type: "token", node, role: String(metadata["role"] ?? ""), text: message.text };
}

/** The notice in a chunk of the `custom` mode, with its node. */
export function noticeIn([, mode, payload]: StreamChunk) {
  const told = mode === "custom" ? noticeOf(payload) : undefined;
  return told && { notice: told.graphwright, node: nodeAt(told.namespace) };
}

/** The node of a checkpoint namespace such as `research:1f…|model call:2e…`: `research`. */
export const nodeAt = (namespace: string) => namesIn(namespace.split("|")).join("/");

const TASKS = [
  MODEL_TASK,
  TOOL_TASK,
  BRANCH_TASK,
  EFFECT_TASK,
  MESSAGE_TASK,
  DELEGATION_TASK,
  ASSIGNMENT_TASK,
  CACHED_TASK,
];
const BEGINNINGS = [EFFECT_QUESTION, APPROVAL_QUESTION, WORKFLOW_TASK];
const isTask = (name: string) => TASKS.includes(name) || BEGINNINGS.some((begin) => name.startsWith(begin));

/** The names of the nodes of a namespace, and of the workflows that were called as tools; other tasks have none. */
const namesIn = (namespace: readonly string[]) =>
  namespace.flatMap((part) => {
    const name = part.split(":")[0] ?? part;
    if (name.startsWith(WORKFLOW_TASK)) return name.slice(WORKFLOW_TASK.length);
    return isTask(name) ? [] : name;
  });
