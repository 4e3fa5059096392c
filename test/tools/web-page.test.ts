import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { gzipSync } from "node:zlib";
import { ToolMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { type WebPageOptions, webPage } from "../../src/tools/web-page.ts";
import { closedPort, webServer } from "./web-server.ts";

const here = (options: WebPageOptions = {}) => webPage({ allowPrivate: true, ...options });

async function messageOf(url: string, options: WebPageOptions = {}, skip?: number) {
  const tool = here(options);
  const args = { url, ...(skip === undefined ? {} : { skip }) };
  const message: unknown = await tool.invoke({ type: "tool_call", id: "1", name: tool.name, args });
  if (!ToolMessage.isInstance(message)) throw new Error("no tool message");
  return message;
}

/** A server whose one page has this type and content. */
const page = (type: string | undefined, content: string | Buffer, headers: Record<string, string> = {}) =>
  webServer((_, response) => {
    response.writeHead(200, type === undefined ? headers : { "content-type": type, ...headers }).end(content);
  });

/** A name service that knows every name by the same addresses. */
const resolving =
  (...addresses: string[]): LookupFunction =>
  (_, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };

async function refusal(url: string, options: WebPageOptions = {}): Promise<string> {
  const error: unknown = await webPage({ allowPrivate: false, ...options })
    .invoke({ url })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ToolError);
  return error instanceof Error ? error.message : "";
}

describe("the tool read_web_page", () => {
  test("gives a page's text, its code included, as passages under the page's address", async () => {
    const html = `<html><head><title>Site</title><script>no()</script></head><body><nav>Home</nav><main><h1>Tea</h1>
      <p>Tea is <b>brewed</b>.</p><h2>How</h2><pre>pour(water)</pre></main></body></html>`;
    const { url, requests } = await page("text/html; charset=utf-8", html, { "set-cookie": "a=b" });
    const message = await messageOf(`${url}/tea?a=1#how`);
    expect(message.artifact).toEqual([
      { title: "Tea", file: `${url}/tea?a=1`, heading: "Tea", text: "Tea is brewed." },
      { title: "Tea › How", file: `${url}/tea?a=1`, heading: "How", text: "pour(water)" },
    ]);
    expect(message.text).toMatch(
      /^http.*\/tea\?a=1\n\n<source id="1" title="Tea" file="[^"]*">\nTea is brewed\.\n<\/source>/,
    );
    expect(requests[0]?.headers).toMatchObject({ "user-agent": "graphwright" });
    expect(requests[0]?.headers).not.toHaveProperty("cookie");
  });

  test.each([
    ["text/plain", "Plain words.", "Plain words."],
    ["text/markdown", "# Title\n\nSome *words*.", "Some words."],
    ["application/json", '{"answer": 42}', '{"answer": 42}'],
    ["application/problem+json", '{"answer": 42}', '{"answer": 42}'],
    ["application/xhtml+xml", "<p>Words</p>", "Words"],
    [undefined, " <p>Words</p>", "Words"],
    [undefined, "Just words.", "Just words."],
  ])("reads %s", async (type, content, text) => {
    const { url } = await page(type, content);
    expect((await messageOf(url)).artifact).toMatchObject([{ text }]);
  });

  test.each([
    ["text/html; charset=iso-8859-1", Buffer.from("<p>Größe</p>", "latin1")],
    ["text/html", Buffer.from('<meta charset="windows-1252"><p>Größe</p>', "latin1")],
    ["text/plain; charset=utf-8", Buffer.from("\ufeffGröße", "utf16le")],
    ["text/plain; charset=nonsense", Buffer.from("Größe")],
  ])("reads the charset of %s", async (type, content) => {
    const { url } = await page(type, content);
    expect((await messageOf(url)).artifact).toMatchObject([{ text: "Größe" }]);
  });

  test("gives a long page in parts", async () => {
    const html = Array.from(
      { length: 300 },
      (_, at) => `<h2>Part ${at}</h2><p>${"word ".repeat(100)}${at}.</p>`,
    );
    const { url } = await page("text/html", html.join(""));
    const first = await messageOf(url);
    const count = first.artifact.length;
    expect(first.text).toContain(`${300 - count} more passages; read on with skip ${count}.`);
    expect(first.text.length).toBeLessThan(40_000);
    expect((await messageOf(url, {}, count)).artifact[0].heading).toBe(`Part ${count}`);
    await expect(messageOf(url, {}, 300)).rejects.toThrow("has 300 passages and no further one");
  });

  test("reads the beginning of a page of very many tags, and says so; scripts do not count", async () => {
    const long = await page("text/html", `<p>First.</p>${"<p>x</p>".repeat(100_000)}<p>Last.</p>`);
    const { text, artifact } = await messageOf(long.url);
    expect(text).toContain("The page is long: its last 300025 characters were not read.");
    expect(artifact[0].text).toContain("First.");
    const script = `<script>"<style>";${"x".repeat(600_000)}</script ><STYLE>a{}</style>`;
    const scripted = await page("text/html", `<p>First.</p>${script}<p>Last.</p>`);
    const read = await messageOf(scripted.url);
    expect(read.text).not.toContain("were not read");
    expect(read.artifact).toMatchObject([{ text: "First.\n\nLast." }]);
  });

  test("reads unpacked pages, and counts their bytes unpacked", async () => {
    const packed = await page("text/plain", gzipSync("Packed words."), { "content-encoding": "gzip" });
    expect((await messageOf(packed.url)).artifact).toMatchObject([{ text: "Packed words." }]);
    const bomb = await page("text/plain", gzipSync(Buffer.alloc(50_000_000)), { "content-encoding": "gzip" });
    await expect(messageOf(bomb.url)).rejects.toThrow("is larger than 2 MB and was not read");
    const broken = await page("text/plain", "not packed", { "content-encoding": "gzip" });
    await expect(messageOf(broken.url)).rejects.toBeInstanceOf(ToolError);
  });

  test("reads no page beyond its size, and stops the server that sends it", async () => {
    let sent = 0;
    const { url } = await webServer((_, response) => {
      response.setHeader("content-type", "text/html");
      const chunk = Buffer.alloc(100_000, "x");
      const more = () => {
        while (sent < 100_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    await expect(messageOf(url)).rejects.toThrow("is larger than 2 MB and was not read");
    expect(sent).toBeLessThan(50_000_000);
    await expect(messageOf(url, { maxBytes: 10 })).rejects.toThrow("is larger than 10 bytes");
  });

  test("is held to a time limit, the wait for the rest of a page included", async () => {
    const silent = await webServer(() => {});
    await expect(messageOf(silent.url, { timeoutMs: 200 })).rejects.toThrow("came to no end within 0.2 s");
    const slow = await webServer((_, response) => {
      response.setHeader("content-type", "text/plain").write("words");
    });
    await expect(messageOf(slow.url, { timeoutMs: 200 })).rejects.toThrow("came to no end within 0.2 s");
  });

  test.each([
    ["application/pdf", "%PDF", "is a PDF, which this tool does not read; read_document reads PDF files."],
    ["image/png", "png", "is image/png, which cannot be read as text"],
    ["application/octet-stream", "x", "cannot be read as text"],
    [undefined, "\0\0", "is no text"],
    ["text/html", "<script>app()</script>", "has no text to read; it may be written by scripts"],
  ])("says that it cannot read %s", async (type, content, message) => {
    const { url } = await page(type, content);
    await expect(messageOf(url)).rejects.toThrow(message);
    await expect(messageOf(url)).rejects.toBeInstanceOf(ToolError);
  });

  test.each([
    [404, "There is no such page"],
    [403, "It may not be read without leave"],
    [503, "Try it later"],
    [304, "Choose another page"],
  ])("says what the status %i means to the model", async (status, message) => {
    const { url } = await webServer((_, response) => response.writeHead(status).end());
    await expect(messageOf(url)).rejects.toThrow(`answers with the status ${status}. ${message}`);
  });

  test("says that nobody answers, or that a host is not known", async () => {
    await expect(messageOf(`http://127.0.0.1:${await closedPort()}/`)).rejects.toThrow(
      /cannot be read: .*ECONNREFUSED/,
    );
    const unknown: LookupFunction = (host, _, callback) =>
      callback(new Error(`getaddrinfo ENOTFOUND ${host}`), []);
    expect(await refusal("http://nowhere.example/", { lookup: unknown })).toContain(
      "ENOTFOUND nowhere.example",
    );
  });
});

describe("a page that redirects", () => {
  const redirecting = (to: (at: number) => string | undefined) =>
    webServer((request, response) => {
      const target = to(Number(request.url?.slice(1) || 0));
      if (target === undefined) response.setHeader("content-type", "text/plain").end("The end.");
      else response.writeHead(302, { location: target }).end();
    });

  test("is followed, and cited by its last address", async () => {
    const { url } = await redirecting((at) => (at < 5 ? `/${at + 1}` : undefined));
    expect((await messageOf(url)).artifact).toMatchObject([{ file: `${url}/5`, text: "The end." }]);
  });

  test("is not followed in a circle, or too often", async () => {
    const circle = await redirecting((at) => `/${(at + 1) % 3}`);
    await expect(messageOf(`${circle.url}/0`)).rejects.toThrow(
      `redirects in a circle by way of ${circle.url}/0`,
    );
    const endless = await redirecting((at) => `/${at + 1}`);
    await expect(messageOf(endless.url)).rejects.toThrow("redirects more than 5 times");
    expect(endless.requests).toHaveLength(6);
    await expect(messageOf(endless.url, { maxRedirects: 0 })).rejects.toThrow("redirects more than 0 times");
  });

  test.each([
    ["file:///etc/passwd", "file: pages cannot be read"],
    ["http://me:secret@example.org/", "holds a user or password"],
    ["http://", "is no address of a page"],
  ])("is not followed to %s", async (target, message) => {
    const { url } = await redirecting(() => target);
    const failure: unknown = await messageOf(url).catch((error: unknown) => error);
    expect(String(failure)).toContain(message);
    expect(String(failure)).not.toContain("secret");
  });

  test("to another host is told and not followed, also where that host is allowed", async () => {
    const inside = await page("text/plain", "Inside.");
    const target = `http://localhost:${inside.port}/?a=1`;
    const { url } = await redirecting(() => target);
    const told = `${url}/ redirects to ${target}; call read_web_page with that address if you need it.`;
    await expect(messageOf(url)).rejects.toThrow(new ToolError(told));
    await expect(messageOf(url, { hosts: ["127.0.0.1", "localhost"] })).rejects.toThrow(new ToolError(told));
    expect(inside.requests).toEqual([]);
    const long = await redirecting(() => `${target}${"x".repeat(3_000)}`);
    await expect(messageOf(long.url)).rejects.toThrow(
      /redirects to localhost:\d+, by an address of \d+ characters/,
    );
  });

  test("is not followed to a host that is not allowed", async () => {
    const inside = await page("text/plain", "Inside.");
    const { url } = await redirecting(() => `http://localhost:${inside.port}/`);
    const hosts = ["127.0.0.1"];
    await expect(messageOf(url, { hosts })).rejects.toThrow("may not be read. Allowed are 127.0.0.1.");
    expect(inside.requests).toEqual([]);
  });
});

describe("an address that is not public", () => {
  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
  ])("is refused: %s", async (url) => {
    expect(await refusal(url)).toContain("is not a public address");
  });

  test("is refused behind a name, whatever the other addresses of the name are", async () => {
    const { port, requests } = await page("text/plain", "Inside.");
    const url = `http://rebound.example:${port}/`;
    expect(await refusal(url, { lookup: resolving("127.0.0.1") })).toContain(
      "rebound.example is not a public address",
    );
    expect(await refusal(url, { lookup: resolving("93.184.215.14", "127.0.0.1") })).toContain(
      "not a public address",
    );
    expect(await refusal(url, { lookup: resolving("::ffff:127.0.0.1") })).toContain("not a public address");
    expect(await refusal(url, { lookup: resolving() })).toContain("not a public address");
    expect(await refusal(`http://localhost:${port}/`, { lookup: systemLookup })).toContain(
      "localhost is not a public",
    );
    expect(requests).toEqual([]);
  });

  test("is read where that is allowed, by its name too", async () => {
    const { port } = await page("text/plain", "Inside.");
    const message = await messageOf(`http://inside.example:${port}/`, { lookup: resolving("127.0.0.1") });
    expect(message.artifact).toMatchObject([{ text: "Inside." }]);
  });
});

describe("an address", () => {
  test.each([
    ["tea", "is no address of a page; give it whole"],
    ["ftp://example.org/", "ftp: pages cannot be read"],
    ["javascript:alert(1)", "javascript: pages cannot be read"],
    ["https://me:secret@example.org/", "holds a user or password"],
  ])("is refused: %s", async (url, message) => {
    const said = await refusal(url);
    expect(said).toContain(message);
    expect(said).not.toContain("secret");
  });

  test("is held to the hosts that are allowed", async () => {
    const hosts = ["*.example.org", "example.com"];
    for (const url of [
      "http://example.org/",
      "http://evil-example.org/",
      "http://example.com.evil/",
      "http://a.example.com/",
    ]) {
      expect(await refusal(url, { hosts })).toContain(
        "may not be read. Allowed are *.example.org, example.com.",
      );
    }
    expect(await refusal("http://a.example.org/", { hosts, lookup: resolving("127.0.0.1") })).toContain(
      "not a public address",
    );
    expect(webPage({ hosts }).description).toContain(
      "Only these hosts may be read: *.example.org, example.com.",
    );
  });
});
