import type { LookupFunction } from "node:net";
import type { Agent, Response } from "undici";
import { messageOf, ToolError } from "../errors.ts";
import { isHost } from "../security/permissions.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";
import { checkHost, publicLookup } from "./addresses.ts";
import { bodyWithin } from "./body-within.ts";

/** Which pages may be fetched. */
export interface PageLimits {
  hosts: readonly string[] | undefined;
  allowPrivate: boolean;
  maxBytes: number;
  maxRedirects: number;
  /** The longest address that may be asked for, in characters. */
  maxAddress: number;
  lookup: LookupFunction;
}

/** A page as it came. */
export interface FetchedPage {
  /** Its address after all redirects, without a fragment. */
  url: string;
  type: "html" | "markdown" | "text";
  charset: string | undefined;
  bytes: Buffer;
}

const HEADERS = {
  "user-agent": "graphwright",
  accept: "text/html, text/markdown, text/plain, application/json;q=0.9, text/*;q=0.8",
};

const loadUndici = onceLoaded(() => import("undici"));

/**
 * Fetches a page; each redirect is checked as the first address is, and followed on the same host alone: whether
 * another host may be read is for those to decide who judge the calls.
 *
 * @throws ToolError that says why there is no page to read
 */
export async function fetchPage(
  address: string,
  limits: PageLimits,
  signal: AbortSignal,
): Promise<FetchedPage> {
  const { Agent } = await loadUndici();
  const lookup = limits.allowPrivate ? limits.lookup : publicLookup(limits.lookup);
  const agent = new Agent({ connect: { lookup } });
  try {
    const { url, response } = await followed(checked(address, limits), limits, agent, signal);
    const read = readable(url, response);
    const bytes = await bodyWithin(response.body, limits.maxBytes, url).catch((error: unknown) => {
      throw failure(url, error, signal);
    });
    const type = read.type ?? sniffed(url, bytes);
    return { url, charset: read.charset, type, bytes };
  } finally {
    // Not waited for: what a server still sends is of no interest.
    agent.destroy().catch(() => {});
  }
}

async function followed(first: URL, limits: PageLimits, agent: Agent, signal: AbortSignal) {
  const seen = new Set<string>();
  for (let url = first; ; ) {
    if (seen.has(url.href)) throw new ToolError(`${first.href} redirects in a circle by way of ${url.href}.`);
    if (seen.size > limits.maxRedirects) {
      throw new ToolError(
        `${first.href} redirects more than ${limits.maxRedirects} times, lastly to ${url.href}.`,
      );
    }
    seen.add(url.href);
    const response = await fetched(url, agent, signal);
    const target = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || target === null) return { url: url.href, response };
    await response.body?.cancel();
    const next = checked(target, limits, url.href);
    if (next.hostname !== url.hostname) throw elsewhere(url, next, limits);
    url = next;
  }
}

function elsewhere(from: URL, to: URL, { maxAddress }: PageLimits): ToolError {
  const long = to.href.length > maxAddress;
  return new ToolError(
    long
      ? `${from.href} redirects to ${to.host}, by an address of ${to.href.length} characters, which cannot be read.`
      : `${from.href} redirects to ${to.href}; call read_web_page with that address if you need it.`,
  );
}

async function fetched(url: URL, dispatcher: Agent, signal: AbortSignal): Promise<Response> {
  const { fetch } = await loadUndici();
  try {
    return await fetch(url, {
      dispatcher,
      signal,
      redirect: "manual",
      credentials: "omit",
      headers: HEADERS,
    });
  } catch (error) {
    throw failure(url.href, error, signal);
  }
}

/** What is thrown for a failed request: who refused its address said why. */
function failure(url: string, error: unknown, signal: AbortSignal): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (signal.aborted) return signal.reason;
  if (error instanceof ToolError || cause instanceof ToolError)
    return error instanceof ToolError ? error : cause;
  return new ToolError(
    `${url} cannot be read: ${messageOf(cause)}. Check the address, or try another page.`,
    { cause },
  );
}

/** An address that may be fetched, without its fragment. */
function checked(address: string, { hosts, allowPrivate }: PageLimits, base?: string): URL {
  if (!URL.canParse(address, base)) {
    throw new ToolError(
      `${JSON.stringify(address)} is no address of a page; give it whole, as https://example.org/page.`,
    );
  }
  const url = new URL(address, base);
  url.hash = "";
  if (url.username || url.password)
    throw new ToolError(`The address at ${url.host} holds a user or password; leave them out.`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new ToolError(`${url.protocol} pages cannot be read, only http: and https: ones.`);
  }
  if (hosts && !hosts.some((host) => isHost(host, url.href))) {
    throw new ToolError(`${url.host} may not be read. Allowed are ${hosts.join(", ")}.`);
  }
  if (!allowPrivate) checkHost(url.hostname);
  return url;
}

/** How to read a response; its type is undefined where the server does not say it. */
function readable(
  url: string,
  { status, headers }: Response,
): Pick<FetchedPage, "charset"> & { type: FetchedPage["type"] | undefined } {
  if (status < 200 || status > 299)
    throw new ToolError(`${url} answers with the status ${status}. ${adviceOn(status)}`);
  const said = headers.get("content-type") ?? "";
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(said)?.[1];
  const media = said.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (media === "") return { charset, type: undefined };
  if (media === "application/pdf")
    throw new ToolError(`${url} is a PDF, which this tool does not read; read_document reads PDF files.`);
  if (/^(text\/html|application\/xhtml\+xml)$/.test(media)) return { charset, type: "html" };
  if (/^text\/(x-)?markdown$/.test(media)) return { charset, type: "markdown" };
  if (/^text\/|^application\/(.*\+)?(json|xml)$/.test(media)) return { charset, type: "text" };
  throw new ToolError(`${url} is ${media}, which cannot be read as text. Choose a page of text.`);
}

function sniffed(url: string, bytes: Buffer): FetchedPage["type"] {
  if (bytes.includes(0))
    throw new ToolError(`${url} is no text, and does not say what it is. Choose a page of text.`);
  return /^\s*</.test(bytes.subarray(0, 200).toString("latin1")) ? "html" : "text";
}

function adviceOn(status: number): string {
  if (status === 404 || status === 410) return "There is no such page: check the address, or search for it.";
  if (status === 401 || status === 403) return "It may not be read without leave; choose another page.";
  if (status === 429 || status >= 500) return "Try it later, or choose another page.";
  return "Choose another page.";
}
