import { openaiModel } from "../../src/models/openai.ts";
import type { PendingInterrupt, RunResult } from "../../src/outcomes/run-result.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import type { Storage } from "../../src/storage/open.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { fileWriter } from "../../src/tools/write-file.ts";
import type { Row } from "../workflows/row.ts";
import { Outbox } from "./outbox.ts";

/** Where a run goes on. */
export interface Place {
  thread: string;
  /** The base URL of its endpoint. */
  endpoint: string;
  /** The folder of its documents. */
  documents: string;
  /** The file of what it sends. */
  outbox: string;
}

/** The folder of the files that a run writes. */
export const filesOf = (outbox: string): string => `${outbox}-files`;

/** Begins a row's run, or goes on with what an earlier process left of it, and answers until it ends. */
export async function toItsEnd(
  row: Row,
  { thread, endpoint, documents, outbox: file }: Place,
  { checkpointer, ledger }: Pick<Storage, "checkpointer" | "ledger">,
  outbox = new Outbox(file),
): Promise<void> {
  const graph = row.graph(outbox);
  const models = openaiModel(
    "m",
    { apiKey: "none", baseUrl: endpoint, models: ["m"], structured: "strict" },
    null,
  );
  const tools = [documentSearch({ folder: documents }), fileWriter({ folder: filesOf(file) })];
  const options = { thread, checkpointer, ledger, models, tools };
  const goOn = (asked: readonly PendingInterrupt[]) =>
    run(graph, null, {
      ...options,
      resume:
        asked.length === 0 ||
        Object.fromEntries(asked.map(({ id, value }) => [id, row.human?.(value, outbox)])),
    });
  const left = await inspect(graph, options);
  if (left?.run?.status === "done") return;
  let result: RunResult<unknown> = left ? await goOn(left.interrupts) : await run(graph, row.input, options);
  while (result.status === "needs_human") result = await goOn(result.interrupts);
  if (result.status !== "done") throw new Error(`The run on ${thread} ended ${JSON.stringify(result)}.`);
}
