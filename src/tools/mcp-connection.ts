import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { JsonSchemaValidatorResult } from "@modelcontextprotocol/sdk/validation/types.js";
import { GraphwrightError, messageOf } from "../errors.ts";
import { deadlineIn, untilAborted } from "../resilience/abort.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";
import { bodyLimited } from "./body-within.ts";
import type { McpServer } from "./mcp-config.ts";
import { harmlessSchema } from "./mcp-schema.ts";

/** A server of tools cannot be started or reached, or offers what cannot be used. */
export class McpServerError extends GraphwrightError {
  readonly server: string;

  constructor(server: string, reason: string) {
    super("MCP_SERVER", `The MCP server ${server} cannot be used: ${reason}.`);
    this.server = server;
  }
}

/** A connected server. */
export interface McpConnection {
  server: string;
  /** As the server names and describes them. */
  tools: StructuredToolInterface[];
  /** Takes out what the configuration keeps secret. */
  redact: (text: string) => string;
  close(): Promise<void>;
}

const MAX_BYTES = 10 * 2 ** 20;
const MAX_PAGES = 20;
const MAX_COMPLAINT = 500;
const LEAVE_MS = 2_000;

const load = onceLoaded(async () => {
  const [adapters, client, stdio, http] = await Promise.all([
    import("@langchain/mcp-adapters"),
    import("@modelcontextprotocol/sdk/client/index.js"),
    import("@modelcontextprotocol/sdk/client/stdio.js"),
    import("@modelcontextprotocol/sdk/client/streamableHttp.js"),
  ]);
  return { ...adapters, ...client, ...stdio, ...http };
});

/**
 * Starts or calls a server and asks for its tools.
 *
 * @throws McpServerError if that takes longer than `startMs`, or fails; a process that was started is ended
 */
export async function connectMcp(server: string, config: McpServer, startMs: number): Promise<McpConnection> {
  const { Client, loadMcpTools } = await load();
  const { transport, complaint, leave } = await transportFor(config);
  const client = new Client({ name: "graphwright", version: "1" }, { jsonSchemaValidator: UNCHECKED });
  const redact = redactorOf(config);
  const deadline = deadlineIn(startMs);
  const close = async () => {
    await leave();
    await client.close();
  };
  const started = async () => {
    await client.connect(transport, { timeout: startMs, signal: deadline.signal });
    listsLimited(client, redact);
    return loadMcpTools(server, client, { throwOnLoadError: true, outputHandling: "content" });
  };
  try {
    return { server, tools: await untilAborted(started, deadline.signal), redact, close };
  } catch (error) {
    await client.close();
    const last = complaint();
    throw new McpServerError(server, redact(`${messageOf(error)}${last && `; it says: ${last}`}`));
  } finally {
    deadline.clear();
  }
}

/** What a tool answers is text to us, whatever shape it has; patterns for it would be matched without a limit. */
const UNCHECKED = {
  getValidator:
    <Value>() =>
    (data: unknown): JsonSchemaValidatorResult<Value> => ({
      valid: true,
      data: data as Value,
      errorMessage: undefined,
    }),
};

/** A server that always has a further page of tools is asked for no more; what it lists is made harmless at once. */
function listsLimited(client: Client, redact: (text: string) => string): void {
  const list = client.listTools.bind(client);
  let pages = 0;
  client.listTools = async (...args) => {
    pages += 1;
    if (pages > MAX_PAGES) throw new Error(`its list of tools has more than ${MAX_PAGES} pages`);
    const page = await list(...args);
    const tools = page.tools.map((tool) => ({
      ...tool,
      ...(tool.description === undefined ? {} : { description: redact(tool.description) }),
      inputSchema: { ...harmlessSchema(tool.inputSchema, redact), type: "object" as const },
    }));
    return { ...page, tools };
  };
}

async function transportFor(config: McpServer) {
  const { StdioClientTransport, StreamableHTTPClientTransport } = await load();
  if ("url" in config) {
    const requestInit = { headers: config.headers };
    const transport = new StreamableHTTPClientTransport(new URL(config.url), {
      requestInit,
      fetch: fetchLimited,
    });
    const leave = async () => {
      const deadline = deadlineIn(LEAVE_MS);
      // A server that does not let a session go keeps nobody waiting.
      await untilAborted(() => transport.terminateSession(), deadline.signal).catch(() => {});
      deadline.clear();
    };
    return { transport, leave, complaint: () => "" };
  }
  const { command, args, env, cwd } = config;
  const transport = new StdioClientTransport({ command, args, env, stderr: "pipe", ...(cwd ? { cwd } : {}) });
  let said = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-MAX_COMPLAINT);
  });
  return { transport, leave: async () => {}, complaint: () => said.trim().replace(/\s+/g, " ") };
}

/** Requests whose answers are held to a size; the stream of a server's own messages, which nobody reads, is not opened. */
const fetchLimited = async (url: string | URL, init?: RequestInit): Promise<Response> => {
  if (init?.method === "GET") return new Response(null, { status: 405 });
  const response = await fetch(url, init);
  if (!response.body) return response;
  const { status, statusText, headers } = response;
  return new Response(bodyLimited(response.body, MAX_BYTES), { status, statusText, headers });
};

const LEAST_SECRET = 6;

/** What says where something is or how it is done: a server that could not name its own folder would be of no use. */
const NO_SECRET = /^(?:\.{0,2}\/[\w.\- /]*|[a-z]+(?:\/[a-z]+)?)$/;
const SECRET_NAME = /key|token|secret|passw|pwd|auth|cookie|credential/i;

/** The longest first, so that none is left in parts by another one that it holds. */
function redactorOf(config: McpServer): (text: string) => string {
  const secrets = Object.entries("url" in config ? config.headers : config.env)
    .filter(([name, value]) => SECRET_NAME.test(name) || !NO_SECRET.test(value))
    .flatMap(([, value]) => [value, ...value.split(/\s+/)])
    .filter((each) => each.length >= LEAST_SECRET)
    .sort((one, other) => other.length - one.length);
  return (text) => secrets.reduce((kept, secret) => kept.replaceAll(secret, "…"), text);
}
