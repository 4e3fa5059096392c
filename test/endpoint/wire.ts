import { Raw, type Reply, type Reporting, type Usage } from "./replies.ts";
import { askedOf, type ChatBody } from "./request.ts";

/** What goes out over the wire: a status, headers, and the body in the parts in which it is written. */
export interface Wire {
  status: number;
  headers: Record<string, string>;
  parts: string[];
}

const PARTS = 4;
const CREATED = 1_735_689_600;

/** Writes a reply as an OpenAI-compatible endpoint would: as a stream if the request asks for one. */
export function wireOf(reply: Reply, body: ChatBody, n: number): Wire {
  if (reply.kind === "failure") return whole(JSON.stringify(reply.body), reply.status, reply.headers);
  if (reply.kind === "raw") return body.stream ? events([reply.body]) : whole(reply.body);
  const message = shorten(messageOf(reply, body, n), body);
  return body.stream
    ? events(chunksOf(message, body, n))
    : whole(JSON.stringify(completion(message, body, n)));
}

interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

interface Message {
  content: string | null;
  toolCalls: ToolCall[];
  finish: "stop" | "length" | "tool_calls";
  usage: Usage | undefined;
}

type Spoken = Extract<Reply, { kind: "text" | "structured" | "calls" }>;

function messageOf(reply: Spoken, body: ChatBody, n: number): Message {
  const call = (name: string, args: unknown, i: number): ToolCall => ({
    // Of one length up to 36 requests: the tokens of a conversation do not depend on how many came before it.
    id: `call_${n.toString(36)}_${i}`,
    type: "function",
    function: { name, arguments: jsonOf(args) },
  });
  const asked = reply.kind === "structured" ? askedOf(body) : undefined;
  const toolCalls =
    reply.kind === "calls"
      ? reply.calls.map(({ name, args }, i) => call(name, args, i))
      : reply.kind === "structured" && asked?.by === "tool"
        ? [call(asked.name, reply.value, 0)]
        : [];
  const content =
    toolCalls.length > 0 || reply.kind === "calls"
      ? null
      : reply.kind === "text"
        ? reply.content
        : jsonOf(reply.value);
  const finish = reply.finish ?? (toolCalls.length > 0 && asked?.by !== "tool" ? "tool_calls" : "stop");
  return { content, toolCalls, finish, usage: usageOf(reply, body, `${content ?? ""}${jsonOf(toolCalls)}`) };
}

const jsonOf = (value: unknown) =>
  value instanceof Raw ? value.json : typeof value === "string" ? value : JSON.stringify(value);
const tokens = (text: string) => Math.ceil(text.length / 4);

function usageOf({ usage }: Reporting, body: ChatBody, said: string): Usage | undefined {
  if (usage === "absent") return undefined;
  const { messages, tools, response_format } = body;
  const prompt = JSON.stringify([messages, tools, response_format]);
  return usage ?? { prompt_tokens: tokens(prompt), completion_tokens: tokens(said) };
}

/** An answer longer than the request's own limit breaks off there. */
function shorten(message: Message, body: ChatBody): Message {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  const { content, usage, toolCalls } = message;
  if (!limit || content === null || toolCalls.length > 0 || tokens(content) <= limit) return message;
  return {
    ...message,
    content: content.slice(0, limit * 4),
    finish: "length",
    usage: usage && { ...usage, completion_tokens: Math.min(usage.completion_tokens, limit) },
  };
}

const head = (body: ChatBody, n: number, object: string) => ({
  id: `chatcmpl-${n}`,
  object,
  created: CREATED,
  model: body.model,
});
const total = (usage: Usage) => ({ ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens });

function completion({ content, toolCalls, finish, usage }: Message, body: ChatBody, n: number) {
  const message = {
    role: "assistant",
    content,
    refusal: null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  return {
    ...head(body, n, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    ...(usage && { usage: total(usage) }),
  };
}

function chunksOf({ content, toolCalls, finish, usage }: Message, body: ChatBody, n: number): string[] {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    JSON.stringify({
      ...head(body, n, "chat.completion.chunk"),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
  const called = toolCalls.flatMap(({ id, type, function: { name, arguments: args } }, index) => [
    chunk({ tool_calls: [{ index, id, type, function: { name, arguments: "" } }] }),
    ...pieces(args).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]);
  const told = body.stream_options?.include_usage && usage;
  return [
    chunk({ role: "assistant", content: content === null ? null : "" }),
    ...pieces(content ?? "").map((piece) => chunk({ content: piece })),
    ...called,
    chunk({}, finish),
    ...(told
      ? [JSON.stringify({ ...head(body, n, "chat.completion.chunk"), choices: [], usage: total(told) })]
      : []),
    "[DONE]",
  ];
}

/** Cuts a text into a few pieces, never through a character. */
function pieces(text: string): string[] {
  const characters = [...text];
  const size = Math.max(1, Math.ceil(characters.length / PARTS));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(""),
  );
}

const whole = (body: string, status = 200, headers: Record<string, string> = {}): Wire => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  parts: pieces(body),
});

const events = (payloads: string[]): Wire => ({
  status: 200,
  headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
  parts: payloads.map((payload) => `data: ${payload}\n\n`),
});
