import { Command, type Interrupt, type StateSnapshot } from "@langchain/langgraph";
import { ThreadError } from "../errors.ts";
import type { PendingInterrupt } from "../outcomes/run-result.ts";
import { isStall } from "../outcomes/stall.ts";
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
export type Start = { input: unknown; fresh: boolean; answers: Answer[] } | "ended";

/** What a person is asked, and what they answer. */
export interface Answer {
  question: PendingInterrupt;
  answer: unknown;
}

const isEmpty = ({ createdAt }: StateSnapshot) => createdAt === undefined;

/** Whether the newest run was stopped before its first checkpoint: what the thread holds is an earlier run's. */
const hasNotBegun = ({ snapshot, latest }: ThreadState) =>
  latest !== undefined && latest.status !== "done" && !isSince(snapshot, latest);

/** Whether a thread's state was written after the run began. */
export const isSince = (snapshot: StateSnapshot, { startedAfter }: RunRecord) =>
  !isEmpty(snapshot) && checkpointOf(snapshot) !== startedAfter;

/** The id of the checkpoint that a snapshot was read from; null on a new thread. */
export const checkpointOf = ({ config }: StateSnapshot): string | null =>
  config.configurable?.["checkpoint_id"] ?? null;

/**
 * Whether a graph has something left to do. `next` alone does not say so: it leaves out a node whose
 * update is written, though the checkpoint that it leads to is not.
 */
export const isUnderWay = ({ next, tasks }: StateSnapshot) => next.length > 0 || tasks.length > 0;

/** Whether the newest run has not come to its end. */
export const isUnfinished = (thread: ThreadState) => isUnderWay(thread.snapshot) || hasNotBegun(thread);

/**
 * The questions that a graph waits for, each once. Those of a node that has written its update are
 * answered. Those of a node that has an answer already are open only if the graph's last stretch
 * `ended` by asking; if it was stopped, the node is to go on with that answer.
 */
export function interruptsOf({ next, tasks }: StateSnapshot, ended: boolean): PendingInterrupt[] {
  const open = tasks.filter(({ name, result }) => result === undefined && (ended || next.includes(name)));
  const all = open.flatMap(({ interrupts }) => interrupts);
  return [...new Map(all.map((asked) => [asked.id ?? "", pending(asked)])).values()];
}

const pending = ({ id = "", value, response_schema: schema }: Interrupt): PendingInterrupt => ({
  id,
  value,
  schema: typeof schema === "object" ? schema : null,
});

/** Whether a person answers it, and not a higher cap or the wish to go on. */
export const isForPerson = ({ value }: PendingInterrupt): boolean =>
  !isBudgetQuestion(value) && !isStall(value);

/** Those that a person answers, on a thread that nothing runs on. */
export const questionsOf = (thread: ThreadState): PendingInterrupt[] => openOn(thread).filter(isForPerson);

/** All that a thread waits for that nothing runs on. */
function openOn(thread: ThreadState): PendingInterrupt[] {
  const { snapshot, latest } = thread;
  if (hasNotBegun(thread)) return [];
  const all = interruptsOf(snapshot, true);
  const refused = latest?.status === "budget_exhausted" && all.some(({ value }) => isBudgetQuestion(value));
  const asked = !latest || ["needs_human", "stalled"].includes(latest.status) || refused;
  return asked ? all : interruptsOf(snapshot, false);
}

/**
 * Decides how a run begins on a thread.
 *
 * @throws ThreadError where the thread is not in a state for it
 */
export function startOn(graph: AnyGraph, thread: ThreadState, input: unknown, resume: unknown): Start {
  const { threadId, latest } = thread;
  if (latest && latest.graph !== nameOf(graph)) {
    const message = `Thread ${threadId} belongs to ${latest.graph}; run ${nameOf(graph)} on a thread of its own.`;
    throw new ThreadError(threadId, "other_graph", message);
  }
  if (resume === undefined) return newRun(thread, input);
  refuseUnknown(thread);
  if (isUnfinished(thread)) return goneOn(thread, resume);
  if (latest && latest.status !== "done") return "ended";
  throw new ThreadError(
    threadId,
    "finished",
    `The run on thread ${threadId} is finished; give it a new input.`,
  );
}

/**
 * Refuses to resume what is not there.
 *
 * @throws ThreadError "unknown"
 */
export function refuseUnknown({ threadId, latest, snapshot }: ThreadState): void {
  if (latest || !isEmpty(snapshot)) return;
  const message = `There is no thread ${threadId} to resume; check its id and DATABASE_URL.`;
  throw new ThreadError(threadId, "unknown", message);
}

function newRun(thread: ThreadState, input: unknown): Start {
  if (!isUnfinished(thread)) return { input, fresh: true, answers: [] };
  const message = `The run on thread ${thread.threadId} is unfinished; resume it, or use another thread for a new input.`;
  throw new ThreadError(thread.threadId, "unfinished", message);
}

/**
 * Goes on with a run: with its input where it has not begun, with the answers to what it asks, else just so.
 *
 * @throws ThreadError "needs_answer" where a question is left without one
 */
function goneOn(thread: ThreadState, resume: unknown): Start {
  if (hasNotBegun(thread)) return { input: thread.latest?.input, fresh: false, answers: [] };
  const open = openOn(thread);
  const questions = open.filter(isForPerson);
  const given = answersTo(thread, questions, resume);
  const stalls = open.filter(({ value }) => isStall(value));
  const goingOn = stalls.map(({ id }) => [id, { kind: "stall", goOn: true }]);
  // With an id that it does not know, LangGraph takes the whole object for the answer to each question.
  const named = Object.entries(given).filter(([id]) => open.some((asked) => asked.id === id));
  const all = [...goingOn, ...named];
  const input = all.length > 0 ? new Command({ resume: Object.fromEntries(all) }) : null;
  const answers = questions.flatMap((question) =>
    Object.hasOwn(given, question.id) ? [{ question, answer: given[question.id] }] : [],
  );
  return { input, fresh: false, answers };
}

/** The answers by the ids of their questions; none where nothing is asked. */
function answersTo(
  { threadId }: ThreadState,
  questions: PendingInterrupt[],
  resume: unknown,
): Record<string, unknown> {
  const [first, ...more] = questions;
  if (!first) return {};
  if (namesOneOf(resume, questions)) return resume;
  if (more.length > 0 || resume === true) throw unanswered(threadId, questions);
  return { [first.id]: resume };
}

const namesOneOf = (resume: unknown, questions: PendingInterrupt[]): resume is Record<string, unknown> =>
  typeof resume === "object" && resume !== null && questions.some(({ id }) => id in resume);

function unanswered(threadId: string, questions: PendingInterrupt[]): ThreadError {
  const [first, ...more] = questions;
  const message =
    more.length === 0
      ? `Thread ${threadId} waits for an answer to ${JSON.stringify(first?.value)}; ` +
        `give it by --resume VALUE, or by \`resume\` as { ${JSON.stringify(first?.id)}: VALUE }.`
      : `Thread ${threadId} waits for ${questions.length} answers; give each by its id, by --resume JSON or ` +
        `\`resume\`: { ${questions.map(asked).join(", ")} }.`;
  return new ThreadError(threadId, "needs_answer", message);
}

const asked = ({ id, value }: PendingInterrupt) =>
  `${JSON.stringify(id)}: answer to ${JSON.stringify(value)}`;
