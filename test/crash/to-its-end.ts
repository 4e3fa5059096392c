import type { PendingInterrupt, RunResult } from "../../src/outcomes/run-result.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import type { Storage } from "../../src/storage/open.ts";
import { optionsAt, type Place, resumeOf } from "../workflows/place.ts";
import type { Row } from "../workflows/row.ts";
import { Outbox } from "./outbox.ts";

/** Begins a row's run, or goes on with what an earlier process left of it, and answers until it ends. */
export async function toItsEnd(
  row: Row,
  place: Place,
  { checkpointer, ledger }: Pick<Storage, "checkpointer" | "ledger">,
  outbox = new Outbox(place.outbox),
): Promise<void> {
  const graph = row.graph(outbox);
  const options = { ...optionsAt(place), checkpointer, ledger };
  const goOn = (asked: readonly PendingInterrupt[]) =>
    run(graph, null, { ...options, resume: resumeOf(row, asked, outbox) });
  const left = await inspect(graph, options);
  if (left?.run?.status === "done") return;
  let result: RunResult<unknown> = left ? await goOn(left.interrupts) : await run(graph, row.input, options);
  while (result.status === "needs_human") result = await goOn(result.interrupts);
  if (result.status !== "done") {
    throw new Error(`The run on ${place.thread} ended ${JSON.stringify(result)}.`);
  }
}
