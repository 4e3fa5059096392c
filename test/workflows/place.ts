import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openaiModel } from "../../src/models/openai.ts";
import type { PendingInterrupt } from "../../src/outcomes/run-result.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { fileWriter } from "../../src/tools/write-file.ts";
import type { Outbox } from "../crash/outbox.ts";
import type { Row } from "./row.ts";

/** Where a row's run begins or goes on. */
export interface Place {
  thread: string;
  /** The base URL of its endpoint. */
  endpoint: string;
  /** The folder of its documents. */
  documents: string;
  /** The file of what it sends. */
  outbox: string;
}

const DOCUMENTS: Readonly<Record<string, string>> = {
  "raft.md":
    "# Raft\n\n## Leaders\n\nThe leader is elected by a majority, and a new leader is elected after a crash.\n",
  "logs.md": "# Logs\n\n## Replay\n\nThe replay of the log gives the state before the crash.\n",
};

/** Writes the documents that all rows search. */
export function writeDocuments(folder: string): void {
  for (const [file, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, file), text);
}

/** The folder of the files that a run writes. */
export const filesOf = (outbox: string): string => `${outbox}-files`;

/** The options of a run at a place, but for its storage. */
export function optionsAt({ thread, endpoint, documents, outbox }: Place) {
  const at = { apiKey: "none", baseUrl: endpoint, models: ["m"], structured: "strict" as const };
  return {
    thread,
    models: openaiModel("m", at, null),
    tools: [documentSearch({ folder: documents }), fileWriter({ folder: filesOf(outbox) })],
  };
}

/** What resumes a row's run: what its person answers to what was asked, or that it goes on. */
export const resumeOf = ({ human }: Row, asked: readonly PendingInterrupt[], outbox: Outbox) =>
  asked.length === 0 || Object.fromEntries(asked.map(({ id, value }) => [id, human?.(value, outbox)]));
