import { z } from "zod";
import { SettingsError } from "./errors.ts";

/** How structured answers are asked for: `response_format` with a strict schema, a forced tool call, or JSON mode. */
export const StructuredMethod = z.enum(["strict", "tools", "json"]);
export type StructuredMethod = z.infer<typeof StructuredMethod>;

const CREDENTIALS = /(?<=\/\/)[^/@]*(?=@)/;

const seconds = z.coerce.number().positive().max(86_400);
const count = z.coerce.number().int().positive();

const apiKey = z
  .string()
  .trim()
  .regex(/^[!-~]+$/, "a key has no blanks and no characters beyond ASCII");
const baseUrl = z
  .url({ protocol: /^https?$/, error: "it is not an http or https address" })
  .refine((url) => !CREDENTIALS.test(url), "an address holds no user and password; give a key");

const Environment = z.object({
  OPENAI_API_KEY: apiKey.optional(),
  OPENAI_BASE_URL: baseUrl.optional(),
  OPENAI_MODEL: z.string().optional(),
  OPENAI_STRUCTURED_OUTPUT: StructuredMethod.default("strict"),
  OPENAI_TIMEOUT_SECONDS: seconds.default(120),
  OPENAI_TOTAL_TIMEOUT_SECONDS: seconds.default(600),
  OPENAI_MAX_ATTEMPTS: count.max(20).default(4),
  OPENAI_MAX_CONCURRENT: count.max(10_000).default(32),
  OPENAI_BREAK_AFTER: count.max(10_000).default(10),
  OPENAI_BREAK_SECONDS: seconds.default(30),
  OPENAI_MAX_OUTPUT_TOKENS: count.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.+|postgres(ql)?:\/\/.+|memory:)$/, "file:PATH, postgres://…, or memory:")
    .default("file:.data/graphwright.db"),
  GRAPHWRIGHT_DOCS: z.string().optional(),
  GRAPHWRIGHT_BUDGET_CALLS: count.default(100),
  GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS: seconds.default(60),
});

/** One endpoint's models, as the environment names them. */
export interface EndpointSettings {
  apiKey: string | undefined;
  baseUrl: string | undefined;
  /** In the order in which they are tried. */
  models: string[];
  structured: StructuredMethod;
}

/** Everything that the environment decides. */
export interface Settings {
  /** The endpoint for every role that has none of its own; undefined means the offline model. */
  endpoint: EndpointSettings | undefined;
  /** Role → endpoint, for the roles that the environment sets apart. */
  roles: Record<string, EndpointSettings>;
  /** Of one attempt. */
  timeoutMs: number;
  /** Of a model call with all its attempts, waits and fallbacks. */
  totalTimeoutMs: number;
  /** Attempts per model call, the first included. */
  maxAttempts: number;
  /** Calls at once to one endpoint, of all runs of the process. */
  maxConcurrent: number;
  /** Failures in a row after which an endpoint is left alone, and for how long. */
  breakAfter: number;
  breakMs: number;
  maxOutputTokens: number | undefined;
  databaseUrl: string;
  /** The folder that research reads; undefined means the project's own `docs/`. */
  docs: string | undefined;
  /** The default of `budget.calls`. */
  budgetCalls: number;
  /** Of one tool call. */
  toolTimeoutMs: number;
}

/** The model that is asked where a key is set and no model named. */
export const DEFAULT_MODEL = "gpt-4.1-mini";

/**
 * Reads and checks an environment. Empty variables count as absent.
 *
 * @throws SettingsError naming the first variable that cannot be used
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = Environment.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const variable = String(issue?.path[0] ?? "environment");
    throw unusable(variable, present[variable] ?? "", issue?.message ?? "it is not valid");
  }
  const values = parsed.data;
  const base: EndpointSettings = {
    apiKey: values.OPENAI_API_KEY,
    baseUrl: values.OPENAI_BASE_URL,
    models: names(values.OPENAI_MODEL) ?? [DEFAULT_MODEL],
    structured: values.OPENAI_STRUCTURED_OUTPUT,
  };
  return {
    endpoint: base.apiKey || base.baseUrl ? base : undefined,
    roles: rolesOf(present, base),
    timeoutMs: values.OPENAI_TIMEOUT_SECONDS * 1000,
    totalTimeoutMs: values.OPENAI_TOTAL_TIMEOUT_SECONDS * 1000,
    maxAttempts: values.OPENAI_MAX_ATTEMPTS,
    maxConcurrent: values.OPENAI_MAX_CONCURRENT,
    breakAfter: values.OPENAI_BREAK_AFTER,
    breakMs: values.OPENAI_BREAK_SECONDS * 1000,
    maxOutputTokens: values.OPENAI_MAX_OUTPUT_TOKENS,
    databaseUrl: values.DATABASE_URL,
    docs: values.GRAPHWRIGHT_DOCS,
    budgetCalls: values.GRAPHWRIGHT_BUDGET_CALLS,
    toolTimeoutMs: values.GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS * 1000,
  };
}

let current: Settings | undefined;

/** The settings of this process, read from its environment at the first use. */
export function settings(): Settings {
  current ??= readSettings(process.env);
  return current;
}

/** The names of a list with commas; undefined where it holds none. */
function names(list = ""): string[] | undefined {
  const named = list.split(",").map((name) => name.trim());
  return named.some(Boolean) ? named.filter(Boolean) : undefined;
}

const ROLE_VARIABLE = /^OPENAI_(MODEL|BASE_URL|API_KEY|STRUCTURED_OUTPUT)_([A-Z][A-Z0-9_]*)$/;

/** `OPENAI_MODEL_WRITER=…` sets the role "writer"; what a role does not set it takes from the common variables. */
function rolesOf(environment: Record<string, string | undefined>, base: EndpointSettings) {
  const roles: Record<string, EndpointSettings> = {};
  for (const [variable, value = ""] of Object.entries(environment)) {
    const [, field, suffix] = ROLE_VARIABLE.exec(variable) ?? [];
    if (!field || !suffix) continue;
    const role = suffix.toLowerCase().replaceAll("_", "-");
    const endpoint = roles[role] ?? { ...base };
    roles[role] = endpoint;
    if (field === "MODEL") endpoint.models = names(value) ?? base.models;
    if (field === "BASE_URL") endpoint.baseUrl = roleValue(variable, value, baseUrl);
    if (field === "API_KEY") endpoint.apiKey = roleValue(variable, value, apiKey);
    if (field === "STRUCTURED_OUTPUT") endpoint.structured = roleValue(variable, value, StructuredMethod);
  }
  for (const [role, endpoint] of Object.entries(roles)) {
    const suffix = role.toUpperCase().replaceAll("-", "_");
    if (!environment[`OPENAI_API_KEY_${suffix}`] && !sameOrigin(endpoint.baseUrl, base.baseUrl))
      endpoint.apiKey = undefined;
    if (endpoint.apiKey || endpoint.baseUrl) continue;
    const variable =
      Object.keys(environment).find((name) => ROLE_VARIABLE.exec(name)?.[2] === suffix) ?? suffix;
    throw new SettingsError(
      variable,
      `${variable} is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL says where to ask.`,
    );
  }
  return roles;
}

/** The common key goes to the common endpoint's host, and to no other. */
const sameOrigin = (one: string | undefined, other: string | undefined) =>
  (one && new URL(one).origin) === (other && new URL(other).origin);

/** A role's variable, checked as the common one is. */
function roleValue<Value>(variable: string, value: string, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unusable(variable, value, parsed.error.issues[0]?.message ?? "it is not valid");
}

/** Says which value cannot be used, without showing keys and passwords. */
function unusable(variable: string, value: string, reason: string): SettingsError {
  const shown = variable.startsWith("OPENAI_API_KEY") ? "…" : value.replace(CREDENTIALS, "…");
  return new SettingsError(
    variable,
    `${variable}=${shown} cannot be used: ${reason.replace(/[.\s]+$/, "")}.`,
  );
}
