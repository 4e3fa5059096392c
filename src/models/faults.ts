import { GraphwrightError, ModelError, type ModelFault } from "../errors.ts";
import { redacted } from "../security/redact.ts";
import { StructuredMethod, settings } from "../settings.ts";
import type { Candidate } from "./candidates.ts";

/** Faults that another attempt may mend. */
const PASSING: readonly ModelFault[] = [
  "rate_limited",
  "server_error",
  "unreachable",
  "timeout",
  "bad_response",
];

/** Faults that go with the model or its endpoint, so that another model may still answer. */
const ELSEWHERE: readonly ModelFault[] = [
  ...PASSING,
  "circuit_open",
  "not_found",
  "unauthorized",
  "bad_request",
  "truncated",
  "filtered",
];

/** Whether the same model may be asked again. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof ModelError && PASSING.includes(error.fault);

/** Whether the next model of the fallback order may be asked. */
export const mayFallBack = (error: unknown): boolean =>
  error instanceof ModelError && ELSEWHERE.includes(error.fault);

/** Whether an endpoint refused a request for the temperature that it names. */
export const refusesTemperature = (error: unknown): boolean =>
  error instanceof ModelError && error.fault === "bad_request" && /\btemperature\b/i.test(error.message);

/** Seconds that the endpoint asked to wait. */
export const retryAfterOf = (error: unknown): number | undefined =>
  error instanceof ModelError ? error.retryAfter : undefined;

/** What was asked, as far as it explains a failure. */
export interface Asked {
  /** Undefined where the call wants no structured answer. */
  structured?: StructuredMethod | undefined;
  /** The names of the tools that were offered, in their order. */
  tools?: readonly string[] | undefined;
}

/** Says in one sentence why a call failed and what to do, whatever the client threw. */
export function faultOf(error: unknown, candidate: Candidate, asked: Asked = {}): ModelError | undefined {
  if (error instanceof ModelError) return error;
  if (error instanceof GraphwrightError) return undefined;
  const facts = factsOf(error);
  const fault = facts.status !== undefined ? byStatus(facts.status) : byKind(facts);
  if (!fault) return undefined;
  const detail = facts.status ? `${facts.status}: ${facts.detail}` : facts.detail;
  return modelError(fault, candidate, detail, { ...asked, cause: error, retryAfter: facts.retryAfter });
}

/** The error of a fault, in one sentence that says what to do and holds no key. */
export function modelError(
  fault: ModelFault,
  { name, baseUrl }: Candidate,
  detail: string,
  { structured, tools, ...options }: Asked & { cause?: unknown; retryAfter?: number | undefined } = {},
): ModelError {
  const at = baseUrl ? ` at ${baseUrl}` : "";
  const words = SAYS[fault](name, at, withoutKeys(detail).replace(/[.\s]+$/, ""), { structured, tools });
  return new ModelError(fault, name, words, options);
}

type Say = (model: string, at: string, detail: string, asked: Asked) => string;

const SAYS: Record<ModelFault, Say> = {
  unauthorized: (model, at, detail) =>
    `The endpoint${at} refused the key for ${model} (${detail}); check OPENAI_API_KEY.`,
  not_found: (model, at, detail) =>
    `The endpoint${at} has no model "${model}" (${detail}); set OPENAI_MODEL or --model to one it serves, and check the path of OPENAI_BASE_URL.`,
  bad_request: (model, at, detail, asked) =>
    `The endpoint${at} refused the request to ${model} (${detail}); ${remedy(detail, asked)}.`,
  rate_limited: (model, at, detail) =>
    `The endpoint${at} limits the rate of calls to ${model} (${detail}); wait, or raise the limit there.`,
  server_error: (model, at, detail) =>
    `The endpoint${at} failed to answer for ${model} (${detail}); try again later.`,
  unreachable: (model, at, detail) =>
    `The endpoint${at} of ${model} cannot be reached (${detail}); check OPENAI_BASE_URL and that it runs.`,
  circuit_open: (model, at, detail) =>
    `The endpoint${at} is not asked for ${model} just now (${detail}); try again in ${settings().breakMs / 1000} s, or name a second model to fall back on.`,
  timeout: (model, at, detail) =>
    `${model}${at} did not answer in time (${detail}); raise OPENAI_TIMEOUT_SECONDS if it is only slow.`,
  bad_response: (model, at, detail) =>
    `The answer of ${model}${at} broke off or was not valid (${detail}); try again, or check the endpoint.`,
  truncated: (model, at, detail) =>
    `The answer of ${model}${at} hit its output limit (${detail}); raise OPENAI_MAX_OUTPUT_TOKENS, or the limit of a model of your own.`,
  filtered: (model, at, detail) =>
    `The endpoint's content filter${at} stopped the answer of ${model} (${detail}); rephrase the request, or use another model.`,
};

/** What may mend a refused request, judged by what the refusal names. */
function remedy(detail: string, { structured, tools = [] }: Asked): string {
  const refused = refusedTool(detail, tools);
  // Before the length: OpenAI says "In context=('properties', …)" of a place in a schema.
  if (refused !== undefined || (tools.length > 0 && /schema/i.test(detail))) {
    const which = refused ?? "the tool that it refuses";
    return `change the schema or the name of ${which}, or leave it out of the role's tools (offered were ${tools.join(", ")})`;
  }
  if (/context|too long|too many tokens|maximum.*length/i.test(detail)) {
    return "shorten the input, or choose a model that reads more";
  }
  if (structured && /response_format|schema|json|tool|function|strict|structured/i.test(detail)) {
    const others = StructuredMethod.options.filter((method) => method !== structured);
    return `set OPENAI_STRUCTURED_OUTPUT to ${others.join(" or ")} in place of ${structured}`;
  }
  if (/tool|function/i.test(detail)) return "choose a model that can call tools";
  return "change what it names, or choose another model";
}

/** The tool that a refusal names, by its place in the request or in quotes. */
function refusedTool(detail: string, tools: readonly string[]): string | undefined {
  const place = /\b(?:tools|functions)[.[](\d+)/.exec(detail)?.[1];
  const quoted = (name: string) => ["'", '"', "`"].some((mark) => detail.includes(`${mark}${name}${mark}`));
  return tools[Number(place ?? Number.NaN)] ?? tools.find(quoted);
}

/** A key as a refusal quotes it: masked with asterisks too, or shorter than a key is elsewhere. */
const QUOTED_KEY = /\bsk-[\w*-]{6,}|(?<=\bBearer\s+)[^\s"']+/gi;

/** What an endpoint says, without secrets. */
const withoutKeys = (detail: string) => redacted(detail).replace(QUOTED_KEY, "[redacted]");

interface ErrorFacts {
  status: number | undefined;
  names: string[];
  codes: string[];
  /** What kind of error the endpoint says it is. */
  types: string[];
  detail: string;
  retryAfter: number | undefined;
}

function factsOf(error: unknown): ErrorFacts {
  const chain = causesOf(error);
  const headers = chain.flatMap((each) => ("headers" in each ? [each.headers] : []))[0];
  return {
    status: chain.map(statusOf).find((status) => status !== undefined),
    names: chain.flatMap((each) => [each.name, each.constructor.name]),
    codes: textsOf(chain, "code"),
    types: textsOf(chain, "type"),
    detail: placed(oneLine(chain.at(-1)?.message || String(error)), textsOf(chain, "param")[0]),
    retryAfter: retryAfterIn(headers),
  };
}

/** What errors say by one of their fields, where it is text. */
const textsOf = (errors: readonly Error[], field: string): string[] =>
  errors.flatMap((error) => {
    const value: unknown = Reflect.get(error, field);
    return typeof value === "string" ? [value] : [];
  });

/** What was refused, and the place in the request that the endpoint means. */
const placed = (detail: string, place: string | undefined) =>
  place && !detail.includes(place) ? `${detail.replace(/[.\s]+$/, "")}, at ${oneLine(place)}` : detail;

/** An error's HTTP status, or the one that stands as its code where it came in the middle of a stream. */
function statusOf(error: Error): number | undefined {
  if ("status" in error && typeof error.status === "number") return error.status;
  const code = "code" in error ? Number(error.code) : Number.NaN;
  return code >= 400 && code < 600 ? code : undefined;
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function byStatus(status: number): ModelFault {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "bad_request";
}

const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT|ETIMEDOUT/;

/** Faults without a status: the connection, the clock, or a body that is not what it should be. */
function byKind({ names, codes, types, detail }: ErrorFacts): ModelFault | undefined {
  if (names.includes("TimeoutError")) return "timeout";
  if (types.includes("invalid_request_error")) return "bad_request";
  if (codes.some((code) => UNREACHABLE.test(code)) || UNREACHABLE.test(detail)) return "unreachable";
  if (
    names.includes("SyntaxError") ||
    /terminated|socket hang up|ECONNRESET|other side closed|UND_ERR/.test([...codes, detail].join(" "))
  )
    return "bad_response";
  if (names.includes("APIConnectionError")) return "unreachable";
  return names.includes("APIError") ? "server_error" : undefined;
}

/** Seconds, from `Retry-After` as seconds or as a date; at most a minute, so that no run waits in silence. */
function retryAfterIn(headers: unknown): number | undefined {
  const value = headers instanceof Headers ? headers.get("retry-after") : null;
  if (!value) return undefined;
  const seconds = Number.isNaN(Number(value)) ? (Date.parse(value) - Date.now()) / 1000 : Number(value);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) : undefined;
}

const oneLine = (text: string) =>
  text
    .replace(/\n\nTroubleshooting URL[\s\S]*$/, "")
    .replace(/^\d{3} (?=\S)/, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);
