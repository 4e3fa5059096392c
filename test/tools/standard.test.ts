import path from "node:path";
import { expect, test, vi } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { codeTools } from "../../src/tools/code.ts";
import { databaseTools } from "../../src/tools/database.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { documentReader } from "../../src/tools/read-document.ts";
import { standardTools } from "../../src/tools/standard.ts";
import { webPage } from "../../src/tools/web-page.ts";
import { webSearch } from "../../src/tools/web-search.ts";
import { temporaryFolder } from "../storage/databases.ts";

test("the database of the runs is no database for agents, whatever it is called", () => {
  const file = path.join(temporaryFolder(), "runs.db");
  vi.stubEnv("DATABASE_URL", `file:${file}`);
  vi.stubEnv("GRAPHWRIGHT_QUERY_DATABASE", `file:${path.dirname(file)}/x/../runs.db`);
  expect(() => standardTools()).toThrow(SettingsError);
  expect(() => standardTools()).toThrow("names the database of the runs");
});

const service = (baseUrl: string) => ({ service: { apiKey: "key", baseUrl } });
const files = (text: string) => [{ path: "a.js", text }];

test.each([
  ["search_documents", () => documentSearch({ folder: "a" }), () => documentSearch({ folder: "b" })],
  ["read_document", () => documentReader({ folder: "a" }), () => documentReader({ folder: "b" })],
  ["query_database", () => databaseTools({ url: "file:a" })[0], () => databaseTools({ url: "file:b" })[0]],
  ["read_web_page", () => webPage({ hosts: ["a.example"] }), () => webPage({ hosts: ["b.example"] })],
  ["web_search", () => webSearch(service("https://a")), () => webSearch(service("https://b"))],
  ["run_code", () => codeTools({ files: files("1") })[0], () => codeTools({ files: files("2") })[0]],
])("%s that is bound to something else has another key, and else the same", (_, made, other) => {
  const keyOf = (tool: ReturnType<typeof made> | undefined) => tool && traitsOf(tool).cacheKey;
  expect(keyOf(made())).toEqual(expect.any(String));
  expect(keyOf(made())).toBe(keyOf(made()));
  expect(keyOf(made())).not.toBe(keyOf(other()));
});
