import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../graphs/catalogue.ts";
import { drawing } from "../../src/cli/diagram.ts";
import { calculate } from "../../src/tools/calculator.ts";
import type { Counted, Row } from "../workflows/row.ts";
import { rowOf } from "../workflows/rows.ts";
import { Session } from "../workflows/session.ts";
import { tableIn } from "./tables.ts";

const PAGE = readFileSync("docs/patterns.md", "utf8");

/** The sections on patterns, by their headings. */
const SECTIONS = new Map(
  PAGE.split(/^## /m).map((section) => {
    const [heading = "", ...lines] = section.split("\n");
    return [heading, lines.join("\n")];
  }),
);

const sectionOf = (name: string) => SECTIONS.get(name) ?? "";

/** What a section says of its pattern, under a bold word. */
const said = (name: string, word: string) =>
  new RegExp(`^- \\*\\*${word}\\*\\*([\\s\\S]*?)(?=^- |^\`\`\`)`, "m").exec(sectionOf(name))?.[1]?.trim() ??
  "";

/** What a formula comes to, with numbers in place of its variables. */
function amountOf(formula: string, parameters: Counted["parameters"]): number {
  const expression = formula.replace(/[a-z]\w*(?![\w(])/gi, (variable) =>
    String(parameters[variable] ?? variable),
  );
  return Number(calculate(expression).split(" = ")[1] ?? Number.NaN);
}

/** How many model calls a run of a row makes, as its endpoint counts them. */
async function callsOf(
  row: Row,
  { graph, input = row.input, answers = row.answers }: Counted,
): Promise<number> {
  const session = await Session.of({ ...row, graph, input, answers });
  const { result } = await session.toItsEnd({ budget: { calls: 1_000 } });
  expect([result.status, result.error]).toEqual(["done", null]);
  return session.endpoint.requests.length;
}

it("docs/patterns.md has the patterns of the catalogue, in its order", () => {
  const names = catalogue.map(({ name }) => name);
  expect([...SECTIONS.keys()].filter((heading) => names.includes(heading))).toEqual(names);
});

it("the table of docs/patterns.md leads to each pattern", () => {
  const rows = tableIn(PAGE, "Pattern").map(({ Pattern = "" }) => Pattern);
  expect(rows.sort()).toEqual(catalogue.map(({ name }) => `[${name}](#${name})`).sort());
});

describe.each(catalogue)("the section on $name", ({ name, bounds = {}, load }) => {
  it("says when to use it and when not, what fails, and how to run it", () => {
    for (const word of ["Use it", "Not", "Fails:"]) expect(said(name, word).length).toBeGreaterThan(30);
    expect(sectionOf(name)).toContain(`npm run -s ${name} -- "`);
  });

  it("names each of its bounds, with the default", () => {
    for (const [option, value] of Object.entries(bounds)) {
      expect(said(name, "Bound:").replaceAll(",", "")).toContain(`\`${option}\` (${value}`);
    }
  });

  it("shows the diagram that `npm run diagrams` draws", async () => {
    const drawn = await drawing((await load()).graph, "mermaid");
    expect(sectionOf(name)).toContain(`<!-- diagram -->\n\n\`\`\`mermaid\n${drawn}\n\`\`\`\n`);
  });

  it("gives the number of model calls as a formula, which counting confirms", async () => {
    const row = await rowOf(name);
    const [, formula = ""] = /`([^`]+)`/.exec(said(name, "Calls:")) ?? [];
    const runs = row.counted ?? [];
    expect(new Set(runs.map(({ parameters }) => amountOf(formula, parameters))).size).toBeGreaterThan(1);
    for (const counted of runs) {
      const { parameters } = counted;
      expect({ parameters, calls: await callsOf(row, counted) }).toEqual({
        parameters,
        calls: amountOf(formula, parameters),
      });
    }
  });
});
