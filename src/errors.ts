/** What a thrown value says; anything can be thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** The `code` of a thrown value, such as ENOENT; undefined where it has none. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && "code" in thrown ? String(thrown.code) : undefined;

/** The root of every error that Graphwright throws: a stable `code`, and a message that says what to do. */
export class GraphwrightError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller asked for something that cannot be: bad input, a bad option, a thread in the wrong state. */
export class UsageError extends GraphwrightError {}

/** The input of a run does not fit the graph's input schema. */
export class InputError extends UsageError {
  constructor(message: string, options?: ErrorOptions) {
    super("BAD_INPUT", message, options);
  }
}

/** A variable of the environment, or an option in its place, has a value that cannot be used. */
export class SettingsError extends UsageError {
  readonly variable: string;

  constructor(variable: string, message: string) {
    super("BAD_SETTING", message);
    this.variable = variable;
  }
}

/** Why a thread cannot take what was asked of it. */
export type ThreadProblem = "busy" | "unfinished" | "finished" | "unknown" | "needs_answer" | "other_graph";

/** The thread is not in a state for what was asked of it; `problem` says which. */
export class ThreadError extends UsageError {
  readonly threadId: string;
  readonly problem: ThreadProblem;

  constructor(threadId: string, problem: ThreadProblem, message: string) {
    super(`THREAD_${problem.toUpperCase()}`, message);
    this.threadId = threadId;
    this.problem = problem;
  }
}

/** A person's answer does not fit the question that waits for it: `reason` says why, and the question stays open. */
export class RefusedAnswerError extends UsageError {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super("REFUSED_ANSWER", `The answer does not fit the question, which still waits: ${reason}.`, options);
    this.reason = reason;
  }
}

/** A database cannot be opened, read or written. */
export class StorageError extends GraphwrightError {
  constructor(message: string, options?: ErrorOptions) {
    super("STORAGE", message, options);
  }
}

/** Why a model call failed; decides whether it is tried again. */
export type ModelFault =
  | "unauthorized"
  | "not_found"
  | "bad_request"
  | "rate_limited"
  | "server_error"
  | "unreachable"
  | "circuit_open"
  | "timeout"
  | "bad_response"
  | "truncated"
  | "filtered";

/** A model call failed for good: `fault` says why, after all its retries and fallbacks. */
export class ModelError extends GraphwrightError {
  readonly fault: ModelFault;
  readonly model: string;
  /** Seconds that the endpoint asked to wait before the next attempt. */
  readonly retryAfter: number | undefined;

  constructor(
    fault: ModelFault,
    model: string,
    message: string,
    options: ErrorOptions & { retryAfter?: number | undefined } = {},
  ) {
    super(`MODEL_${fault.toUpperCase()}`, message, options);
    this.fault = fault;
    this.model = model;
    this.retryAfter = options.retryAfter;
  }
}

/** A model's structured answer did not fit its schema, also after it was asked again with the reason. */
export class AnswerError extends GraphwrightError {
  readonly reason: string;

  constructor(schema: string, reason: string) {
    super("BAD_ANSWER", `The model gave no valid ${schema}: ${reason}`);
    this.reason = reason;
  }
}

/** Why an effect gave no result: nobody knows whether it was done; it was not; or its result cannot be kept. */
export type EffectProblem = "EFFECT_UNKNOWN" | "EFFECT_NOT_DONE" | "EFFECT_RESULT";

/** An act on the outside world gave no result; `code` says whether it was done. */
export class EffectError extends GraphwrightError {
  declare readonly code: EffectProblem;
  readonly key: string;

  constructor(code: EffectProblem, key: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.key = key;
  }
}

/** Thrown by an act on the outside world that certainly did not happen: a resume tries it again. */
export class NotDone extends GraphwrightError {
  constructor(message: string, options?: ErrorOptions) {
    super("NOT_DONE", message, options);
  }
}

/** A tool could not do what it was called for; the message says what happened and what to call instead. */
export class ToolError extends GraphwrightError {
  constructor(message: string, options?: ErrorOptions) {
    super("TOOL", message, options);
  }
}

/** One thing that is wrong with a role. `line` and `column` count from 1; null where the role stands in no file. */
export interface RoleProblem {
  file: string | null;
  line: number | null;
  column: number | null;
  /** The field, such as `limits.turns` or `roles[1].goal`; empty for the whole. */
  path: string;
  message: string;
}

/** A role that cannot be used: a file that does not fit the schema, a tool that there is none of. */
export class RoleError extends UsageError {
  /** All that is wrong, in the order of the files and their lines. */
  readonly problems: readonly RoleProblem[];

  constructor(message: string, options: ErrorOptions & { problems?: readonly RoleProblem[] } = {}) {
    super("BAD_ROLE", message, options);
    this.problems = options.problems ?? [];
  }
}

/** Why a message cannot be sent. */
export type MessageProblem =
  | "MAILBOX_FULL"
  | "UNKNOWN_RECIPIENT"
  | "UNKNOWN_SENDER"
  | "UNKNOWN_MESSAGE"
  | "ANSWERED_TWICE"
  | "BAD_MESSAGE";

/** A message between agents that cannot be sent; `code` says why. */
export class MessageError extends GraphwrightError {
  declare readonly code: MessageProblem;

  constructor(code: MessageProblem, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
