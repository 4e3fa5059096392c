import { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { messageOf, ToolError } from "../errors.ts";
import { isDuplicate } from "../state/duplicates.ts";
import { boundedJsonTool, cut, type JsonSchema } from "./bounded.ts";
import { type McpConfig, type McpServer, readMcpConfig } from "./mcp-config.ts";
import { connectMcp, type McpConnection, McpServerError } from "./mcp-connection.ts";

/** The bounds of servers of tools and of their tools. */
export interface McpOptions {
  /** How long a server may take to start and to list its tools; 30 s unless given. */
  startMs?: number;
  /** How long a call may take; 30 s unless given. */
  timeoutMs?: number;
  /** How much text a call may give, in characters; 20,000 unless given. */
  maxChars?: number;
}

/** The tools of all servers of a configuration. */
export interface McpTools {
  /** Named `<server>__<tool>`, so that no server can pose as another tool. */
  tools: StructuredToolInterface[];
  /** Ends the servers' processes and sessions; may be called twice. A process with open servers does not end by itself. */
  close(): Promise<void>;
}

const START_MS = 30_000;
const TIMEOUT_MS = 30_000;
const MAX_TOOLS = 128;
const MAX_DESCRIPTION = 1_000;
const MAX_SCHEMA = 20_000;
const MAX_TOOL_NAME = 64;
const MAX_COMPLAINT = 1_000;

/**
 * The tools of MCP servers, under the bounds of our own: from a JSON file with `mcpServers`, or the same as an object.
 *
 * Descriptions and answers are the server's own words, without what its configuration keeps secret; patterns in the
 * schemas of its tools are for the server to check. A server that dies, hangs or answers nonsense later makes its
 * calls fail with a `ToolError`; it is not started again.
 *
 * @throws UsageError for a configuration that cannot be used
 * @throws McpServerError naming the first server that cannot be used; those that were started are ended
 */
export async function mcpTools(config: string | McpConfig, options: McpOptions = {}): Promise<McpTools> {
  const servers = await readMcpConfig(config);
  const starting = [...servers].map(async ([name, server]) => ({
    server,
    connection: await connectMcp(name, server, options.startMs ?? START_MS),
  }));
  const settled = await Promise.allSettled(starting);
  const connected = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const close = async () => {
    await Promise.allSettled(connected.map(({ connection }) => connection.close()));
  };
  try {
    for (const each of settled) if (each.status === "rejected") throw each.reason;
    const tools = connected.flatMap(({ server, connection }) => toolsOf(server, connection, options));
    return { tools, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function toolsOf({ tools: allowed }: McpServer, connection: McpConnection, options: McpOptions) {
  const { server, tools } = connection;
  const missing = allowed?.find((name) => !tools.some((tool) => tool.name === name));
  if (missing !== undefined) {
    throw new McpServerError(
      server,
      `it has no tool ${missing}; it has ${cut(namesOf(tools), MAX_COMPLAINT)}`,
    );
  }
  const wanted = allowed ? tools.filter(({ name }) => allowed.includes(name)) : tools;
  if (wanted.length > MAX_TOOLS) {
    throw new McpServerError(
      server,
      `it has ${wanted.length} tools; name at most ${MAX_TOOLS} of them by "tools"`,
    );
  }
  const bounded = wanted.map((tool) => boundedMcpTool(tool, connection, options));
  const names = bounded.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (twice !== undefined) throw new McpServerError(server, `several of its tools have the name ${twice}`);
  return bounded;
}

const namesOf = (tools: readonly StructuredToolInterface[]) => tools.map(({ name }) => name).join(", ");

function boundedMcpTool(
  tool: StructuredToolInterface,
  { server, redact }: McpConnection,
  { timeoutMs = TIMEOUT_MS, maxChars }: McpOptions,
): StructuredToolInterface {
  const schema = tool.schema as JsonSchema;
  const size = JSON.stringify(schema).length;
  if (size > MAX_SCHEMA) {
    const name = tool.name.slice(0, MAX_TOOL_NAME);
    throw new McpServerError(
      server,
      `the schema of its tool ${name} has ${size} characters; leave it out by "tools"`,
    );
  }
  const name = `${server}__${tool.name.replace(/[^A-Za-z0-9_-]/g, "_")}`.slice(0, MAX_TOOL_NAME);
  const description = `A tool of the server ${server}, which says of it: ${cut(tool.description, MAX_DESCRIPTION)}`;
  const bounds = { timeoutMs, ...(maxChars === undefined ? {} : { maxChars }) };
  return boundedJsonTool({ name, description, schema, ...bounds }, async (args, { signal }) => {
    const call = { type: "tool_call" as const, id: "call", name: tool.name, args };
    try {
      // Its own time limit is for the case that ours is longer than the adapter's.
      const message: unknown = await tool.invoke(call, { signal, timeout: 2 * timeoutMs });
      return redact(ToolMessage.isInstance(message) ? textOf(message) : String(message));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new ToolError(`${name} failed: ${cut(redact(messageOf(error)), MAX_COMPLAINT)}`);
    }
  });
}

/** What is no text is named, and not shown. */
function textOf({ content }: ToolMessage): string {
  if (typeof content === "string") return content;
  const parts = content.map((part) =>
    "text" in part && typeof part.text === "string" ? part.text : `[${kindOf(part)}]`,
  );
  return parts.join("\n") || "The tool gave no text.";
}

const kindOf = (part: { type?: string; mime_type?: unknown; url?: unknown }) =>
  [part.type ?? "something", part.mime_type, part.url].filter((each) => typeof each === "string").join(" ");
