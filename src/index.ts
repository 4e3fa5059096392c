export type { CatalogueEntry } from "./cli/catalogue.ts";
export {
  AnswerError,
  EffectError,
  type EffectProblem,
  GraphwrightError,
  InputError,
  MessageError,
  type MessageProblem,
  ModelError,
  type ModelFault,
  NotDone,
  RefusedAnswerError,
  RoleError,
  type RoleProblem,
  SettingsError,
  StorageError,
  ThreadError,
  type ThreadProblem,
  ToolError,
  UsageError,
} from "./errors.ts";
export type { Happening, RunEvent } from "./events/events.ts";
export { type Notice, notify } from "./events/notices.ts";
export type { ModelRequest } from "./models/attempt.ts";
export { modelCall, type Reply } from "./models/call.ts";
export { type AnswerForm, block, choices, instructions, prompt, sourceBlocks } from "./models/prompt.ts";
export {
  type StructuredAnswer,
  type StructuredQuestion,
  structured,
  structuredOrThrow,
} from "./nodes/decide.ts";
export {
  AgentReport,
  type Assigned,
  type AssignOptions,
  agent,
  type Branch,
  branch,
  citationsOf,
  citedIn,
  compiled,
  type DelegateOptions,
  type Delegating,
  danglingCitations,
  delegate,
  eachOnce,
  findFor,
  findPassages,
  findSources,
  joined,
  Material,
  type NodeConfig,
  nodesFor,
  numberingAfter,
  type Piece,
  parallel,
  type RoleNode,
  Roster,
  type Seeker,
  section,
  sendMessage,
  sendMessages,
  shownTo,
  standingAlone,
  type TurnOptions,
  takeTurn,
  underOneNumbering,
  type WhenReadyOptions,
  type WorkflowTool,
  type WorkflowToolOptions,
  whenReady,
  withFallback,
  withoutDangling,
  withSources,
  workflowTool,
} from "./nodes/index.ts";
export { type ToolResult, toolCall } from "./nodes/tool-call.ts";
export type { Account, Admission, CallEstimate, RefusedBy, Standing } from "./outcomes/account.ts";
export { registerAnswer } from "./outcomes/answer.ts";
export type { Audit, AuditEntry, AuditFact, AuditHead, AuditLog, AuditOrigin } from "./outcomes/audit.ts";
export { Delegation, type Load, loadOf, Strategy } from "./outcomes/delegation.ts";
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
export { lastWords, type Spoken, spokenIn, stillIn, type Turn, tooFewLeft, turn } from "./outcomes/turn.ts";
export { Objection, objectionsInWords, Verdict } from "./outcomes/verdict.ts";
export { effect } from "./resilience/effect.ts";
export type { Act, Doubt, EffectOptions, Reconciled } from "./resilience/effect-act.ts";
export type { EffectAnswer, EffectQuestion } from "./resilience/effect-question.ts";
export { checkTools } from "./roles/check-tools.ts";
export { defineRole, Role } from "./roles/role.ts";
export { roleFileSchema } from "./roles/role-file-schema.ts";
export { loadRoles } from "./roles/role-files.ts";
export { systemPrompt } from "./roles/system-prompt.ts";
export type { AnyGraph, InputOf, OutputOf } from "./runtime/graph.ts";
export { inspect, type ThreadView } from "./runtime/inspect.ts";
export type { RunOptions } from "./runtime/options.ts";
export { run } from "./runtime/run.ts";
export { stream } from "./runtime/stream.ts";
export type { AuditFault } from "./security/audit-faults.ts";
export { sanitizeHtml } from "./security/html.ts";
export { redacted } from "./security/redact.ts";
export { CodeRun, runInSandbox, type SandboxCode, SandboxError, SandboxFault } from "./security/sandbox.ts";
export type { SandboxOptions } from "./security/sandbox-limits.ts";
export type { SandboxFile } from "./security/sandbox-protocol.ts";
export { runTests, type TestedCode, TestOutcome, TestRun } from "./security/sandbox-tests.ts";
export { visible } from "./security/text.ts";
export { type AuditReport, type VerifyOptions, verifyAudit } from "./security/verify-audit.ts";
export { EMPTY, log, type MailboxOptions, mailboxes, spending } from "./state/channels.ts";
export { type ModelChoice, type ModelRef, type Models, RunContext } from "./state/context.ts";
export { described, schemas } from "./state/described.ts";
export { bound, OWN_BOUNDS, share } from "./state/limits.ts";
export type { Mailbox, Posting, Receipt } from "./state/mailboxes.ts";
export {
  AgentMessage,
  broadcast,
  type Draft,
  EVERYONE,
  type Reply as MessageReply,
  replyTo,
} from "./state/messages.ts";
export { Note, Passage, Source } from "./state/passage.ts";
export {
  answersTo,
  inboxOf,
  type Posted,
  read,
  received,
  send,
  sendAll,
  withPostings,
} from "./state/sending.ts";
export { type NamedOptions, uniquelyNamed } from "./state/uniquely-named.ts";
export { BoundedCache, defaultCache } from "./storage/cache.ts";
export type { Granted, Ledger, RunChanges, RunRecord, ThreadLock } from "./storage/ledger.ts";
export {
  defaultCheckpointer,
  defaultStorage,
  openStorage,
  type Storage,
  type StorageOptions,
} from "./storage/open.ts";
export {
  type BoundedToolOptions,
  boundedTool,
  type ToolAnswer,
  type ToolCallContext,
  type ToolTraits,
} from "./tools/bounded.ts";
export { calculator } from "./tools/calculator.ts";
export { citationChecker } from "./tools/check-citations.ts";
export { CitationFinding, CitationReport, type CitedSource, checkCitations } from "./tools/citation-check.ts";
export { type CodeToolOptions, codeTools } from "./tools/code.ts";
export { type DatabaseOptions, databaseTools } from "./tools/database.ts";
export { DocumentsError, documentSearch, searchDocuments } from "./tools/documents.ts";
export { type McpOptions, type McpTools, mcpTools } from "./tools/mcp.ts";
export type { McpConfig } from "./tools/mcp-config.ts";
export { McpServerError } from "./tools/mcp-connection.ts";
export { PDF_LIMITS, type PdfLimits, readPdf } from "./tools/pdf.ts";
export { documentReader } from "./tools/read-document.ts";
export { type StandardToolsOptions, standardTools } from "./tools/standard.ts";
export { checkText, TextReport, textChecker } from "./tools/text-checks.ts";
export { type WebPageOptions, webPage } from "./tools/web-page.ts";
export { noWebSearch, type WebSearchOptions, webSearch } from "./tools/web-search.ts";
export { type FileWriterOptions, fileWriter, WrittenFile } from "./tools/write-file.ts";
