import type { CatalogueEntry } from "./catalogue.ts";
import { type CompareRequest, readCompareArguments } from "./compare-arguments.ts";
import { exitCodeOfAll } from "./exit-codes.ts";
import { readText } from "./input.ts";
import type { Terminal } from "./main.ts";

/** Gives several workflows the same task, shows what came of it, and gives the exit code. */
export async function compare(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  terminal: Terminal,
): Promise<number> {
  const request = readCompareArguments(argv, catalogue, `${terminal.command} compare`);
  if (request.kind === "compare") return compared(request, terminal);
  terminal.out(request.text);
  return 0;
}

async function compared(
  { task: argument, entries, options }: Extract<CompareRequest, { kind: "compare" }>,
  terminal: Terminal,
): Promise<number> {
  const task = await readText("task", argument, terminal.stdin);
  // All at once: Ctrl-C ends a loader that compiles, and nothing can be imported after it.
  const [{ equipmentOf }, { runsOf }, { showComparison }] = await Promise.all([
    import("./equipment.ts"),
    import("./comparison.ts"),
    import("./show-comparison.ts"),
  ]);
  const { given, close } = await equipmentOf(options);
  try {
    const runs = await runsOf({ task, entries, options, given }, terminal);
    showComparison({ task, runs, options }, terminal);
    return exitCodeOfAll(
      runs.map(({ result }) => result),
      terminal,
    );
  } finally {
    await close();
  }
}
