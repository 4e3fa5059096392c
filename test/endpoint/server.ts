import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { refusal, type Supports } from "./refusals.ts";
import { type Answer, failure, inOrder, type Reply } from "./replies.ts";
import type { ChatBody, RecordedRequest } from "./request.ts";
import { wireOf } from "./wire.ts";

export type { Supports } from "./refusals.ts";
export * from "./replies.ts";
export { askedOf, type EndpointRequest, promptOf, textOf } from "./request.ts";
export { strictFaults } from "./strict-faults.ts";
export { writerAnswers } from "./writer-answers.ts";

/** What an endpoint answers, and what it can do. */
export interface EndpointOptions {
  answer: Answer | readonly Reply[];
  supports?: Supports;
  /** A pause before every answer. */
  latencyMs?: number;
}

/** A running endpoint. */
export interface Endpoint {
  /** The base URL for clients: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** Every chat completion request so far, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Stops listening and breaks every open connection. */
  close(): Promise<void>;
}

/** Starts an OpenAI-compatible endpoint on a free port of 127.0.0.1. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { answer } = options;
  const requests: RecordedRequest[] = [];
  const closing = new AbortController();
  const context: Context = {
    options,
    answer: typeof answer === "function" ? answer : inOrder(answer),
    requests,
    closing: closing.signal,
  };
  const server = createServer((request, response) => {
    serve(request, response, context).catch((error: unknown) => {
      if (!closing.signal.aborted && !response.destroyed) response.destroy(asError(error));
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The base URL of a port on which nothing listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

interface Context {
  options: EndpointOptions;
  answer: Answer;
  requests: RecordedRequest[];
  closing: AbortSignal;
}

/** A process keeps by its address what it knows of an endpoint, such as that it is to be left alone: none has it twice. */
const had = new Set<number>();

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  if (had.has(port)) {
    await new Promise((resolve) => server.close(resolve));
    return listen(server);
  }
  had.add(port);
  return port;
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const arrivedAt = performance.now();
  const sent = await bodyOf(request);
  if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
    const message = `Unknown request URL: ${request.method} ${request.url}.`;
    return send(failure(404, { message, code: "unknown_url" }), undefined, response, context);
  }
  let body: ChatBody;
  try {
    body = JSON.parse(sent) as ChatBody;
  } catch {
    const message = "We could not parse the JSON body of your request.";
    return send(failure(400, { message }), undefined, response, context);
  }
  const n = context.requests.length;
  const record: RecordedRequest = {
    n,
    body,
    headers: request.headers,
    arrivedAt,
    endedAt: undefined,
    outcome: "open",
  };
  context.requests.push(record);
  response.on("close", () => {
    record.endedAt = performance.now();
    if (record.outcome === "open") record.outcome = response.writableFinished ? "answered" : "left";
  });
  const reply = refusal(body, context.options.supports ?? {}) ?? (await replyTo(record, context));
  return send(reply, record, response, context);
}

async function replyTo({ n, body, headers }: RecordedRequest, { answer }: Context): Promise<Reply> {
  try {
    return await answer({ n, body, headers });
  } catch (error) {
    return failure(400, { message: `The test's endpoint has no answer: ${asError(error).message}.` });
  }
}

async function send(
  reply: Reply,
  record: RecordedRequest | undefined,
  response: ServerResponse,
  { options, closing }: Context,
): Promise<void> {
  const { status, headers, parts } = wireOf(reply, record?.body ?? EMPTY, record?.n ?? 0);
  const { latencyMs = options.latencyMs ?? 0, chunkMs = 0, stops, silent } = reply;
  if (latencyMs > 0) await pause(latencyMs, undefined, { signal: closing });
  const written = silent ? [] : stops ? parts.slice(0, Math.ceil(parts.length / 2)) : parts;
  const streamed = headers["content-type"]?.startsWith("text/event-stream");
  const length = Buffer.byteLength((stops === "ended" ? written : parts).join(""));
  if (!silent) response.writeHead(status, streamed ? headers : { ...headers, "content-length": length });
  for (const part of written) {
    if (response.destroyed) return;
    if (chunkMs > 0) await pause(chunkMs, undefined, { signal: closing });
    await new Promise((resolve) => response.write(part, resolve));
  }
  if (stops === "open") return;
  if (record && stops) record.outcome = "cut";
  if (stops === "destroyed") response.destroy();
  else response.end();
}

const EMPTY: ChatBody = { model: "", messages: [] };
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
