import { describe, expect, it } from "vitest";
import { SettingsError } from "../src/errors.ts";
import { DEFAULT_MODEL, readSettings, secretsIn } from "../src/settings.ts";

const KEY = "test-key-0123456789";

/** The error of an environment that cannot be used. */
function refused(environment: Record<string, string>): SettingsError {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  return expect.unreachable("the environment should have been refused");
}

describe("the settings", () => {
  it("of an empty environment ask the offline model, keep a file, and cap a run at 100 calls", () => {
    const settings = readSettings({});
    expect(settings).toEqual({
      endpoint: undefined,
      roles: {},
      timeoutMs: 120_000,
      totalTimeoutMs: 600_000,
      maxAttempts: 4,
      maxConcurrent: 32,
      breakAfter: 10,
      breakMs: 30_000,
      maxOutputTokens: undefined,
      databaseUrl: "file:.data/graphwright.db",
      docs: undefined,
      outputFolder: "output",
      budgetCalls: 100,
      toolTimeoutMs: 60_000,
      webSearch: undefined,
      webHosts: undefined,
      queryDatabase: undefined,
      allowPrivateAddresses: false,
      maxInputChars: 1_000_000,
      auditKey: undefined,
    });
  });

  it("search the web where there is a key, at Tavily or at the address that is named", () => {
    const apiKey = KEY;
    expect(readSettings({ TAVILY_BASE_URL: "https://search.example" }).webSearch).toBeUndefined();
    expect(readSettings({ TAVILY_API_KEY: KEY }).webSearch).toEqual({
      apiKey,
      baseUrl: "https://api.tavily.com",
    });
    expect(
      readSettings({ TAVILY_API_KEY: KEY, TAVILY_BASE_URL: "http://127.0.0.1:1/tavily" }).webSearch,
    ).toEqual({
      apiKey,
      baseUrl: "http://127.0.0.1:1/tavily",
    });
  });

  it("name the hosts that may be read, or all of them", () => {
    const hosts = (value: string) => readSettings({ GRAPHWRIGHT_WEB_HOSTS: value }).webHosts;
    expect([hosts(""), hosts("a.example, *.b.example"), hosts("a.example,*")]).toEqual([
      undefined,
      ["a.example", "*.b.example"],
      "all",
    ]);
  });

  it("name a database to query, and hide its password", () => {
    const GRAPHWRIGHT_QUERY_DATABASE = "postgres://reader:long-password@db.example/facts";
    expect(readSettings({ GRAPHWRIGHT_QUERY_DATABASE }).queryDatabase).toBe(GRAPHWRIGHT_QUERY_DATABASE);
    expect(secretsIn({ GRAPHWRIGHT_QUERY_DATABASE })).toEqual(["long-password"]);
    expect(() => readSettings({ GRAPHWRIGHT_QUERY_DATABASE: "memory:" })).toThrow(
      "file:PATH or postgres://…",
    );
  });

  it("allow private addresses only where they say so", () => {
    const allowed = (value: string) =>
      readSettings({ GRAPHWRIGHT_ALLOW_PRIVATE_ADDRESSES: value }).allowPrivateAddresses;
    expect([allowed("true"), allowed("1"), allowed("false"), allowed("0"), allowed("")]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("read what bounds a call, an endpoint and a tool; seconds, also parts of one, become milliseconds", () => {
    const bounds = {
      OPENAI_TIMEOUT_SECONDS: "0.5",
      OPENAI_TOTAL_TIMEOUT_SECONDS: "90",
      OPENAI_MAX_ATTEMPTS: "1",
      OPENAI_MAX_CONCURRENT: "2",
      OPENAI_BREAK_AFTER: "3",
      OPENAI_BREAK_SECONDS: "1.25",
      GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS: "7",
      GRAPHWRIGHT_MAX_INPUT_CHARS: "500",
    };
    expect(readSettings(bounds)).toMatchObject({
      timeoutMs: 500,
      totalTimeoutMs: 90_000,
      maxAttempts: 1,
      maxConcurrent: 2,
      breakAfter: 3,
      breakMs: 1_250,
      toolTimeoutMs: 7_000,
      maxInputChars: 500,
    });
  });

  it("read which folders agents read and write", () => {
    const folders = { GRAPHWRIGHT_DOCS: "papers", GRAPHWRIGHT_OUTPUT: "/srv/out" };
    expect(readSettings(folders)).toMatchObject({ docs: "papers", outputFolder: "/srv/out" });
  });

  it("take empty variables and blank ones as absent", () => {
    const blank = { OPENAI_API_KEY: "", OPENAI_BASE_URL: "  ", OPENAI_MODEL_WRITER: "", DATABASE_URL: "" };
    expect(readSettings(blank)).toEqual(readSettings({}));
  });

  it("ask OpenAI itself where there is a key alone, and a server without a key where there is an address", () => {
    const structured = "strict";
    expect(readSettings({ OPENAI_API_KEY: `${KEY}\n` }).endpoint).toEqual({
      apiKey: KEY,
      baseUrl: undefined,
      models: [DEFAULT_MODEL],
      structured,
    });
    const baseUrl = "http://localhost:11434/v1";
    expect(readSettings({ OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: "llama" }).endpoint).toEqual({
      apiKey: undefined,
      baseUrl,
      models: ["llama"],
      structured,
    });
  });

  it("read a list of models as the order in which they are tried", () => {
    const models = (list: string) =>
      readSettings({ OPENAI_API_KEY: KEY, OPENAI_MODEL: list }).endpoint?.models;
    expect(models(" a, b ,,c ")).toEqual(["a", "b", "c"]);
    expect(models(",")).toEqual([DEFAULT_MODEL]);
  });

  it("give a role what its own variables say, and the rest from the common ones", () => {
    const { roles, endpoint } = readSettings({
      OPENAI_API_KEY: KEY,
      OPENAI_MODEL_FACT_CHECKER: "small, smaller",
      OPENAI_BASE_URL_WRITER: "http://127.0.0.1:1/v1",
      OPENAI_API_KEY_WRITER: "another-key",
      OPENAI_STRUCTURED_OUTPUT_WRITER: "json",
    });
    expect(roles).toEqual({
      "fact-checker": { ...endpoint, models: ["small", "smaller"] },
      writer: {
        apiKey: "another-key",
        baseUrl: "http://127.0.0.1:1/v1",
        models: [DEFAULT_MODEL],
        structured: "json",
      },
    });
  });

  it("send the common key to no other host than the common endpoint's", () => {
    const { roles } = readSettings({
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: "https://gateway.example/openai/v1",
      OPENAI_BASE_URL_WRITER: "http://127.0.0.1:11434/v1",
      OPENAI_BASE_URL_REVIEWER: "https://gateway.example/other/v1",
    });
    expect(roles["writer"]?.apiKey).toBeUndefined();
    expect(roles["reviewer"]?.apiKey).toBe(KEY);
  });

  it("say that a role's model needs an endpoint", () => {
    expect(refused({ OPENAI_MODEL_WRITER: "a" })).toMatchObject({
      variable: "OPENAI_MODEL_WRITER",
      message: expect.stringContaining("OPENAI_API_KEY nor OPENAI_BASE_URL"),
    });
  });

  const UNUSABLE: [variable: string, value: string][] = [
    ["OPENAI_BASE_URL", "localhost:11434"],
    ["OPENAI_BASE_URL", "ftp://example.org/v1"],
    ["OPENAI_BASE_URL_WRITER", "example.org"],
    ["OPENAI_STRUCTURED_OUTPUT", "xml"],
    ["OPENAI_STRUCTURED_OUTPUT_WRITER", "Tools"],
    ["OPENAI_TIMEOUT_SECONDS", "0"],
    ["OPENAI_TIMEOUT_SECONDS", "soon"],
    ["OPENAI_TOTAL_TIMEOUT_SECONDS", "86401"],
    ["OPENAI_MAX_ATTEMPTS", "21"],
    ["OPENAI_MAX_ATTEMPTS", "1.5"],
    ["OPENAI_MAX_CONCURRENT", "0"],
    ["OPENAI_MAX_CONCURRENT", "2.5"],
    ["OPENAI_BREAK_AFTER", "0"],
    ["OPENAI_BREAK_SECONDS", "-1"],
    ["OPENAI_MAX_OUTPUT_TOKENS", "-1"],
    ["GRAPHWRIGHT_TOOL_TIMEOUT_SECONDS", "never"],
    ["GRAPHWRIGHT_BUDGET_CALLS", "0"],
    ["GRAPHWRIGHT_MAX_INPUT_CHARS", "-5"],
    ["DATABASE_URL", "mysql://example.org/db"],
    ["TAVILY_BASE_URL", "api.example"],
    ["GRAPHWRIGHT_ALLOW_PRIVATE_ADDRESSES", "perhaps"],
  ];
  it.each(UNUSABLE)("name the variable and the value that cannot be used: %s=%s", (variable, value) => {
    const error = refused({ OPENAI_API_KEY: KEY, [variable]: value });
    expect(error).toMatchObject({ code: "BAD_SETTING", variable });
    expect(error.message).toMatch(/^[^\n]+[^.][.]$/);
    expect(error.message).toContain(`${variable}=${value} cannot be used: `);
    expect(error.message).not.toContain(KEY);
  });

  const SECRET: [variable: string, value: string][] = [
    ["OPENAI_API_KEY", "very secret"],
    ["OPENAI_API_KEY", "very\nsecret"],
    ["OPENAI_API_KEY_WRITER", "very-secret…"],
    ["TAVILY_API_KEY", "very secret"],
    ["GRAPHWRIGHT_AUDIT_KEY", "secret"],
    ["OPENAI_BASE_URL", "https://user:secret@example.org/v1"],
    ["OPENAI_BASE_URL_WRITER", "https://user:secret@example.org/v1"],
    ["DATABASE_URL", "mysql://user:secret@example.org/db"],
  ];
  it.each(SECRET)("never repeat a key or a password: %s", (variable, value) => {
    const error = refused({ OPENAI_API_KEY: KEY, [variable]: value });
    expect(error.variable).toBe(variable);
    expect(error.message).not.toContain("secret");
  });
});

describe("the secrets of an environment", () => {
  it("are all keys and all passwords in addresses, the longest first", () => {
    const environment = {
      OPENAI_API_KEY: " key-of-openai ",
      OPENAI_API_KEY_WRITER: "key-of-the-writer",
      TAVILY_API_KEY: "key-of-tavily",
      GRAPHWRIGHT_AUDIT_KEY: "key-of-the-audit-log",
      GITHUB_TOKEN: "token-of-github",
      PGPASSWORD: "of-postgres",
      TOKENS_A_DAY: "not-a-secret",
      DATABASE_URL: "postgres://user:pass%2Fword@host:5432/db",
      REDIS_URL: "redis://:redis-password@host",
      OPENAI_MODEL: "a-model-of-some-name",
    };
    expect(secretsIn(environment)).toEqual([
      "key-of-the-audit-log",
      "key-of-the-writer",
      "token-of-github",
      "redis-password",
      "key-of-openai",
      "key-of-tavily",
      "of-postgres",
      "pass%2Fword",
      "pass/word",
    ]);
  });

  it("are none that would be found everywhere: short ones, and a password that its address also names", () => {
    expect(
      secretsIn({ OPENAI_API_KEY: "test", DATABASE_URL: "postgres://postgres:postgres@host/db" }),
    ).toEqual([]);
    expect(secretsIn({ DATABASE_URL: "postgres://user@host:5432/db", REDIS_URL: "nonsense" })).toEqual([]);
  });
});
