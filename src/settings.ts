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
  GRAPHWRIGHT_OUTPUT: z.string().default("output"),
  GRAPHWRIGHT_BUDGET_CALLS: count.default(100),
  GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS: seconds.default(60),
  TAVILY_API_KEY: apiKey.optional(),
  TAVILY_BASE_URL: baseUrl.default("https://api.tavily.com"),
  GRAPHWRIGHT_WEB_HOSTS: z.string().optional(),
  GRAPHWRIGHT_QUERY_DATABASE: z
    .string()
    .regex(/^(file:.+|postgres(ql)?:\/\/.+)$/, "file:PATH or postgres://…")
    .optional(),
  GRAPHWRIGHT_ALLOW_PRIVATE_ADDRESSES: z.stringbool({ error: "true or false" }).default(false),
  GRAPHWRIGHT_MAX_INPUT_CHARS: count.default(1_000_000),
  GRAPHWRIGHT_AUDIT_KEY: z.string().min(16, "a key has at least 16 characters").optional(),
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
  /** The folder that agents write files below, from the working directory. */
  outputFolder: string;
  /** The default of `budget.calls`. */
  budgetCalls: number;
  /** Of one tool call. */
  toolTimeoutMs: number;
  /** Who searches the web; undefined means nobody. */
  webSearch: { apiKey: string; baseUrl: string } | undefined;
  /** Whether pages may be read from this machine and its network. */
  allowPrivateAddresses: boolean;
  /** The hosts that agents may read pages of; "all" for every public one, none where it is undefined. */
  webHosts: readonly string[] | "all" | undefined;
  /** The address of the database that agents may query. */
  queryDatabase: string | undefined;
  /** The longest input of a run, and the longest answer, as JSON. */
  maxInputChars: number;
  /** The key that audit entries are hashed with; without it anybody who can write the database can forge them. */
  auditKey: string | undefined;
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
    outputFolder: values.GRAPHWRIGHT_OUTPUT,
    budgetCalls: values.GRAPHWRIGHT_BUDGET_CALLS,
    toolTimeoutMs: values.GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS * 1000,
    webSearch: values.TAVILY_API_KEY
      ? { apiKey: values.TAVILY_API_KEY, baseUrl: values.TAVILY_BASE_URL }
      : undefined,
    webHosts: hostsOf(values.GRAPHWRIGHT_WEB_HOSTS),
    queryDatabase: values.GRAPHWRIGHT_QUERY_DATABASE,
    allowPrivateAddresses: values.GRAPHWRIGHT_ALLOW_PRIVATE_ADDRESSES,
    maxInputChars: values.GRAPHWRIGHT_MAX_INPUT_CHARS,
    auditKey: values.GRAPHWRIGHT_AUDIT_KEY,
  };
}

/** The hosts that a variable names; `*` stands for all. */
function hostsOf(value: string | undefined): readonly string[] | "all" | undefined {
  const hosts = names(value);
  return hosts?.includes("*") ? "all" : hosts;
}

/** The variables that hold a key; those that end in _URL or _DATABASE may hold a password. */
const KEY_VARIABLE =
  /(?:^|_)(?:API_?KEY|ACCESS_KEY|PRIVATE_KEY|AUDIT_KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE)(?:_|$)|PASSWORD$/i;

/** Anything shorter is found in too many words to be taken for a secret. */
const SHORTEST_SECRET = 8;

/**
 * The keys and passwords that an environment holds, the longest first: the values of all variables that are named
 * as a key is, and the passwords in all addresses. A password that its own address also names otherwise, such as
 * that of `postgres:postgres@`, hides nothing and is left out.
 */
export function secretsIn(environment: Record<string, string | undefined>): string[] {
  const secrets = Object.entries(environment).flatMap(([variable, value = ""]) => {
    if (KEY_VARIABLE.test(variable)) return [value.trim()];
    const [, password = ""] = /_(?:URL|DATABASE)$/.test(variable)
      ? (/\/\/[^/:@]*:([^/]*)@/.exec(value) ?? [])
      : [];
    return value.replace(password, "").includes(password) ? [] : [password, decoded(password)];
  });
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  return [...new Set(long)].sort((one, other) => other.length - one.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let known: readonly string[] | undefined;

/** The keys and passwords in the environment of this process, which need not be one that can be used. */
export function secrets(): readonly string[] {
  known ??= secretsIn(process.env);
  return known;
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
  const shown = KEY_VARIABLE.test(variable) ? "…" : value.replace(CREDENTIALS, "…");
  return new SettingsError(
    variable,
    `${variable}=${shown} cannot be used: ${reason.replace(/[.\s]+$/, "")}.`,
  );
}
