import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { checkTools } from "../../src/roles/check-tools.ts";
import { loadRoles } from "../../src/roles/role-files.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { readMcpConfig } from "../../src/tools/mcp-config.ts";
import { standardTools } from "../../src/tools/standard.ts";
import { blocksOf } from "./blocks.ts";
import { tableIn } from "./tables.ts";

const PAGE = "docs/roles-and-tools.md";

vi.stubEnv("TAVILY_API_KEY", "a-key");
vi.stubEnv("GRAPHWRIGHT_WEB_HOSTS", "*");
vi.stubEnv("GRAPHWRIGHT_QUERY_DATABASE", "file:none.db");
const TOOLS = standardTools();

/** A block of the page as a file. */
function fileOf(language: "yaml" | "json"): string {
  const [block, ...others] = blocksOf(PAGE, language);
  expect([typeof block, others]).toEqual(["object", []]);
  const folder = mkdtempSync(path.join(tmpdir(), "graphwright-docs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, `example.${language}`);
  writeFileSync(file, block?.code ?? "");
  return file;
}

it("the role file of the page can be used, with tools that there are", async () => {
  const roles = await loadRoles(fileOf("yaml"));
  checkTools(
    roles,
    TOOLS.map(({ name }) => name),
  );
  expect(roles.map(({ name }) => name)).toEqual(["librarian"]);
});

it("the MCP servers of the page can be read", async () => {
  expect([...(await readMcpConfig(fileOf("json"))).keys()]).toEqual(["shop", "wiki"]);
});

it("the table of tools has each of them, with its kind and the variable that it needs", () => {
  const rows = tableIn(readFileSync(PAGE, "utf8"), "Tool");
  const shown = rows.map(({ Tool, Kind, Needs }) => [Tool, Kind, Needs]);
  const needs: Record<string, string> = {
    web_search: "`TAVILY_API_KEY`",
    read_web_page: "`GRAPHWRIGHT_WEB_HOSTS`",
    query_database: "`GRAPHWRIGHT_QUERY_DATABASE`",
    describe_database: "`GRAPHWRIGHT_QUERY_DATABASE`",
  };
  const there = TOOLS.map((tool) => {
    const { readOnly, evidence, acts } = traitsOf(tool);
    const kind = [readOnly && "read-only", evidence && "evidence", acts && "effect"]
      .filter(Boolean)
      .join(", ");
    return [`\`${tool.name}\``, kind, needs[tool.name] ?? "nothing"];
  });
  expect(shown.sort()).toEqual(there.sort());
});

it("the table of roles that can be replaced names those of each workflow", () => {
  const rows = tableIn(readFileSync(PAGE, "utf8"), "Workflow");
  for (const { Workflow = "", Roles = "" } of rows) {
    const [name = ""] = Workflow.match(/[\w-]+/) ?? [];
    const folder = path.join("graphs", name);
    const sources = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
    const words = new Set(sources.join("\n").match(/(?<=")[\w-]+(?=")/g));
    const shown = Roles.match(/(?<=`)[\w-]+(?=`)/g) ?? [];
    expect([name, shown.filter((each) => !words.has(each))]).toEqual([name, []]);
  }
});
