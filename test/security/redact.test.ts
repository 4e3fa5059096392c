import { expect, it, vi } from "vitest";
import { redacted } from "../../src/security/redact.ts";

vi.stubEnv("OPENAI_API_KEY", "the-very-own-key");
vi.stubEnv("DATABASE_URL", "postgres://user:pass%2Fphrase@host/db");

const A20 = "Ab1".repeat(7);
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-DEF_123";

it.each([
  ["the key of a setting", "It is the-very-own-key, they say.", "It is [redacted], they say."],
  ["a password of a setting, decoded", "user pass/phrase failed", "user [redacted] failed"],
  ["a key of OpenAI", `Key sk-proj-${A20} is wrong.`, "Key [redacted] is wrong."],
  ["a key of Anthropic", `sk-ant-api03-${A20}`, "[redacted]"],
  ["a token of GitHub", `ghp_${A20}, github_pat_${A20}`, "[redacted], [redacted]"],
  ["a token of Slack", "xoxb-1234567890-abc", "[redacted]"],
  ["a key of AWS", "id AKIAIOSFODNN7EXAMPLE.", "id [redacted]."],
  ["a key of Google", `AIza${A20}${A20}`, "[redacted]"],
  ["a key of Tavily", `tvly-dev-${A20}`, "[redacted]"],
  ["a bearer's header", "Authorization: Bearer abc.def-1", "Authorization: Bearer [redacted]"],
  ["a bearer's token alone", `curl with Bearer ${A20}`, "curl with Bearer [redacted]"],
  ["a header with user and password", "Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"],
  ["a signed token", `token ${JWT}!`, "token [redacted]!"],
  [
    "a private key",
    "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb",
    "a\n[redacted]\nb",
  ],
  ["a private key that was cut", "-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]"],
  [
    "a password in an address",
    "at postgres://me:p@ss:w@host:5432/db",
    "at postgres://me:[redacted]@host:5432/db",
  ],
  [
    "a key in an address",
    "https://api.example.org/v1?q=a&key=abcdefgh123",
    "https://api.example.org/v1?q=a&key=[redacted]",
  ],
  ["an assignment", "password=hunter2; next", "password=[redacted]; next"],
  ["an assignment in words", "api_key: abc-def-1, next", "api_key: [redacted], next"],
  ["a variable", "OPENAI_API_KEY_WRITER=abcdef", "OPENAI_API_KEY_WRITER=[redacted]"],
  ["JSON in a text", '{"clientSecret":"two words","n":1}', '{"clientSecret":"[redacted]","n":1}'],
])("%s is not shown", (_, text, shown) => {
  expect(redacted(text)).toBe(shown);
  expect(redacted(shown)).toBe(shown);
});

it.each([
  "A short one",
  "Unexpected token: it is no JSON",
  "It used 500 tokens: 300 in, 200 out.",
  "A basic understanding of Basic authentication and of bearer instruments",
  "a risk-adjusted-return-over-a-long-time",
  "http://localhost:8080/search?q=me@example.org",
  "postgres://user@host:5432/db",
  "The password is missing; give it by PASSWORD.",
  "OPENAI_API_KEY=… cannot be used",
])("what is no secret stays: %s", (text) => {
  expect(redacted(text)).toBe(text);
});

it("a value without secrets is given back as it is", () => {
  const event = {
    type: "spend",
    usage: { inputTokens: 1, outputTokens: 2, usd: 0.1, estimated: false },
    tokens: 7,
    maxTokens: 8,
    key: "article",
    list: [{ text: "Hello, world." }, null, true],
  };
  expect(redacted(event)).toBe(event);
});

it("what is named like a secret is none that is shown, in lists and objects too", () => {
  const value = {
    args: {
      apiKey: "a",
      "X-Api-Key": 5,
      authorization: ["b", "c"],
      token: "d",
      db_password: "e",
      isSecret: true,
    },
    list: [{ text: `sk-${A20}`, cookie: "f" }],
    schema: { properties: { password: { type: "string" } }, required: ["password"] },
  };
  expect(redacted(value)).toEqual({
    args: {
      apiKey: "[redacted]",
      "X-Api-Key": "[redacted]",
      authorization: ["[redacted]", "[redacted]"],
      token: "[redacted]",
      db_password: "[redacted]",
      isSecret: true,
    },
    list: [{ text: "[redacted]", cookie: "[redacted]" }],
    schema: value.schema,
  });
});

it("a value that is deeper than anybody looks hides nothing in its depth", () => {
  let value: unknown = `sk-${A20}`;
  for (let depth = 0; depth < 5_000; depth++) value = [value];
  expect(JSON.stringify(redacted(value))).not.toContain(A20);
});

it.each([
  "a",
  "-",
  "sk-",
  "eyJ-",
  "eyJaaaaaaaa.",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "://a:",
  "://aaa:bbb",
  "password",
  "password=",
  'password:"',
  "Bearer ",
  "Bearer aaaaaaaaaa ",
  "Basic abcdefghij",
  " ",
  "authorization: ",
  "?key=",
  "api_key_",
])("a long text of nothing but %j is looked through to its end", (piece) => {
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
  const shown = redacted(`${text} the-very-own-key`);
  expect(shown).not.toContain("the-very-own-key");
});
