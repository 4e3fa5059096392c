import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { RunResult } from "../../src/outcomes/run-result.ts";
import type { Budget } from "../../src/outcomes/spend.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { Outbox } from "../crash/outbox.ts";
import { type Answer, type Endpoint, startEndpoint } from "../endpoint/server.ts";
import { optionsAt, resumeOf, writeDocuments } from "./place.ts";
import type { Row } from "./row.ts";

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
    const place = { thread: "t", endpoint: endpoint.url, documents: folder, outbox };
    this.options = { ...openStorage("memory:"), ...optionsAt(place) };
  }

  /** Begins a session, which ends with the test. */
  static async of(row: Row, answers: Answer = row.answers): Promise<Session> {
    const folder = mkdtempSync(join(tmpdir(), "graphwright-workflow-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeDocuments(folder);
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
      const more = result.status === "budget_exhausted" ? { budget: { calls: 200 } } : {};
      result = await run(graph, null, {
        ...this.options,
        ...more,
        resume: resumeOf(this.#row, asked, this.#outbox),
      });
    }
    return { result, stops };
  }
}
