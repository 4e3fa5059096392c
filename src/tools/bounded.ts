import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import type { z } from "zod";
import { ToolError } from "../errors.ts";
import { anyOf, deadlineIn, untilAborted } from "../resilience/abort.ts";

/** What is known of a tool beside its schema; kept in LangChain's `metadata`, so that it stays with the tool. */
export interface ToolTraits {
  /** Whether it only reads, so that the same call may be answered from a cache. */
  readOnly: boolean;
  /** Whether what it answers is evidence of work done, which a report keeps: a test run, say. */
  evidence: boolean;
  /** Whether it acts by `effect`, so that it must run in a node of a graph and bounds its time itself. */
  acts: boolean;
  /**
   * Whether it runs a workflow, so that it must run in a node of a graph, and is bounded by the workflow's own
   * bounds and the run's budget; its artifact may hold the `sources` that its text cites.
   */
  workflow: boolean;
  /**
   * What it is bound to beside its arguments, such as a folder, an address or limits: two tools of one name and key
   * give the same to the same call. Without it nothing that the tool gives is kept for another call.
   */
  cacheKey?: string;
}

/** What the arguments of a tool of someone else's have to fit: JSON Schema. */
export type JsonSchema = Record<string, unknown>;

/** A tool's description, its bounds and what it does. */
export interface BoundedToolOptions<Schema extends z.ZodObject | JsonSchema>
  extends Partial<Omit<ToolTraits, "cacheKey">> {
  /** snake_case, as the model calls it. */
  name: string;
  /** What it does, what it gives, and when to use another one: the model reads nothing else. */
  description: string;
  schema: Schema;
  /** How long a call may take; 30 s unless given. */
  timeoutMs?: number;
  /** How much text a call may give, in characters; 20,000 unless given. What is beyond is cut, and said. */
  maxChars?: number;
  /** As the trait; a function where the settings decide, which are read when it is asked for. */
  cacheKey?: string | (() => string);
}

/** What a tool gives: text for the model, and perhaps a value for programs, such as `Passage[]`. */
export type ToolAnswer = string | { content: string; artifact: unknown };

/** What a call of a tool is given beside its arguments. */
export interface ToolCallContext {
  /** Aborted when the time is over or the run stops. */
  signal: AbortSignal;
}

const TRAITS = "graphwright";
const TIMEOUT_MS = 30_000;
const MAX_CHARS = 20_000;
const MAX_COMPLAINT = 2_000;

/** What a tool does with its arguments. */
type Work<Args> = (args: Args, call: ToolCallContext) => Promise<ToolAnswer> | ToolAnswer;

/**
 * A LangChain tool with a time limit and an output limit, wherever it is used. What `work` throws an agent shows
 * to the model: throw a `ToolError` that says what to call instead.
 */
export function boundedTool<Schema extends z.ZodObject>(
  options: BoundedToolOptions<Schema>,
  work: Work<z.output<Schema>>,
): StructuredToolInterface {
  const { schema } = options;
  return tool(bounded(options, work), { ...fieldsOf(options), schema }) as StructuredToolInterface;
}

/** The same for a tool of someone else's, whose arguments are described by JSON Schema. */
export function boundedJsonTool(
  options: BoundedToolOptions<JsonSchema>,
  work: Work<Record<string, unknown>>,
): StructuredToolInterface {
  const { schema } = options;
  // Without it LangChain does not say which argument does not fit.
  const fields = { ...fieldsOf(options), schema, verboseParsingErrors: true };
  return tool(bounded(options, work), fields) as StructuredToolInterface;
}

function fieldsOf({ name, description, ...traits }: BoundedToolOptions<z.ZodObject | JsonSchema>) {
  const { readOnly = false, evidence = false, acts = false, workflow = false, cacheKey } = traits;
  const known = { readOnly, evidence, acts, workflow, ...(cacheKey !== undefined && { cacheKey }) };
  const metadata = { [TRAITS]: known };
  return { name, description, responseFormat: "content_and_artifact" as const, metadata };
}

function bounded<Args>(options: BoundedToolOptions<z.ZodObject | JsonSchema>, work: Work<Args>) {
  const { name, timeoutMs = TIMEOUT_MS, maxChars = MAX_CHARS } = options;
  return async (args: Args, { signal }: { signal?: AbortSignal } = {}) => {
    const deadline = deadlineIn(boundsItself(options) ? undefined : timeoutMs);
    const stop = anyOf(signal, deadline.signal);
    try {
      const answer = await untilAborted(async () => work(args, { signal: stop }), stop);
      const { content, artifact } =
        typeof answer === "string" ? { content: answer, artifact: undefined } : answer;
      return [cut(content, maxChars), artifact];
    } catch (error) {
      if (deadline.signal.aborted && !signal?.aborted) throw tooLong(name, timeoutMs);
      throw brief(error);
    } finally {
      deadline.clear();
    }
  };
}

const tooLong = (name: string, timeoutMs: number) =>
  new ToolError(`${name} came to no end within ${timeoutMs / 1000} s; ask for less at once.`);

/** The same error, of its own class, with a message that a model can be shown. */
function brief(error: unknown): unknown {
  if (error instanceof Error && error.message.length > MAX_COMPLAINT) {
    const value = cut(error.message, MAX_COMPLAINT);
    // One that cannot be changed stays as it is.
    Reflect.defineProperty(error, "message", { value, configurable: true, writable: true });
  }
  return error;
}

/** What is known of a tool; of a tool of someone else's, nothing but what its `metadata` says. */
export function traitsOf(tool: StructuredToolInterface): ToolTraits {
  const metadata = "metadata" in tool ? (tool.metadata as Record<string, unknown> | undefined) : undefined;
  const said = (metadata?.[TRAITS] ?? {}) as Partial<Record<keyof ToolTraits, unknown>>;
  const key: unknown = typeof said.cacheKey === "function" ? said.cacheKey() : said.cacheKey;
  return {
    readOnly: said.readOnly === true,
    evidence: said.evidence === true,
    acts: said.acts === true,
    workflow: said.workflow === true,
    ...(typeof key === "string" && { cacheKey: key }),
  };
}

/** Whether no time-out may cut a tool off: what it does would go on, or be lost half done. */
export const boundsItself = ({ acts, workflow }: Partial<Pick<ToolTraits, "acts" | "workflow">>): boolean =>
  acts === true || workflow === true;

/** A text of at most so many characters, which says so where it was cut. */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text.slice(0, maxChars)}\n… cut after ${maxChars} of ${text.length} characters.`;
}
