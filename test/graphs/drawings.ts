import { readFileSync } from "node:fs";

/** The part of a compiled graph that can be drawn. */
interface Drawable {
  getGraphAsync(): Promise<{ edges: { source: string; target: string }[] }>;
}

/** The edges that LangGraph draws, as `a → b`, sorted. */
export async function edgesOf(graph: Drawable): Promise<string[]> {
  const { edges } = await graph.getGraphAsync();
  return edges.map(({ source, target }) => `${shown(source)} → ${shown(target)}`).sort();
}

const shown = (node: string) => node.replace("__start__", "START").replace("__end__", "END");

/**
 * The edges of the diagram in a graph file's opening comment, as `a → b`, sorted.
 *
 * The diagram is the comment's indented lines. `a → b` is an edge, `a → b | c` are two; a line that
 * begins with an arrow goes on from the node that stands before the same column above; `↓` and `↑`
 * lead from the node above or below to the other one.
 */
export function edgesDrawnIn(file: URL): string[] {
  const comment = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const lines = comment.split("\n").map((line) => (/^ \* {4,}\S/.test(line) ? line : ""));
  const edges = new Set<string>();
  for (const [row, line] of lines.entries()) {
    for (const { index } of line.matchAll(/→/g)) {
      const from = nodeBefore(lines, row, index);
      for (const to of targetsAfter(line, index)) edges.add(`${from} → ${to}`);
    }
    for (const { 0: arrow, index } of line.matchAll(/[↓↑]/g)) {
      const [above, below] = [nodeOver(lines[row - 1], index), nodeOver(lines[row + 1], index)];
      edges.add(arrow === "↓" ? `${above} → ${below}` : `${below} → ${above}`);
    }
  }
  return [...edges].sort();
}

/** The node that ends before a column, in this row or in the nearest one above that has one. */
function nodeBefore(lines: readonly string[], row: number, column: number): string {
  for (let above = row; above >= 0; above--) {
    const node = /(\w+) *$/.exec(lines[above]?.slice(0, column) ?? "")?.[1];
    if (node) return node;
  }
  throw new Error(`Nothing stands before the arrow in column ${column} of: ${lines[row]}`);
}

const targetsAfter = (line: string, column: number) =>
  /^ *(\w+(?: *\| *\w+)*)/.exec(line.slice(column + 1))?.[1]?.split(/ *\| */) ?? [];

function nodeOver(line = "", column: number): string {
  const node = [...line.matchAll(/\w+/g)].find(
    ({ 0: word, index }) => index <= column && column < index + word.length,
  );
  if (!node) throw new Error(`No node stands in column ${column} of: ${line}`);
  return node[0];
}
