import type { IncomingHttpHeaders } from "node:http";
import { type ChatBody, type EndpointRequest, textOf } from "./request.ts";

/** Tokens as an endpoint reports them. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
}

/** How an answer is reported: by default with usage counted at four characters a token. */
export interface Reporting {
  usage?: Usage | "absent";
  finish?: "stop" | "length";
}

/** One call of a tool; arguments given as a string go out as they are, valid JSON or not. */
export interface Call {
  name: string;
  args: unknown;
}

/** What the endpoint sends. */
type Content =
  | ({ kind: "text"; content: string } & Reporting)
  | ({ kind: "structured"; value: unknown } & Reporting)
  | ({ kind: "calls"; calls: Call[] } & Reporting)
  | { kind: "failure"; status: number; headers: Record<string, string>; body: unknown }
  | { kind: "raw"; body: string };

/**
 * What the endpoint sends, and how: `after` a pause, with pauses between the parts of a stream, and
 * `stops` halfway: the socket destroyed, the response ended as if complete, or left open for ever.
 * `silent` stops before the first byte.
 */
export type Reply = Content & {
  latencyMs?: number;
  chunkMs?: number;
  stops?: "destroyed" | "ended" | "open";
  silent?: boolean;
};

/** What a request is answered with; whatever it throws becomes a 400, which no client tries again. */
export type Answer = (request: EndpointRequest) => Reply | Promise<Reply>;

/** A text answer. */
export const text = (content: string, reporting: Reporting = {}): Reply => ({
  kind: "text",
  content,
  ...reporting,
});

/** A structured answer, in the form in which it was asked for. */
export const structured = (value: unknown, reporting: Reporting = {}): Reply => ({
  kind: "structured",
  value,
  ...reporting,
});

/** A structured answer whose JSON breaks off, in the form in which it was asked for. */
export const brokenJson = (json = '{"approved": tr'): Reply => ({ kind: "structured", value: new Raw(json) });

/** An answer that calls tools. */
export const calls = (...calls: Call[]): Reply => ({ kind: "calls", calls });

/** A body that is not JSON, with status 200. */
export const malformedBody = (body = '{"id":"chatcmpl-1","choices":[{"message":'): Reply => ({
  kind: "raw",
  body,
});

const FAILURES: Record<number, [type: string, code: string | null, message: string]> = {
  400: ["invalid_request_error", null, "Invalid request."],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided: none."],
  404: [
    "invalid_request_error",
    "model_not_found",
    "The model does not exist or you do not have access to it.",
  ],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached for requests."],
  500: ["server_error", null, "The server had an error while processing your request."],
};

/** An error status with a body as OpenAI writes it; `retryAfter` in seconds or as the header's text. */
export function failure(
  status: number,
  options: { message?: string; code?: string; param?: string; retryAfter?: number | string } = {},
): Reply {
  const [type, code, message] = FAILURES[status] ?? ["server_error", null, `Status ${status}.`];
  const { retryAfter } = options;
  return {
    kind: "failure",
    status,
    headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
    body: {
      error: {
        message: options.message ?? message,
        type,
        param: options.param ?? null,
        code: options.code ?? code,
      },
    },
  };
}

/** The reply, after a pause. */
export const late = (latencyMs: number, reply: Reply): Reply => ({ ...reply, latencyMs });

/** The reply, with a pause before each part of its stream. */
export const slowly = (chunkMs: number, reply: Reply): Reply => ({ ...reply, chunkMs });

/** The first half of the reply; then the connection breaks, or ends as if the reply were complete. */
export const cut = (reply: Reply, how: "destroyed" | "ended" = "destroyed"): Reply => ({
  ...reply,
  stops: how,
});

/** The first half of the reply; then nothing, for ever. */
export const stall = (reply: Reply): Reply => ({ ...reply, stops: "open" });

/** Never a byte. */
export const hang = (): Reply => ({ ...text(""), stops: "open", silent: true });

/** The connection breaks before the first byte. */
export const reset = (): Reply => ({ ...text(""), stops: "destroyed", silent: true });

/** JSON text that goes out as it is, valid or not. */
export class Raw {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

/** Answers with the replies of a list, in order of arrival; the last one over is an error. */
export function inOrder(replies: readonly Reply[]): Answer {
  const left = [...replies];
  return ({ n }) => {
    const reply = left.shift();
    if (!reply) throw new Error(`request ${n} came after all ${replies.length} replies were used`);
    return reply;
  };
}

/** The role that a request speaks for: the model's name, if it is one of the roles, or the first that a system message names. */
function roleIn(roles: readonly string[], { body }: { body: ChatBody; headers: IncomingHttpHeaders }) {
  if (roles.includes(body.model)) return body.model;
  const system = body.messages.filter(({ role }) => role === "system" || role === "developer").map(textOf);
  return roles.find((role) => new RegExp(`\\b${role}\\b`, "i").test(system.join("\n")));
}

/**
 * Answers each role with its own replies, in order of that role's requests. HTTP carries no role:
 * it is the model's name (`OPENAI_MODEL_WRITER=writer`), else the first that a system message names.
 */
export function byRole(
  replies: Readonly<Record<string, readonly Reply[] | Answer>>,
  roleOf: (request: EndpointRequest) => string | undefined = (request) =>
    roleIn(Object.keys(replies), request),
): Answer {
  const answers = new Map(
    Object.entries(replies).map(([role, of]) => [role, typeof of === "function" ? of : inOrder(of)]),
  );
  return (request) => {
    const role = roleOf(request);
    const answer = role === undefined ? undefined : answers.get(role);
    if (!answer) throw new Error(`request ${request.n} is of no known role (${role ?? "none found"})`);
    return answer(request);
  };
}
