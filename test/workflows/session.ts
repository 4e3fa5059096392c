import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openaiModel } from "../../src/models/openai.ts";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { fileWriter } from "../../src/tools/write-file.ts";
import { Outbox } from "../crash/outbox.ts";
import { filesOf } from "../crash/to-its-end.ts";
import { type Answer, type Endpoint, startEndpoint } from "../endpoint/server.ts";
import type { Row } from "./row.ts";

/** What the rows' documents say. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "raft.md":
    "# Raft\n\n## Leaders\n\nThe leader is elected by a majority, and a new leader is elected after a crash.\n",
  "logs.md": "# Logs\n\n## Replay\n\nThe replay of the log gives the state before the crash.\n",
};

/** One row at work in this process: its graph, its endpoint, and a storage and a folder of its own. */
export class Session {
  readonly graph: AnyGraph;
  readonly endpoint: Endpoint;
  readonly options;
  readonly #row: Row;
  readonly #outbox: Outbox;

  private constructor(row: Row, endpoint: Endpoint, folder: string) {
    const outbox = join(folder, "outbox");
    this.#row = row;
    this.#outbox = new Outbox(outbox);
    this.graph = row.graph(this.#outbox);
    this.endpoint = endpoint;
    const at = { apiKey: "none", baseUrl: endpoint.url, models: ["m"], structured: "strict" as const };
    this.options = {
      ...openStorage("memory:"),
      thread: "t",
      models: openaiModel("m", at, null),
      tools: [documentSearch({ folder }), fileWriter({ folder: filesOf(outbox) })],
    };
  }

  /** Begins a session, which ends with the test. */
  static async of(row: Row, answers: Answer = row.answers): Promise<Session> {
    const folder = mkdtempSync(join(tmpdir(), "graphwright-workflow-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [file, text] of Object.entries(DOCUMENTS)) writeFileSync(join(folder, file), text);
    const endpoint = await startEndpoint({ answer: answers });
    onTestFinished(endpoint.close);
    return new Session(row, endpoint, folder);
  }

  /** Runs to the end, as the row's person answers; a run that has spent its budget goes on with the default one. */
  async toItsEnd({
    graph = this.graph,
    input = this.#row.input,
    budget = {},
  }: Partial<{ graph: AnyGraph; input: object; budget: Budget }> = {}) {
    let result: RunResult<unknown> = await run(graph, input, { ...this.options, budget });
    const stops: RunResult<unknown>[] = [];
    while (result.status === "needs_human" || result.status === "budget_exhausted") {
      stops.push(result);
      const asked = result.status === "needs_human" ? result.interrupts : [];
      const answers = Object.fromEntries(
        asked.map(({ id, value }) => [id, this.#row.human?.(value, this.#outbox)]),
      );
      const more = result.status === "budget_exhausted" ? { budget: { calls: 200 } } : {};
      result = await run(graph, null, {
        ...this.options,
        ...more,
        resume: asked.length === 0 || answers,
      });
    }
    return { result, stops };
  }
}
