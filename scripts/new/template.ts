import { readFileSync } from "node:fs";
import path from "node:path";
import type { Name } from "./name.ts";

/** Where the template of a workflow stands in the repository. It is compiled and run like all other sources. */
const TEMPLATE = "scripts/new/template";

/** The name that the template has. */
const OWN: Name = { kebab: "my-flow", pascal: "MyFlow", camel: "myFlow" };

/** Each file of the template, and where it goes. */
const targetsOf = ({ kebab }: Name): Record<string, string> => ({
  "graph.ts": `graphs/${kebab}/graph.ts`,
  "state.ts": `graphs/${kebab}/state.ts`,
  "prompts.ts": `graphs/${kebab}/prompts.ts`,
  "flow.test.ts": `test/graphs/${kebab}.test.ts`,
  "row.ts": `test/workflows/rows/${kebab}.ts`,
});

/** The files of a new workflow, by their paths. */
export function filesOf(name: Name, root: string): Map<string, string> {
  const targets = Object.entries(targetsOf(name));
  const moved = new Map(targets.map(([file, target]) => [path.posix.join(TEMPLATE, file), target]));
  return new Map(
    [...moved].map(([file, target]) => {
      const text = readFileSync(path.join(root, file), "utf8");
      return [target, renamed(withImportsFrom(text, file, target, moved), name)];
    }),
  );
}

/** A file whose imports lead from its new place to where they have led, or to where that goes. */
function withImportsFrom(
  text: string,
  file: string,
  target: string,
  moved: ReadonlyMap<string, string>,
): string {
  return text.replace(/(?<=\bfrom ")\.[^"]+(?=")/g, (specifier) => {
    const imported = path.posix.join(path.posix.dirname(file), specifier);
    const relative = path.posix.relative(path.posix.dirname(target), moved.get(imported) ?? imported);
    return relative.startsWith(".") ? relative : `./${relative}`;
  });
}

const renamed = (text: string, name: Name) =>
  text
    .replaceAll(OWN.kebab, name.kebab)
    .replaceAll(OWN.pascal, name.pascal)
    .replaceAll(OWN.camel, name.camel);
