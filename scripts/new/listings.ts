import ts from "typescript";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import type { Name } from "./name.ts";

/** What a file is found to be, where a workflow cannot be listed in it. */
const unfit = (file: string, lacks: string) =>
  new UsageError(
    "UNFIT_FILE",
    `${file} ${lacks}; nothing was written. Mend it, or list the workflow by hand.`,
  );

/** The workflow's entry in the catalogue. */
const entryOf = ({ kebab }: Name) => `{
  name: "${kebab}",
  summary: "Answers a task from the documents, and revises the answer until a reviewer approves it.",
  input: "task",
  bounds: { maxReviews: 3 },
  load: () => import("./${kebab}/graph.ts"),
}`;

/** `graphs/catalogue.ts` with the workflow at the end of its array. */
export function inCatalogue(source: string, name: Name): string {
  const file = ts.createSourceFile("catalogue.ts", source, ts.ScriptTarget.Latest, true);
  const list = arrayOf("catalogue", file);
  if (!list) throw unfit("graphs/catalogue.ts", "has no array `catalogue`");
  const end = list.getEnd() - 1;
  const comma = list.elements.length > 0 && !list.elements.hasTrailingComma ? "," : "";
  return `${source.slice(0, end).trimEnd()}\n${comma}${entryOf(name)},\n${source.slice(end)}`;
}

/** The array that a variable of the file is, with whatever it is asserted to be. */
function arrayOf(variable: string, file: ts.SourceFile): ts.ArrayLiteralExpression | undefined {
  const declared = file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => ts.isIdentifier(name) && name.text === variable);
  let value = declared?.initializer;
  while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
  return value && ts.isArrayLiteralExpression(value) ? value : undefined;
}

/** `graphs/index.ts` with what the workflow exports. */
export const inIndex = (source: string, { kebab, pascal, camel }: Name): string => `${source.trimEnd()}
export { define${pascal}, graph as ${camel}, type ${pascal}Options } from "./${kebab}/graph.ts";
export { ${pascal}State } from "./${kebab}/state.ts";
`;

/** `langgraph.json` with the workflow at the end of its graphs. */
export const inStudio = (source: string, { kebab }: Name): string =>
  withRecord("langgraph.json", source, "graphs", (graphs) => [
    ...graphs,
    [kebab, `./graphs/${kebab}/graph.ts:graph`],
  ]);

/** `package.json` with the workflow's script behind those of the others. */
export const inScripts = (source: string, { kebab }: Name): string =>
  withRecord("package.json", source, "scripts", (scripts) => {
    const last = scripts.findLastIndex(([, command]) => /scripts\/run\.ts \S/.test(command));
    return scripts.toSpliced(last + 1, 0, [kebab, `exec node --import tsx scripts/run.ts ${kebab}`]);
  });

const Whole = z.record(z.string(), z.unknown());
const Texts = z.record(z.string(), z.string());

/** JSON whose texts at one key are changed; all else stays as it is, and where it is. */
function withRecord(
  file: string,
  source: string,
  key: string,
  change: (entries: [string, string][]) => [string, string][],
): string {
  const whole = Whole.safeParse(jsonIn(source));
  const texts = Texts.safeParse(whole.data?.[key]);
  if (!whole.success || !texts.success) throw unfit(file, `has no \`${key}\` that are texts by their names`);
  const changed = Object.fromEntries(change(Object.entries(texts.data)));
  return `${JSON.stringify({ ...whole.data, [key]: changed }, null, 2)}\n`;
}

function jsonIn(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** A Markdown document with a row at the end of the table whose first column has this head. */
export function inTable(text: string, file: string, head: string, cells: readonly string[]): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| *${head} *\\|`).test(line));
  if (start < 0) throw unfit(file, `has no table whose first column is ${head}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  const end = length < 0 ? lines.length : start + length;
  return lines.toSpliced(end, 0, `| ${cells.join(" | ")} |`).join("\n");
}
