import { type BranchView, type NodeView, named, type RunView } from "./run-view.ts";
import { branchesInWords, branchInWords, spentBy } from "./sayings.ts";
import { standing } from "./standing.ts";
import { cut, folded } from "./width.ts";
import { clock, harmless } from "./words.ts";

/** A line of the live view, and in which tone it is shown. */
export interface Line {
  text: string;
  tone: Tone;
}
export type Tone = "plain" | "dim" | "fault" | "warning";

/** What a frame is drawn for. */
export interface Frame {
  /** The terminal's size, in columns and lines. */
  columns: number;
  rows: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** What else is said of the run's standing. */
  notice?: string | undefined;
}

/** More branches than this are counted on one line, below which stand as many that went wrong. */
const MOST_BRANCHES = 10;

/** Below this width there is no column of times. */
const NARROW = 60;

/**
 * The live part of the view: what runs, and below it how the run stands. It leaves one of the terminal's lines
 * free, for the cursor.
 */
export function frame(view: RunView, { columns, rows, now, notice }: Frame): Line[] {
  const margin = columns < NARROW ? "" : " ".repeat(10);
  const status = statusLines(standing(view, now, notice), columns, margin).slice(0, Math.max(0, rows - 1));
  const nodes = nodeLines(view.running, now, rows - 1 - status.length);
  const line = (tone: Tone) => (text: string) => ({ text: cut(harmless(text), columns), tone });
  return [
    ...nodes.map((text) => `${margin}${text}`).map(line("dim")),
    ...status.map(line(view.low ? "warning" : "plain")),
  ];
}

/** The time stands in the column of times, where there is one. */
function statusLines([time, ...parts]: [string, ...string[]], columns: number, margin: string): string[] {
  if (!margin) return folded([time, ...parts], columns, " · ");
  const [first = "", ...more] = folded(parts, columns - margin.length, " · ");
  return [`${time.padStart(8)}  ${first}`, ...more.map((text) => `${margin}${text}`)];
}

/** The nodes that run: with their branches one by one where there is room, else counted, else cut. */
function nodeLines(running: readonly NodeView[], now: number, room: number): string[] {
  const lines = (most: number) =>
    running.flatMap((node) => [nodeLine(node, now), ...branchLines(node, now, most)]);
  const full = lines(MOST_BRANCHES);
  if (full.length <= room) return full;
  const short = lines(0);
  if (short.length <= room) return short;
  return room > 0 ? [...short.slice(0, room - 1), `… and ${short.length - room + 1} more`] : [];
}

const nodeLine = (node: NodeView, now: number) =>
  [`${named(node.node, node.round)} … ${clock(now - node.begun)}`, ...spentBy(node)].join(" · ");

/** The branches of a node; of more than `most`, how many there are of each kind, and which went wrong. */
export function branchLines({ branches }: NodeView, now: number, most = MOST_BRANCHES): string[] {
  const all = [...branches.values()];
  const line = (branch: BranchView) => `  ${branchInWords(branch, now)}`;
  if (all.length <= most) return all.map(line);
  const wrong = all.filter(({ ended }) => ended && ended.status !== "ok");
  const more = most > 0 && wrong.length > most ? [`  … and ${wrong.length - most} more`] : [];
  return [`  ${branchesInWords(all)}`, ...wrong.slice(0, most).map(line), ...more];
}
