import { END, START } from "@langchain/langgraph";
import { UsageError } from "../errors.ts";
import type { AnyGraph } from "../runtime/graph.ts";

/** The part of LangGraph's drawable graph that is drawn here. */
interface Drawable {
  edges: { source: string; target: string; conditional?: boolean }[];
  drawMermaid(options: { withStyles: boolean }): string;
}

/** Draws a compiled graph: as Mermaid, or as text with one line for each node. */
export async function drawing(graph: AnyGraph, form: "text" | "mermaid"): Promise<string> {
  if (!("getGraphAsync" in graph) || typeof graph.getGraphAsync !== "function") {
    throw new UsageError("NO_DRAWING", "This graph cannot be drawn.");
  }
  const drawable: Drawable = await Reflect.apply(graph.getGraphAsync, graph, []);
  if (form === "mermaid") return drawable.drawMermaid({ withStyles: false }).trim();
  const nodes = inOrder(drawable).filter((node) => node !== END);
  return nodes.map((node) => `${shown(node)} → ${targetsOf(node, drawable)}`).join("\n");
}

/** The nodes as a run reaches them, from START on. */
function inOrder({ edges }: Drawable): string[] {
  const reached = new Set<string>([START]);
  for (const node of reached) {
    for (const { source, target } of edges) if (source === node) reached.add(target);
  }
  return [...reached];
}

/** Where a node leads: all of a fan-out (&), or one of a choice (|). */
function targetsOf(node: string, { edges }: Drawable): string {
  const own = edges.filter(({ source }) => source === node);
  return own
    .map(({ target }) => shown(target))
    .join(own.some(({ conditional }) => conditional) ? " | " : " & ");
}

const shown = (node: string) => (node === START ? "START" : node === END ? "END" : node);
