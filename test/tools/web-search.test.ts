import { ToolMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { noWebSearch, type WebSearchOptions, webSearch } from "../../src/tools/web-search.ts";
import { closedPort, webServer } from "./web-server.ts";

const KEY = "tvly-0123456789";

function searchAt(baseUrl: string, options: WebSearchOptions = {}) {
  const search = webSearch({ service: { apiKey: KEY, baseUrl }, ...options });
  if (!search) throw new Error("no search");
  return search;
}

/** The error of a search at a server that answers so. */
async function failureAt(status: number, body: string, headers: Record<string, string> = {}): Promise<Error> {
  const server = await webServer((_, response) => response.writeHead(status, headers).end(body));
  const error: unknown = await searchAt(server.url)
    .invoke({ query: "tea" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ToolError);
  if (!(error instanceof ToolError)) throw new Error("no ToolError");
  expect(`${error.message} ${error.cause}`).not.toContain(KEY);
  return error;
}

describe("the tool web_search", () => {
  test("asks the service with its key, and gives passages that can be cited by their address", async () => {
    let body = "";
    const results = [
      { title: "Tea", url: "https://tea.example/", content: "Tea is brewed.", score: 0.9, raw_content: null },
      { title: "Not a page", url: "javascript:alert(1)", content: "No." },
      { title: null, url: "http://plain.example/", content: "Water boils." },
      { title: "Beyond", url: "https://more.example/", content: "…" },
    ];
    const server = await webServer(async (request, response) => {
      for await (const chunk of request) body += chunk;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ query: "tea", results }));
    });
    const search = searchAt(`${server.url}/`, { limit: 2 });
    const call = {
      type: "tool_call" as const,
      id: "1",
      name: search.name,
      args: { query: "How is tea brewed?" },
    };
    const message: unknown = await search.invoke(call);
    if (!ToolMessage.isInstance(message)) throw new Error("no tool message");
    expect(message.artifact).toEqual([
      { title: "Tea", file: "https://tea.example/", heading: "", text: "Tea is brewed." },
      { title: "http://plain.example/", file: "http://plain.example/", heading: "", text: "Water boils." },
    ]);
    expect(message.text).toContain('<source id="1" title="Tea" file="https://tea.example/">');
    expect(message.text).toContain("Water boils.");
    expect(JSON.parse(body)).toEqual({ query: "How is tea brewed?", max_results: 2 });
    expect(server.requests).toMatchObject([
      { method: "POST", url: "/search", headers: { authorization: `Bearer ${KEY}` } },
    ]);
  });

  test("says so when it finds nothing", async () => {
    const server = await webServer((_, response) => response.end('{"results": []}'));
    expect(await searchAt(server.url).invoke({ query: "tea" })).toBe(
      'The web search finds nothing on "tea". Try other words.',
    );
  });

  test.each([
    [401, {}, "The web search refuses its key (status 401)."],
    [403, {}, "The web search refuses its key (status 403)."],
    [429, { "retry-after": "7" }, "Try again in 7 s."],
    [429, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, "Try again later."],
    [432, {}, "fails with the status 432. Go on without it."],
    [500, {}, "fails with the status 500. Try again later, or go on without it."],
  ])("says what the status %i means to the model, with %j", async (status, headers, message) => {
    expect((await failureAt(status, `no ${KEY}`, headers)).message).toContain(message);
  });

  test.each(["", "{", "null", '{"results": 1}', '{"results": [{"title": 1}]}', "<html>"])(
    "takes %j for no answer",
    async (body) => {
      expect((await failureAt(200, body)).message).toContain("gives no answer that can be read");
    },
  );

  test("reads no answer beyond its size", async () => {
    expect((await failureAt(200, "x".repeat(3_000_000))).message).toContain("is larger than 2 MB");
  });

  test("carries its key to nobody else", async () => {
    const other = await webServer((_, response) => response.end('{"results": []}'));
    expect((await failureAt(307, "", { location: `${other.url}/search` })).message).toContain("status 307");
    expect(other.requests).toEqual([]);
  });

  test("says that nobody answers, or not in time, or only half", async () => {
    const gone = await searchAt(`http://127.0.0.1:${await closedPort()}`)
      .invoke({ query: "tea" })
      .catch(String);
    expect(gone).toMatch(/^ToolError: The web search cannot be reached: .*ECONNREFUSED/);
    const slow = await webServer(() => {});
    const late = searchAt(slow.url, { timeoutMs: 200 }).invoke({ query: "tea" });
    await expect(late).rejects.toThrow("web_search came to no end within 0.2 s");
    const broken = await webServer((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(searchAt(broken.url).invoke({ query: "tea" })).rejects.toBeInstanceOf(ToolError);
  });

  test("is not there without a key, which is said", () => {
    // The tests run without a key.
    expect(webSearch()).toBeUndefined();
    expect(noWebSearch()).toBe("There is no web search: TAVILY_API_KEY is not set.");
  });
});
