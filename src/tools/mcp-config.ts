import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, UsageError } from "../errors.ts";
import { misfitOf } from "../state/misfit.ts";

/** The text of a file is the text that is sent: a name in it would let the file choose among our secrets. */
const text = z
  .string()
  .refine(
    (value) => !/\$\{[^}]*\}/.test(value),
    "placeholders in braces are not filled in; write the value, or give the configuration as an object",
  );

const tools = z
  .array(z.string().min(1))
  .optional()
  .describe("The tools that may be called, as the server names them; all of them unless given.");

const LocalServer = z.strictObject({
  type: z.literal("stdio").optional(),
  command: text.min(1).describe("The program that is started."),
  args: z.array(text).default([]),
  env: z
    .record(z.string(), text)
    .default({})
    .describe(
      "Its environment, beside HOME, LOGNAME, PATH, SHELL, TERM and USER; nothing else is passed on.",
    ),
  cwd: z.string().min(1).optional().describe("Its working directory; ours unless given."),
  tools,
});

const RemoteServer = z.strictObject({
  type: z.enum(["http", "streamable-http"]).optional(),
  url: z.url({ protocol: /^https?$/, error: "it is not an http or https address" }),
  headers: z.record(z.string(), text).default({}),
  tools,
});

/** A server of tools that is started here, or that is called by HTTP. */
export type McpServer = z.output<typeof LocalServer> | z.output<typeof RemoteServer>;

/** Servers of tools by their names, in the form that most clients of MCP read. */
export interface McpConfig {
  mcpServers: Record<string, z.input<typeof LocalServer> | z.input<typeof RemoteServer>>;
}

const Config = z.strictObject({ mcpServers: z.record(z.string(), z.unknown()) });

/** Without a double underscore, which ends the server's name in that of a tool. */
const NAME = /^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$/;
const MAX_NAME = 24;

/**
 * The servers of a configuration, or of a JSON file that holds one.
 *
 * @throws UsageError naming the server and what does not fit, without showing values
 */
export async function readMcpConfig(config: string | McpConfig): Promise<Map<string, McpServer>> {
  const where = typeof config === "string" ? config : "the configuration";
  const parsed = Config.safeParse(typeof config === "string" ? await fileJson(config) : config);
  if (!parsed.success) throw unusable(where, misfitOf(parsed.error));
  const servers = new Map<string, McpServer>();
  for (const [name, given] of Object.entries(parsed.data.mcpServers)) {
    if (!NAME.test(name) || name.length > MAX_NAME) {
      throw unusable(
        where,
        `the name ${JSON.stringify(name)} has other characters than letters, digits, - and single _, or more than ${MAX_NAME}`,
      );
    }
    const schema = typeof given === "object" && given !== null && "url" in given ? RemoteServer : LocalServer;
    const server = schema.safeParse(given);
    if (!server.success) throw unusable(where, `the server ${name}: ${misfitOf(server.error)}`);
    servers.set(name, server.data);
  }
  return servers;
}

async function fileJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    // The parser shows the text around its mistake, which may be a key.
    throw unusable(file, cause instanceof SyntaxError ? "it is not JSON" : messageOf(cause));
  }
}

const unusable = (where: string, reason: string) =>
  new UsageError("BAD_MCP", `The MCP servers of ${where} cannot be used: ${reason}.`);
