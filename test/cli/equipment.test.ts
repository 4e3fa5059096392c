import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, calls, startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { program } from "../programs/program.ts";
import { Workplace } from "./command.ts";

const TASK = ["supervisor", "How does a run survive a crash?", "--docs", "docs"];

const servers = (command: string, ...args: string[]) =>
  JSON.stringify({ mcpServers: { demo: { command, args } } });

async function place(files: Record<string, string>, answer: Answer = writerAnswers()) {
  const workplace = new Workplace();
  for (const [name, text] of Object.entries(files)) workplace.put(name, text);
  const endpoint = await startEndpoint({ answer });
  onTestFinished(() => endpoint.close());
  const call = (...options: string[]) =>
    workplace.call([...TASK, ...options], { env: { OPENAI_BASE_URL: endpoint.url } });
  return { call, endpoint, workplace };
}

describe("--roles", () => {
  it("says all that is wrong with a file, by line, and begins nothing", async () => {
    const { call, endpoint, workplace } = await place({
      "roles.yaml": "name: coder\ngaol: Write.\ntools: [5]\n",
    });
    const { code, out, err } = await call("--roles", "roles.yaml");
    expect([code, out]).toEqual([2, ""]);
    expect(err.trimEnd().split("\n")).toEqual([
      "The role file roles.yaml cannot be used:",
      expect.stringMatching(/^ {2}line 1, column 1: goal: It is missing/),
      expect.stringMatching(/^ {2}line 2, column 1: gaol: .*did you mean goal/),
      expect.stringMatching(/^ {2}line 3, column 9: tools\[0\]/),
    ]);
    expect([endpoint.requests, workplace.has("runs.db")]).toEqual([[], false]);
  });

  it("names the nearest of the tools where there is none by a name", async () => {
    const { call } = await place({ "roles.yaml": "name: coder\ngoal: Write.\ntools: [run_cod]\n" });
    const { code, err } = await call("--roles", "roles.yaml");
    expect(code).toBe(2);
    expect(err).toContain(
      'The role coder names the tool "run_cod", which there is none of; did you mean run_code?',
    );
  });

  it("takes the place of an agent's role, with its prompt and its tools", async () => {
    const role = "name: coder\ngoal: Write haiku about code.\ntools: [calculate]\n";
    const { call, endpoint } = await place({ "roles.yaml": role });
    const { code } = await call("--roles", "roles.yaml");
    expect(code).toBe(0);
    const asked = endpoint.requests.map(({ body }) => body);
    const coder = asked.find(({ messages }) => JSON.stringify(messages).includes("Write haiku about code."));
    expect(coder?.messages[0]?.role).toBe("system");
    expect(coder?.tools?.map((tool) => tool.function?.name)).toEqual(["calculate"]);
  });
});

describe("--mcp", () => {
  const role = "name: coder\ngoal: Echo.\ntools: [demo__echo]\n";

  /** The coder calls the server's tool once; everyone else answers. */
  const echoing: Answer = (request) => {
    const { tools = [], messages } = request.body;
    const isCoder = tools.some((tool) => tool.function?.name === "demo__echo");
    const called = messages.some((message) => message.role === "tool");
    if (isCoder && !called) return calls({ name: "demo__echo", args: { word: "ahoy" } });
    return writerAnswers()(request);
  };

  it("gives roles that grant them the tools of a server, and ends it with the command", async () => {
    const { call, endpoint } = await place(
      { "roles.yaml": role, "mcp.json": servers(process.execPath, program("mcp-server"), "serve") },
      echoing,
    );
    const { code, err } = await call("--roles", "roles.yaml", "--mcp", "mcp.json", "--budget-calls", "8");
    expect(err).toContain('demo__echo {"word":"ahoy"}');
    expect([0, 4]).toContain(code);
    const results = endpoint.requests.flatMap(({ body }) =>
      body.messages.filter(({ role }) => role === "tool"),
    );
    expect(results[0]?.content).toContain('<material from="demo__echo">\nahoy\n</material>');
  });

  it.each([
    ["a file that is not there", undefined, 2, "cannot be used: ENOENT"],
    [
      "a server that does not start",
      servers(process.execPath, "-e", "process.exit(3)"),
      1,
      "The MCP server demo",
    ],
    ["a file that is no configuration", '{"mcpServers": {"demo": {}}}', 2, "mcp.json"],
  ])("says of %s what is wrong, and begins nothing", async (_, text, ends, problem) => {
    const { call, endpoint } = await place(text === undefined ? {} : { "mcp.json": text });
    const { code, err } = await call("--mcp", "mcp.json");
    expect([code, err]).toEqual([ends, expect.stringContaining(problem)]);
    expect(endpoint.requests).toEqual([]);
  });
});
