export type { CatalogueEntry } from "./cli/catalogue.ts";
export {
  AnswerError,
  GraphwrightError,
  InputError,
  ModelError,
  type ModelFault,
  SettingsError,
  StorageError,
  ThreadError,
  type ThreadProblem,
  UsageError,
} from "./errors.ts";
export type { Happening, RunEvent } from "./events/events.ts";
export { type Notice, notify } from "./events/notices.ts";
export type { ModelRequest } from "./models/attempt.ts";
export { modelCall, type Reply } from "./models/call.ts";
export { type AnswerForm, block, instructions, prompt } from "./models/prompt.ts";
export { type StructuredAnswer, type StructuredQuestion, structured } from "./nodes/decide.ts";
export {
  AgentReport,
  citationsOf,
  danglingCitations,
  type NodeConfig,
  nodesFor,
  withoutDangling,
  withSources,
} from "./nodes/index.ts";
export { type ToolResult, toolCall } from "./nodes/tool-call.ts";
export type { Account, CallEstimate, RefusedBy } from "./outcomes/account.ts";
export { registerAnswer } from "./outcomes/answer.ts";
export type { PendingInterrupt, RunFailure, RunResult, RunStatus } from "./outcomes/run-result.ts";
export { Budget, type Spend, type Usage } from "./outcomes/spend.ts";
export { Objection, Verdict } from "./outcomes/verdict.ts";
export type { AnyGraph, InputOf, OutputOf } from "./runtime/graph.ts";
export { inspect, type ThreadView } from "./runtime/inspect.ts";
export type { RunOptions } from "./runtime/options.ts";
export { run } from "./runtime/run.ts";
export { stream } from "./runtime/stream.ts";
export { EMPTY, log } from "./state/channels.ts";
export { type ModelChoice, type ModelRef, type Models, RunContext } from "./state/context.ts";
export { described } from "./state/described.ts";
export { bound, OWN_BOUNDS, share } from "./state/limits.ts";
export { Note, Passage, Source } from "./state/passage.ts";
export type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./storage/ledger.ts";
export { defaultCheckpointer, defaultStorage, openStorage, type Storage } from "./storage/open.ts";
export { calculator } from "./tools/calculator.ts";
export { DocumentsError, documentSearch, searchDocuments } from "./tools/documents.ts";
