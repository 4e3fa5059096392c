import { GraphwrightError, ModelError, type ModelFault } from "../errors.ts";
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
  "model_not_found",
  "unauthorized",
  "bad_request",
  "truncated",
];

/** Whether the same model may be asked again. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof ModelError && PASSING.includes(error.fault);

/** Whether the next model of the fallback order may be asked. */
export const mayFallBack = (error: unknown): boolean =>
  error instanceof ModelError && ELSEWHERE.includes(error.fault);

/** Seconds that the endpoint asked to wait. */
export const retryAfterOf = (error: unknown): number | undefined =>
  error instanceof ModelError ? error.retryAfter : undefined;

/** Says in one sentence why a call failed and what to do, whatever the client threw. */
export function faultOf(error: unknown, candidate: Candidate): ModelError | undefined {
  if (error instanceof ModelError) return error;
  if (error instanceof GraphwrightError) return undefined;
  const facts = factsOf(error);
  const fault = facts.status !== undefined ? byStatus(facts.status) : byKind(facts);
  if (!fault) return undefined;
  const detail = facts.status ? `${facts.status}: ${facts.detail}` : facts.detail;
  return modelError(fault, candidate, detail, { cause: error, retryAfter: facts.retryAfter });
}

/** The error of a fault, in words that say what to do. */
export function modelError(
  fault: ModelFault,
  { name, baseUrl }: Candidate,
  detail: string,
  options: { cause?: unknown; retryAfter?: number | undefined } = {},
): ModelError {
  const at = baseUrl ? ` at ${baseUrl}` : "";
  return new ModelError(fault, name, `${SAYS[fault](name, at)} (${detail})`, options);
}

const SAYS: Record<ModelFault, (model: string, at: string) => string> = {
  unauthorized: (model, at) => `The endpoint${at} refused the key for ${model}; check OPENAI_API_KEY.`,
  model_not_found: (model, at) =>
    `The endpoint${at} has no model "${model}"; set OPENAI_MODEL or --model to one it serves.`,
  bad_request: (model, at) =>
    `The endpoint${at} refused the request to ${model}; if it names response_format or tools, set OPENAI_STRUCTURED_OUTPUT to tools or json.`,
  rate_limited: (model, at) =>
    `The endpoint${at} limits the rate of calls to ${model}; wait, or raise the limit there.`,
  server_error: (model, at) => `The endpoint${at} failed to answer for ${model}; try again later.`,
  unreachable: (model, at) =>
    `The endpoint${at} of ${model} cannot be reached; check OPENAI_BASE_URL and that it runs.`,
  timeout: (model, at) =>
    `${model}${at} did not answer in time; raise OPENAI_TIMEOUT_SECONDS if it is only slow.`,
  bad_response: (model, at) =>
    `The answer of ${model}${at} broke off or was not valid; try again, or check the endpoint.`,
  truncated: (model, at) =>
    `The answer of ${model}${at} hit its output limit; raise OPENAI_MAX_OUTPUT_TOKENS.`,
};

interface ErrorFacts {
  status: number | undefined;
  names: string[];
  codes: string[];
  detail: string;
  retryAfter: number | undefined;
}

function factsOf(error: unknown): ErrorFacts {
  const chain = causesOf(error);
  const first = chain[0];
  return {
    status: first && "status" in first && typeof first.status === "number" ? first.status : undefined,
    names: chain.map((each) => each.name),
    codes: chain.flatMap((each) => ("code" in each && typeof each.code === "string" ? [each.code] : [])),
    detail: oneLine(chain.at(-1)?.message || String(error)),
    retryAfter: first && "headers" in first ? retryAfterIn(first.headers) : undefined,
  };
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function byStatus(status: number): ModelFault {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "model_not_found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "bad_request";
}

const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT|ETIMEDOUT/;

/** Faults without a status: the connection, the clock, or a body that is not what it should be. */
function byKind({ names, codes, detail }: ErrorFacts): ModelFault | undefined {
  if (names.includes("TimeoutError")) return "timeout";
  if (codes.some((code) => UNREACHABLE.test(code)) || UNREACHABLE.test(detail)) return "unreachable";
  if (
    names.includes("SyntaxError") ||
    /terminated|socket hang up|ECONNRESET|other side closed|UND_ERR/.test([...codes, detail].join(" "))
  )
    return "bad_response";
  return names.includes("APIConnectionError") ? "unreachable" : undefined;
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
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);
