import type { RunResult } from "../outcomes/run-result.ts";
import { NOTHING_SPENT, sumOf } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import type { CompareArguments } from "./compare-arguments.ts";
import type { ComparedRun } from "./comparison.ts";
import { comparisonTable } from "./comparison-table.ts";
import { askedBy, goOnWith } from "./end-of-run.ts";
import type { Terminal } from "./main.ts";
import { budgetOf } from "./options.ts";
import { counted, jsonOf, spending } from "./words.ts";

/** A comparison that has come to its end. */
interface Compared {
  task: string;
  runs: readonly ComparedRun[];
  options: CompareArguments;
}

/** Shows what came of a comparison on standard output; what it cost, and how its runs go on, on standard error. */
export function showComparison({ task, runs, options }: Compared, terminal: Terminal): void {
  const { out, err, columns } = terminal;
  if (options.output === "json") {
    const budget = { calls: settings().budgetCalls, ...budgetOf(options) };
    const named = runs.map(({ entry, result }) => ({ name: entry.name, ...result }));
    out(`${jsonOf({ task, budget, runs: named })}\n`);
  } else {
    out(
      comparisonTable(
        runs.map(({ entry, result }) => ({ name: entry.name, result })),
        columns,
      ),
    );
  }
  err(`${sumInWords(runs.map(({ result }) => result))}\n`);
  for (const { entry, begun, result } of runs) {
    for (const line of askedBy(result)) err(`${entry.name}: ${line.trim()}\n`);
    const again = begun ? goOnWith(entry, result, options, terminal.command) : undefined;
    if (again !== undefined) err(`Go on with: ${again}\n`);
  }
}

function sumInWords(results: readonly RunResult[]): string {
  const done = results.filter(({ status }) => status === "done").length;
  const spend = results.map((result) => result.spend).reduce(sumOf, NOTHING_SPENT);
  return [
    `${done} of ${counted(results.length, "run")} done`,
    counted(spend.calls, "call"),
    spending(spend),
  ].join(" · ");
}
