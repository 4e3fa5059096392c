import { Command, type StateSnapshot } from "@langchain/langgraph";
import { ThreadError } from "../errors.ts";
import type { PendingInterrupt } from "../outcomes/run-result.ts";
import { isBudgetQuestion } from "../resilience/admission.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { type AnyGraph, nameOf } from "./graph.ts";

/** A thread as a run finds it. */
export interface ThreadState {
  threadId: string;
  snapshot: StateSnapshot;
  /** The newest run, if the ledger knows one. */
  latest: RunRecord | undefined;
}

/** What LangGraph is given: a new input, an answer, or null to continue; or nothing, where only the end was not recorded. */
export type Start = { input: unknown; fresh: boolean } | "ended";

const isEmpty = ({ createdAt }: StateSnapshot) => createdAt === undefined;

/** Whether the newest run has not come to its end; also one that was killed before its first checkpoint. */
export function isUnfinished({ snapshot, latest }: ThreadState): boolean {
  if (snapshot.next.length > 0) return true;
  return isEmpty(snapshot) && latest !== undefined;
}

/** The questions that a thread waits for, each once. */
export function interruptsOf(snapshot: StateSnapshot): PendingInterrupt[] {
  const all = snapshot.tasks.flatMap(({ interrupts }) => interrupts);
  return [...new Map(all.map(({ id, value }) => [id ?? "", { id: id ?? "", value }])).values()];
}

/** Those of them that a person answers. */
export const questionsOf = (snapshot: StateSnapshot) =>
  interruptsOf(snapshot).filter(({ value }) => !isBudgetQuestion(value));

/**
 * Decides how a run begins on a thread.
 *
 * @throws ThreadError where the thread is not in a state for it
 */
export function startOn(graph: AnyGraph, thread: ThreadState, input: unknown, resume: unknown): Start {
  const { threadId, latest, snapshot } = thread;
  if (latest && latest.graph !== nameOf(graph)) {
    const message = `Thread ${threadId} belongs to ${latest.graph}; run ${nameOf(graph)} on a thread of its own.`;
    throw new ThreadError(threadId, "other_graph", message);
  }
  if (resume === undefined) return newRun(thread, input);
  if (!latest && isEmpty(snapshot)) {
    const message = `There is no thread ${threadId} to resume; check its id and DATABASE_URL.`;
    throw new ThreadError(threadId, "unknown", message);
  }
  if (isUnfinished(thread)) return { input: answerTo(thread, resume), fresh: false };
  if (latest?.status === "running") return "ended";
  throw new ThreadError(
    threadId,
    "finished",
    `The run on thread ${threadId} is finished; give it a new input.`,
  );
}

function newRun(thread: ThreadState, input: unknown): Start {
  if (!isUnfinished(thread)) return { input, fresh: true };
  const message = `The run on thread ${thread.threadId} is unfinished; resume it, or use another thread for a new input.`;
  throw new ThreadError(thread.threadId, "unfinished", message);
}

/** The answers by interrupt id, or null where nothing waits for one. */
function answerTo({ threadId, snapshot, latest }: ThreadState, resume: unknown): unknown {
  if (isEmpty(snapshot)) return latest?.input;
  const questions = questionsOf(snapshot);
  if (questions.length === 0) return null;
  const [first] = questions;
  if (questions.length === 1 && first && !namesOneOf(resume, questions)) {
    return new Command({ resume: { [first.id]: resume } });
  }
  if (!namesOneOf(resume, questions)) throw unanswered(threadId, questions);
  return new Command({ resume });
}

const namesOneOf = (resume: unknown, questions: PendingInterrupt[]): resume is Record<string, unknown> =>
  typeof resume === "object" && resume !== null && questions.some(({ id }) => id in resume);

function unanswered(threadId: string, questions: PendingInterrupt[]): ThreadError {
  const asked = questions.map(({ id, value }) => `${id}: ${JSON.stringify(value)}`).join("; ");
  const message = `Thread ${threadId} waits for ${questions.length} answers; give each by its id: ${asked}`;
  return new ThreadError(threadId, "needs_answer", message);
}
