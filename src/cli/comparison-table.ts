import type { RunResult } from "../outcomes/run-result.ts";
import { redacted } from "../security/redact.ts";
import { statusInWords } from "./end-of-run.ts";
import { aligned, cut, folded, padded, widest, widthOf } from "./width.ts";
import { cost, harmless, number, seconds, tokenCount } from "./words.ts";

/** A row of the table. */
export interface Compared {
  name: string;
  result: RunResult;
}

/** How wide the table is where no terminal says so. */
const COLUMNS = 120;

/** With less room beside the figures, an answer begins below them. */
const LEAST_BESIDE = 30;

/** How many lines of each answer are shown, and of the reason why there is none. */
const ANSWER_LINES = 3;
const REASON_LINES = 2;

const HEADS = ["Workflow", "Status", "Calls", "Tokens", "Cost", "Time"];
const FIGURES = [2, 3, 5];

/**
 * What runs came to, below each other: how each ended, what it spent, and how its answer begins. It is no wider
 * than the terminal: answers stand beside the figures where there is room, else below them.
 */
export function comparisonTable(runs: readonly Compared[], columns = COLUMNS): string {
  const rows = aligned(withFiguresRight([HEADS, ...runs.map(cellsOf)]));
  const width = widest(rows);
  const room = columns - width - 2;
  if (room < LEAST_BESIDE) return below(runs, rows, columns);
  const lines = runs.flatMap(({ result }, at) => {
    const [first = "", ...more] = answerLines(result, room);
    return [
      `${padded(rows[at + 1] ?? "", width)}  ${first}`,
      ...more.map((line) => `${" ".repeat(width)}  ${line}`),
    ];
  });
  return `${[`${padded(rows[0] ?? "", width)}  Answer`, ...lines].map((line) => line.trimEnd()).join("\n")}\n`;
}

/** The answers below the figures, which are listed one after the other where the terminal is narrower than they are. */
function below(runs: readonly Compared[], rows: readonly string[], columns: number): string {
  const [heads = "", ...figures] = rows;
  const fits = widest(rows) <= columns;
  const blocks = runs.map(({ name, result }, at) => {
    const [, ...facts] = cellsOf({ name, result });
    const figuresOf = fits ? [figures[at] ?? ""] : folded([name, ...labelled(facts)], columns, " · ");
    const answer = answerLines(result, columns - 2).map((line) => `  ${line}`);
    return [...figuresOf, ...answer].map((line) => cut(line, columns)).join("\n");
  });
  return `${fits ? `${heads}\n` : ""}${blocks.join("\n\n")}\n`;
}

function cellsOf({ name, result }: Compared): string[] {
  const { usd, estimated, calls, ms } = result.spend;
  const money = estimated && usd !== null && usd > 0 ? `${cost(usd)} estimated` : cost(usd);
  return [name, statusInWords(result), number(calls), tokenCount(result.spend), money, seconds(ms)];
}

const labelled = ([status = "", calls, tokens, ...others]: readonly string[]) => [
  status,
  `${calls} calls`,
  `${tokens} tokens`,
  ...others,
];

/** Figures end below each other. */
function withFiguresRight(rows: readonly (readonly string[])[]): string[][] {
  const widths = HEADS.map((_, at) => widest(rows.map((cells) => cells[at] ?? "")));
  const right = (cell: string, at: number) => " ".repeat((widths[at] ?? 0) - widthOf(cell)) + cell;
  return rows.map((cells) => cells.map((cell, at) => (FIGURES.includes(at) ? right(cell, at) : cell)));
}

/** Why a run is not done, and how its answer begins. */
function answerLines(result: RunResult, columns: number): string[] {
  const reason = excerpt(reasonOf(result), columns, REASON_LINES);
  return [...reason, ...excerpt(answerOf(result), columns, ANSWER_LINES - reason.length)];
}

function reasonOf({ error, interrupts }: RunResult): string {
  if (error) return error.message;
  const [question] = interrupts;
  return question ? `It asks: ${questionOf(question.value)}` : "";
}

/** What is asked, of a question as workflows put it, or why. */
function questionOf(value: unknown): string {
  const shown = redacted(value);
  if (typeof shown !== "object" || shown === null) return String(shown);
  const { question, reason }: { question?: unknown; reason?: unknown } = shown;
  const text = [question, reason].find((each) => typeof each === "string" && each !== "");
  return typeof text === "string" ? text : JSON.stringify(shown);
}

/** The answer without its headings, which mostly say the task again, and without its sources. */
function answerOf({ status, partial, output }: RunResult): string {
  const text = partial ?? (status === "done" ? JSON.stringify(output) : "");
  const [own = ""] = text.split("\n## Sources\n");
  const lines = own.split("\n").filter((line) => !/^#+ /.test(line));
  return lines.join(" ").trim() || text;
}

/** The beginning of a text, on so many lines. */
function excerpt(text: string, columns: number, most: number): string[] {
  const words = harmless(text).split(/\s+/).filter(Boolean);
  const lines = folded(words, columns, " ");
  const shown = lines.slice(0, Math.max(0, most));
  const next = lines[shown.length];
  if (next !== undefined && shown.length > 0) shown.push(`${shown.pop()} ${next}`);
  return shown.map((line) => cut(line, columns));
}
