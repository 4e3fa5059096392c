/**
 * What the engine costs, as ratios measured in one run against a fake endpoint in its own process:
 * `review-loop` with six model calls, beside the same calls by hand and beside a plain `StateGraph`;
 * the start of the command line, beside an npm script that does nothing; and the scheduler of `task-dag`,
 * beside the least time that is possible.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import type { ChatOpenAI } from "@langchain/openai";
import { graph as reviewLoop } from "../graphs/review-loop/graph.ts";
import { openaiModel } from "../src/models/openai.ts";
import { run } from "../src/runtime/run.ts";
import { openStorage } from "../src/storage/open.ts";
import { benchDag } from "./bench-dag.ts";
import { byHand, plainGraph } from "./bench-peers.ts";

const ROUNDS = 25;
const WARM_UP = 5;
const STARTS = 9;
const TOPIC = "How does a workflow survive a crash?";

type Contender = () => Promise<unknown>;

/** Runs the contenders in turn, so that a machine that slows down slows all of them. */
async function timed(contenders: Record<string, Contender>, rounds: number, warmUp: number) {
  const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const begun = performance.now();
      await contender();
      if (round >= 0) times.get(name)?.push(performance.now() - begun);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)]));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function table(title: string, medians: Record<string, number>, unit: string) {
  const [first = Number.NaN] = Object.values(medians);
  process.stdout.write(`\n${title}\n`);
  for (const [name, value] of Object.entries(medians)) {
    const ratio = `${(first / value).toFixed(2)} ×`;
    process.stdout.write(
      `  ${name.padEnd(46)} ${value.toFixed(1).padStart(8)} ${unit}  ${name === Object.keys(medians)[0] ? "" : `ours ÷ this: ${ratio}`}\n`,
    );
  }
}

/** The fake endpoint as a process of its own, so that its work is not ours. */
async function endpoint(latencyMs: number): Promise<{ url: string; child: ChildProcess }> {
  const args = ["--import", "tsx", "test/endpoint/main.ts", "--latency", String(latencyMs)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(createInterface(child.stdout), "line");
  return { url: String(url), child };
}

async function benchRuns(folder: string, latencyMs: number) {
  const { url, child } = await endpoint(latencyMs);
  const settings = { apiKey: "bench", baseUrl: url, models: ["bench"], structured: "strict" } as const;
  const model: ChatOpenAI = openaiModel("bench", { ...settings, models: ["bench"] }, null);
  const storage = openStorage(`file:${join(folder, `ours-${latencyMs}.db`)}`);
  const saver = SqliteSaver.fromConnString(join(folder, `plain-${latencyMs}.db`));
  saver.db.pragma("journal_mode = WAL");
  const plain = plainGraph(model, saver);
  let round = 0;
  const medians = await timed(
    {
      "graphwright: run(reviewLoop)": async () => {
        const result = await run(
          reviewLoop,
          { topic: TOPIC },
          { models: model, ...storage, onEvent: () => {} },
        );
        if (result.status !== "done" || result.spend.calls !== 6)
          throw new Error(JSON.stringify(result.error ?? result.spend));
      },
      "(a) the same six calls by hand": () => byHand(model, TOPIC),
      "(b) plain StateGraph + SqliteSaver, streamed": async () => plain(TOPIC, `thread-${round++}`),
    },
    ROUNDS,
    WARM_UP,
  );
  table(`review-loop, six calls, ${latencyMs} ms latency each (median of ${ROUNDS})`, medians, "ms");
  await storage.close();
  saver.db.close();
  child.kill();
}

async function benchStart(folder: string) {
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { empty: ":" } }));
  const command = (args: string[], cwd: string) => async () => {
    const child = spawn("npm", args, { cwd, stdio: "ignore" });
    await once(child, "exit");
  };
  const medians = await timed(
    {
      "npm run -s graph -- --help": command(["run", "-s", "graph", "--", "--help"], process.cwd()),
      "an npm script that does nothing": command(["run", "-s", "empty"], folder),
    },
    STARTS,
    1,
  );
  table(`start-up (median of ${STARTS})`, medians, "ms");
}

const folder = await mkdtemp(join(tmpdir(), "graphwright-bench-"));
for (const latency of [0, 20]) await benchRuns(folder, latency);
await benchStart(folder);
await benchDag();
await rm(folder, { recursive: true });
