import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { ToolError, UsageError } from "../../src/errors.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { type McpOptions, type McpTools, mcpTools } from "../../src/tools/mcp.ts";
import type { McpConfig } from "../../src/tools/mcp-config.ts";
import { McpServerError } from "../../src/tools/mcp-connection.ts";
import { program } from "../programs/program.ts";
import { folderWith } from "./folders.ts";
import { serverOf } from "./mcp-server-main.ts";
import { closedPort, webServer } from "./web-server.ts";

const TOKEN = "token-0123456789";

/** The configuration of a test server that behaves so, and writes its process id to a file. */
function local(behaviour: string, pidFile?: string) {
  const args = [program("mcp-server"), behaviour, ...(pidFile ? [pidFile] : [])];
  return { command: process.execPath, args, env: { SERVER_TOKEN: TOKEN, SERVER_FOLDER: "/srv/teas" } };
}

async function opened(config: string | McpConfig, options?: McpOptions): Promise<McpTools> {
  const servers = await mcpTools(config, options);
  onTestFinished(servers.close);
  return servers;
}

function toolOf({ tools }: McpTools, name: string) {
  const found = tools.find((tool) => tool.name === name);
  if (!found) throw new Error(`no ${name} among ${tools.map((tool) => tool.name).join(", ")}`);
  return found;
}

const served = (options?: McpOptions) => opened({ mcpServers: { test: local("serve") } }, options);

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => void process.on("unhandledRejection", note));
afterEach(() => {
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

/**
 * Why servers cannot be used of which only `good` ever answers, and the time that they had to start. It is
 * doubled until it is enough for `good`, however busy the machine is.
 */
async function refusal(config: McpConfig): Promise<{ failure: unknown; startMs: number }> {
  for (let startMs = 500; ; startMs *= 2) {
    const failure: unknown = await mcpTools(config, { startMs }).catch((error: unknown) => error);
    const isTooShort = failure instanceof McpServerError && failure.server === "good";
    if (!isTooShort || startMs >= 8_000) return { failure, startMs };
  }
}

/** Whether the processes that wrote to a file are all gone. */
function gone(pidFile: string): boolean {
  return readFileSync(pidFile, "utf8")
    .split("\n")
    .filter(Boolean)
    .every((pid) => {
      try {
        process.kill(Number(pid), 0);
        return false;
      } catch {
        return true;
      }
    });
}

describe("the tools of a server that is started here", () => {
  test("have its name before theirs, its words cut, its schema, and may do anything", async () => {
    const servers = await served();
    const echo = toolOf(servers, "test__echo");
    const names = "echo environment fail tell match die hang garbage flood long many write_file".split(" ");
    expect(servers.tools.map(({ name }) => name)).toEqual(names.map((name) => `test__${name}`));
    expect(echo.description).toMatch(/^A tool of the server test, which says of it: Gives a word back\./);
    expect(echo.description.length).toBeLessThan(1_200);
    expect(echo.schema).toMatchObject({
      properties: { word: { type: "string", description: "A word." } },
      required: ["word"],
    });
    expect(traitsOf(echo)).toEqual({
      readOnly: false,
      evidence: false,
      acts: false,
      workflow: false,
    });
    expect(await echo.invoke({ word: "tea", times: 2 })).toBe("teatea");
    await expect(echo.invoke({ word: 1 })).rejects.toThrow();
    expect(await toolOf(servers, "test__write_file").invoke({})).toBe("written");
  });

  test("see what their configuration names of the environment, and nothing of ours", async () => {
    vi.stubEnv("OPENAI_API_KEY", "ours");
    onTestFinished(() => void vi.unstubAllEnvs());
    const names = String(await toolOf(await served(), "test__environment").invoke({})).split(" ");
    expect(names).toContain("SERVER_TOKEN");
    const passedOn = ["HOME", "LOGNAME", "PATH", "SERVER_FOLDER", "SERVER_TOKEN", "SHELL", "TERM", "USER"];
    expect(names.filter((name) => !passedOn.includes(name) && !name.startsWith("__"))).toEqual([]);
  });

  test("give text, and name what is none", async () => {
    expect(await toolOf(await served(), "test__many").invoke({})).toBe("one\n[image_url]\ntwo");
  });

  test("are held to our limits, and their failures are told without secrets", async () => {
    const servers = await served({ timeoutMs: 500, maxChars: 100 });
    const long = String(await toolOf(servers, "test__long").invoke({}));
    expect(long).toMatch(/^x{100}\n… cut after 100 of 1000000 characters\.$/);
    const failure: unknown = await toolOf(servers, "test__fail")
      .invoke({})
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolError);
    expect(String(failure)).toContain("test__fail failed:");
    expect(String(failure)).toContain("no: …");
    expect(String(failure)).not.toContain(TOKEN);
    for (const name of ["test__hang", "test__garbage"]) {
      const hanging = toolOf(servers, name).invoke({});
      await expect(hanging).rejects.toThrow(`${name} came to no end within 0.5 s`);
      await expect(hanging).rejects.toBeInstanceOf(ToolError);
    }
    expect(await toolOf(servers, "test__echo").invoke({ word: "still there" })).toBe("still there");
  });

  test("do not tell secrets in their words, schemas and answers, but where things are", async () => {
    const tell = toolOf(await served(), "test__tell");
    expect(tell.description).toContain("which says of it: Tells ….");
    expect(tell.schema).toMatchObject({ properties: { key: { type: "string", description: "Not …." } } });
    expect(await tell.invoke({})).toBe("It is … in /srv/teas.");
  });

  test("have no patterns that are matched here, which might take for ever", async () => {
    const match = toolOf(await served(), "test__match");
    expect(match.schema).toMatchObject({ properties: { word: { type: "string" } } });
    expect(JSON.stringify(match.schema)).not.toContain("pattern");
    const failure: unknown = await match.invoke({ word: "b" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolError);
    expect(String(failure)).toMatch(/test__match failed: .*Input validation error/);
  });

  test("end with the signal of who calls", async () => {
    const stop = new AbortController();
    const hanging = toolOf(await served(), "test__hang").invoke({}, { signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(hanging).rejects.toThrow();
    await expect(hanging).rejects.not.toBeInstanceOf(ToolError);
  });

  test.each(["die", "flood"])("fail where the server comes to an end: %s", async (name) => {
    const pidFile = path.join(folderWith({}), "pids");
    const servers = await opened({ mcpServers: { test: local("serve", pidFile) } });
    for (const called of [`test__${name}`, "test__echo"]) {
      const failure: unknown = await toolOf(servers, called)
        .invoke({ word: "tea" })
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ToolError);
      expect(String(failure)).toContain(`${called} failed:`);
    }
    await expect.poll(() => gone(pidFile), { timeout: 10_000 }).toBe(true);
  });

  test("are those that the configuration allows", async () => {
    const allowed = await opened({
      mcpServers: { test: { ...local("serve"), tools: ["echo", "write.file"] } },
    });
    expect(allowed.tools.map(({ name }) => name)).toEqual(["test__echo", "test__write_file"]);
    const none = mcpTools({ mcpServers: { test: { ...local("serve"), tools: ["ecko"] } } });
    await expect(none).rejects.toThrow(
      "The MCP server test cannot be used: it has no tool ecko; it has echo, ",
    );
  });

  test("are there although it greets with lines that are no messages", async () => {
    const servers = await opened({ mcpServers: { test: local("babble") } });
    expect(await toolOf(servers, "test__echo").invoke({ word: "tea" })).toBe("tea");
  });
});

describe("servers that are started here", () => {
  test("end when they are closed, also those that do not want to", async () => {
    const pidFile = path.join(folderWith({}), "pids");
    const servers = await mcpTools({
      mcpServers: { one: local("serve", pidFile), two: local("serve", pidFile) },
    });
    expect(gone(pidFile)).toBe(false);
    await servers.close();
    await servers.close();
    await expect.poll(() => gone(pidFile)).toBe(true);
    await expect(toolOf(servers, "one__echo").invoke({ word: "tea" })).rejects.toBeInstanceOf(ToolError);
  });

  test.each(["mute", "stubborn"])(
    "that never answer are named, and ended with all others: %s",
    async (behaviour) => {
      const pidFile = path.join(folderWith({}), "pids");
      const config = { mcpServers: { good: local("serve", pidFile), bad: local(behaviour, pidFile) } };
      const { failure, startMs } = await refusal(config);
      expect(failure).toBeInstanceOf(McpServerError);
      expect(failure).toMatchObject({ code: "MCP_SERVER", server: "bad" });
      expect(String(failure)).toContain(`no end within ${startMs / 1_000} s`);
      await expect.poll(() => gone(pidFile), { timeout: 10_000 }).toBe(true);
    },
  );

  test("that cannot start are named, with what they complain of but for secrets", async () => {
    const refused = mcpTools({ mcpServers: { bad: local("refuse") } });
    await expect(refused).rejects.toThrow(
      /The MCP server bad cannot be used: .*Connection closed; it says: No configuration for …\./,
    );
    const missing = mcpTools({ mcpServers: { bad: { command: "/no/such/program" } } });
    await expect(missing).rejects.toThrow(/The MCP server bad cannot be used: .*ENOENT/);
  });
});

describe("a server that is called by HTTP", () => {
  async function remote() {
    return webServer(async (request, response) => {
      const transport = new StreamableHTTPServerTransport({});
      response.on("close", () => void transport.close());
      // Its optional members are undefined where the interface has none.
      await serverOf("remote").connect(transport as Transport);
      await transport.handleRequest(request, response);
    });
  }

  test("has tools like any other, and is sent its headers", async () => {
    const { url, requests } = await remote();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const servers = await opened({
      mcpServers: { far: { type: "http", url: `${url}/mcp`, headers, tools: ["echo"] } },
    });
    expect(await toolOf(servers, "far__echo").invoke({ word: "tea" })).toBe("tea");
    expect(requests.every((request) => request.headers["authorization"] === headers.authorization)).toBe(
      true,
    );
  });

  test.each([
    ["refuses", 401, `no ${TOKEN}`],
    ["answers nonsense", 200, "nonsense"],
    ["answers no message", 200, '{"results": []}'],
    ["answers without an end", 200, undefined],
  ])("is named where it %s", async (_, status, body) => {
    const { url } = await webServer((_, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      if (body !== undefined) return void response.end(body);
      const chunk = " ".repeat(1_000_000);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        response.once("drain", more);
      };
      more();
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const failure: unknown = await mcpTools(
      { mcpServers: { far: { url, headers } } },
      { startMs: 5_000 },
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(McpServerError);
    expect(String(failure)).toContain("The MCP server far cannot be used:");
    expect(String(failure)).not.toContain(TOKEN);
  });

  test("is named where nobody answers, or nobody in time", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    await expect(mcpTools({ mcpServers: { far: { url } } })).rejects.toThrow(
      "The MCP server far cannot be used:",
    );
    const silent = await webServer(() => {});
    const late = mcpTools({ mcpServers: { far: { url: silent.url } } }, { startMs: 300 });
    await expect(late).rejects.toThrow("The MCP server far cannot be used: no end within 0.3 s.");
  });
});

describe("a configuration", () => {
  test("is read from a file as other clients write it", async () => {
    const file = path.join(folderWith({}), "mcp.json");
    writeFileSync(
      file,
      JSON.stringify({ mcpServers: { test: { type: "stdio", ...local("serve"), tools: ["echo"] } } }),
    );
    expect((await opened(file)).tools.map(({ name }) => name)).toEqual(["test__echo"]);
  });

  test("without servers has no tools", async () => {
    expect((await opened({ mcpServers: {} })).tools).toEqual([]);
  });

  test.each([
    ["{", "it is not JSON"],
    ["[]", "expected object"],
    ["{}", "mcpServers"],
    [
      '{"mcpServers": {"a": {}}}',
      'the server a: "command": Invalid input: expected string, received undefined',
    ],
    ['{"mcpServers": {"a": {"command": "x", "tool": ["b"]}}}', 'Unrecognized key: "tool"'],
    ['{"mcpServers": {"a": {"type": "sse", "url": "http://x/"}}}', "the server a:"],
    ['{"mcpServers": {"a": {"url": "ftp://x/"}}}', "it is not an http or https address"],
    [
      '{"mcpServers": {"a": {"command": "x", "env": {"KEY": "\\u0024{KEY}"}}}}',
      "placeholders in braces are not filled in",
    ],
    ['{"mcpServers": {"a__b": {"command": "x"}}}', 'the name "a__b"'],
    ['{"mcpServers": {"a_": {"command": "x"}}}', 'the name "a_"'],
    ['{"mcpServers": {"a b": {"command": "x"}}}', 'the name "a b"'],
  ])("is refused with its mistake: %s", async (json, message) => {
    const file = path.join(folderWith({ "mcp.json": json }), "mcp.json");
    const failure: unknown = await mcpTools(file).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toContain(file);
    expect(String(failure)).toContain(message);
  });

  test("that is not there is told", async () => {
    await expect(mcpTools("/no/such/mcp.json")).rejects.toThrow(
      /The MCP servers of \/no\/such\/mcp.json cannot be used: ENOENT/,
    );
  });
});
