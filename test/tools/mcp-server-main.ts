/** A server of tools that behaves as its first argument says. */
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const [behaviour = "", pidFile] = process.argv.slice(2);
if (pidFile) appendFileSync(pidFile, `${process.pid}\n`);

export function serverOf(name: string): McpServer {
  const server = new McpServer({ name, version: "1" });
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  const inputSchema = { word: z.string().describe("A word."), times: z.number().int().max(9).optional() };
  server.registerTool(
    "echo",
    { description: "Gives a word back. ".repeat(100), inputSchema },
    ({ word, times = 1 }) => text(word.repeat(times)),
  );
  server.registerTool("environment", { description: "Names its variables." }, () =>
    text(Object.keys(process.env).sort().join(" ")),
  );
  server.registerTool("fail", { description: "Fails." }, () => {
    throw new Error(`no: ${process.env["SERVER_TOKEN"]}`);
  });
  server.registerTool(
    "tell",
    {
      description: `Tells ${process.env["SERVER_TOKEN"]}.`,
      inputSchema: { key: z.string().optional().describe(`Not ${process.env["SERVER_TOKEN"]}.`) },
    },
    () => text(`It is ${process.env["SERVER_TOKEN"]} in ${process.env["SERVER_FOLDER"]}.`),
  );
  server.registerTool(
    "match",
    { description: "Has a pattern.", inputSchema: { word: z.string().regex(/^(a+)+$/) } },
    ({ word }) => text(`${word.length} letters`),
  );
  server.registerTool("die", { description: "Ends the server." }, () => process.exit(1));
  server.registerTool("hang", { description: "Never answers." }, () => new Promise<never>(() => {}));
  server.registerTool("garbage", { description: "Answers nonsense." }, () => {
    process.stdout.write(`nonsense\n{"jsonrpc": "2.0"}\n[]\n\n`);
    return new Promise<never>(() => {});
  });
  server.registerTool("flood", { description: "Answers too much." }, () => text("x".repeat(20_000_000)));
  server.registerTool("long", { description: "Answers much." }, () => text("x".repeat(1_000_000)));
  server.registerTool("many", { description: "Answers in parts." }, () => ({
    content: [
      { type: "text" as const, text: "one" },
      { type: "image" as const, data: "AAAA", mimeType: "image/png" },
      { type: "resource" as const, resource: { uri: "file:///a.txt", text: "two" } },
    ],
  }));
  server.registerTool("write.file", { description: "Has a name that models cannot call." }, () =>
    text("written"),
  );
  return server;
}

if (behaviour === "mute") setInterval(() => {}, 1_000);
else if (behaviour === "stubborn") {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1_000);
} else if (behaviour === "refuse") {
  process.stderr.write(`No configuration for ${process.env["SERVER_TOKEN"]}\n`);
  process.exit(3);
} else if (behaviour === "babble") {
  process.stdout.write("Welcome to the server!\n".repeat(1_000));
  await serverOf("babble").connect(new StdioServerTransport());
} else if (behaviour === "serve") await serverOf("test").connect(new StdioServerTransport());
