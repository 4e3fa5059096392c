export type { CatalogueEntry } from "./cli/catalogue.ts";
export {
  AnswerError,
  EffectError,
  type EffectProblem,
  GraphwrightError,
  InputError,
  ModelError,
  type ModelFault,
  NotDone,
  RefusedAnswerError,
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
export {
  type StructuredAnswer,
  type StructuredQuestion,
  structured,
  structuredOrThrow,
} from "./nodes/decide.ts";
export { effect } from "./nodes/effect.ts";
export type { Act, Doubt, EffectOptions, Reconciled } from "./nodes/effect-act.ts";
export type { EffectAnswer, EffectQuestion } from "./nodes/effect-question.ts";
export {
  AgentReport,
  agent,
  type Branch,
  branch,
  citationsOf,
  danglingCitations,
  findPassages,
  findSources,
  type NodeConfig,
  nodesFor,
  numberingAfter,
  type Piece,
  parallel,
  type RoleNode,
  standingAlone,
  underOneNumbering,
  type WhenReadyOptions,
  whenReady,
  withFallback,
  withoutDangling,
  withSources,
} from "./nodes/index.ts";
export { type ToolResult, toolCall } from "./nodes/tool-call.ts";
export type { Account, Admission, CallEstimate, RefusedBy, Standing } from "./outcomes/account.ts";
export { registerAnswer } from "./outcomes/answer.ts";
export type { EffectClaim, EffectLog, Effects, OpenClaim } from "./outcomes/effect.ts";
export {
  decided,
  Insufficient,
  Missing,
  missingInWords,
  type Outcome,
  type OutcomeFacts,
  outcome,
  type Parted,
  type Policy,
  parted,
  policyFor,
  type Shortfall,
  type Sufficient,
} from "./outcomes/outcome.ts";
export { type PlanFault, type PlanSize, planFaults, type Step } from "./outcomes/plan.ts";
export type { PendingInterrupt, RunFailure, RunResult, RunStatus } from "./outcomes/run-result.ts";
export { Budget, type Cap, Spend, Spent, type Usage } from "./outcomes/spend.ts";
export type { Stall } from "./outcomes/stall.ts";
export {
  agreement,
  both,
  budgetLow,
  condition,
  Ending,
  either,
  money,
  type NoProgressOptions,
  noProgress,
  rounds,
  type Termination,
  time,
  tokens,
} from "./outcomes/termination.ts";
export { Objection, Verdict } from "./outcomes/verdict.ts";
export type { AnyGraph, InputOf, OutputOf } from "./runtime/graph.ts";
export { inspect, type ThreadView } from "./runtime/inspect.ts";
export type { RunOptions } from "./runtime/options.ts";
export { run } from "./runtime/run.ts";
export { stream } from "./runtime/stream.ts";
export { EMPTY, log, spending } from "./state/channels.ts";
export { type ModelChoice, type ModelRef, type Models, RunContext } from "./state/context.ts";
export { described } from "./state/described.ts";
export { bound, OWN_BOUNDS, share } from "./state/limits.ts";
export { Note, Passage, Source } from "./state/passage.ts";
export type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./storage/ledger.ts";
export { defaultCheckpointer, defaultStorage, openStorage, type Storage } from "./storage/open.ts";
export { calculator } from "./tools/calculator.ts";
export { DocumentsError, documentSearch, searchDocuments } from "./tools/documents.ts";
