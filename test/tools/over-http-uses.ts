import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { StructuredToolInterface } from "@langchain/core/tools";
import Database from "better-sqlite3";
import { expect, onTestFinished } from "vitest";
import { calculator } from "../../src/tools/calculator.ts";
import { citationChecker } from "../../src/tools/check-citations.ts";
import { codeTools } from "../../src/tools/code.ts";
import { databaseTools } from "../../src/tools/database.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { mcpTools } from "../../src/tools/mcp.ts";
import { documentReader } from "../../src/tools/read-document.ts";
import { textChecker } from "../../src/tools/text-checks.ts";
import { webPage } from "../../src/tools/web-page.ts";
import { webSearch } from "../../src/tools/web-search.ts";
import { fileWriter } from "../../src/tools/write-file.ts";
import { program } from "../programs/program.ts";
import { folderWith } from "./folders.ts";
import { webServer } from "./web-server.ts";

type Args = Record<string, unknown>;

/** A tool, a call of it, and what comes of the call. */
interface Use {
  /** Makes the tool for one test, and with it what it needs. */
  made: () => Promise<Made> | Made;
  args: Args | ((made: Made) => Args);
  /** What the model is shown, whole or in part. */
  shown: string;
  /** The titles of the report's sources. */
  sources?: string[];
  /** What the report keeps of the result as evidence. */
  evidence?: object;
  /** Calls that do not fit, each with the field that an error names. */
  wrong: [args: Args, field: string][];
}

interface Made {
  /** The tool, and after it others of its kind, which the role may not call. */
  tools: readonly StructuredToolInterface[];
  /** Where its server is, if it has one. */
  url?: string;
  /** Checks what one call did outside of the run. */
  done?: () => void;
}

const RAFT = "# Raft\n\nRaft elects a leader by randomised timeouts.\n";
const SUM = { path: "src/sum.js", text: "export const sum = (a, b) => a + b;" };
const SUM_TEST = {
  path: "test/sum.test.js",
  text: 'import { sum } from "../src/sum.js";\ntest("adds", () => expect(sum(1, 2)).toBe(3));',
};

/** The tools of that name, it before the others. */
function first(name: string, tools: readonly StructuredToolInterface[]): StructuredToolInterface[] {
  const at = tools.findIndex((tool) => tool.name === name);
  expect(at, name).not.toBe(-1);
  return [...tools.slice(at), ...tools.slice(0, at)];
}

function shop(): string {
  const file = path.join(folderWith({}), "shop.db");
  const db = new Database(file);
  db.exec(
    "CREATE TABLE orders (id INTEGER, customer TEXT); INSERT INTO orders VALUES (1, 'Ada'), (2, 'Bob')",
  );
  db.close();
  return `file:${file}`;
}

function writer(): Made {
  const folder = folderWith({});
  const done = () => {
    expect(readdirSync(folder)).toEqual(["raft.md"]);
    expect(readFileSync(path.join(folder, "raft.md"), "utf8")).toBe(RAFT);
  };
  return { tools: [fileWriter({ folder })], done };
}

async function searched(): Promise<Made> {
  const results = [{ title: "Tea", url: "https://tea.example/", content: "Tea is brewed." }];
  const { url, requests } = await webServer((_, response) => response.end(JSON.stringify({ results })));
  const search = webSearch({ service: { apiKey: "tvly-0123456789", baseUrl: url } });
  return { tools: search ? [search] : [], done: () => expect(requests).toHaveLength(1) };
}

async function served(): Promise<Made> {
  const { url, requests } = await webServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>Tea</title><p>Tea is brewed.</p>"),
  );
  const done = () => expect(requests).toHaveLength(1);
  return { url, tools: [webPage({ allowPrivate: true })], done };
}

async function foreign(): Promise<Made> {
  const { tools, close } = await mcpTools({
    mcpServers: { test: { command: process.execPath, args: [program("mcp-server"), "serve"] } },
  });
  onTestFinished(close);
  return { tools: first("test__echo", tools) };
}

/** A use of each tool, by its name. */
export const USES: Record<string, Use> = {
  search_documents: {
    made: () => ({ tools: [documentSearch({ folder: folderWith({ "raft.md": RAFT }) })] }),
    args: { query: "How does Raft elect a leader?" },
    shown:
      '<source id="1" title="Raft" file="raft.md">\nRaft elects a leader by randomised timeouts.\n</source>',
    sources: ["Raft"],
    wrong: [
      [{}, "query"],
      [{ query: ["raft"] }, "query"],
    ],
  },
  read_document: {
    made: () => ({ tools: [documentReader({ folder: folderWith({ "raft.md": RAFT }) })] }),
    args: { path: "raft.md", part: 1 },
    shown:
      '<material from="read_document">\nraft.md, part 1 of 1.\n</material>\n\n<source id="1" title="Raft"',
    sources: ["Raft"],
    wrong: [
      [{ part: 1 }, "path"],
      [{ path: "raft.md", part: "first" }, "part"],
    ],
  },
  write_file: {
    made: writer,
    args: { path: "raft.md", content: RAFT },
    shown: '<material from="write_file">\nCreated raft.md (53 bytes).\n</material>',
    wrong: [
      [{ path: "raft.md" }, "content"],
      [{ path: "raft.md", content: RAFT, overwrite: "yes" }, "overwrite"],
    ],
  },
  run_code: {
    made: () => ({ tools: first("run_code", codeTools()) }),
    args: { code: 'import { sum } from "./src/sum.js";\nexport default sum(1, 2);', files: [SUM] },
    shown: "Default export: 3",
    evidence: { tool: "run_code", artifact: { status: "ok", value: 3 } },
    wrong: [
      [{ files: [] }, "code"],
      [{ code: "1", files: [{ path: "a.js" }] }, "files[0].text"],
    ],
  },
  run_tests: {
    made: () => ({ tools: first("run_tests", codeTools()) }),
    args: { files: [SUM], tests: [SUM_TEST] },
    shown: "1 passed, 0 failed",
    evidence: { tool: "run_tests", artifact: { status: "passed", passed: 1 } },
    wrong: [
      [{ files: [SUM] }, "tests"],
      [{ files: SUM.text, tests: [SUM_TEST] }, "files"],
    ],
  },
  calculate: {
    made: () => ({ tools: [calculator] }),
    args: { expression: "(1200 - 950) * 2" },
    shown: '<material from="calculate">\n(1200 - 950) * 2 = 500\n</material>',
    wrong: [
      [{}, "expression"],
      [{ expression: 4 }, "expression"],
    ],
  },
  query_database: {
    made: () => ({ tools: first("query_database", databaseTools({ url: shop() })) }),
    args: { sql: "SELECT id, customer FROM orders ORDER BY id" },
    shown: "| id | customer |\n| 1 | Ada |\n| 2 | Bob |\n\n2 rows.",
    wrong: [
      [{ query: "SELECT 1" }, "sql"],
      [{ sql: null }, "sql"],
    ],
  },
  describe_database: {
    made: () => ({ tools: first("describe_database", databaseTools({ url: shop() })) }),
    args: { table: "orders" },
    shown: "orders (id INTEGER, customer TEXT)",
    wrong: [[{ table: 1 }, "table"]],
  },
  web_search: {
    made: searched,
    args: { query: "How is tea brewed?" },
    shown: '<source id="1" title="Tea" file="https://tea.example/">\nTea is brewed.\n</source>',
    sources: ["Tea"],
    wrong: [
      [{}, "query"],
      [{ query: { words: "tea" } }, "query"],
    ],
  },
  read_web_page: {
    made: served,
    args: ({ url }) => ({ url: `${url}/tea` }),
    shown: "Tea is brewed.",
    sources: ["Tea"],
    wrong: [
      [{}, "url"],
      [{ url: "https://tea.example/", skip: -1 }, "skip"],
    ],
  },
  check_text: {
    made: () => ({ tools: [textChecker()] }),
    args: { text: "The the leader is chosen by all of the servers." },
    shown: '- line 1, "The the leader is chosen',
    evidence: { tool: "check_text", artifact: { findings: [{ kind: "repeated_word", line: 1 }] } },
    wrong: [
      [{ markdown: "A text." }, "text"],
      [{ text: 1 }, "text"],
    ],
  },
  check_citations: {
    made: () => ({ tools: [citationChecker()] }),
    args: { text: "Raft elects a leader [2].", sources: [{ id: 1, text: RAFT }] },
    shown: "there is no source [2]",
    evidence: { tool: "check_citations", artifact: { findings: [{ kind: "unknown_source" }] } },
    wrong: [
      [{ text: "Raft elects a leader." }, "sources"],
      [{ text: "Raft elects.", sources: [{ id: "one", text: RAFT }] }, "sources[0].id"],
    ],
  },
  test__echo: {
    made: foreign,
    args: { word: "tea", times: 2 },
    shown: '<material from="test__echo">\nteatea\n</material>',
    wrong: [
      [{ times: 2 }, "word"],
      [{ word: "tea", times: "twice" }, "times"],
    ],
  },
};
