/**
 * How close the scheduler of `task-dag` comes to the least time that a graph of subtasks can take, beside a
 * node that works level by level and beside LangGraph's own supersteps with `Send`.
 *
 * The graphs are random and seeded: 4 to 32 subtasks, evenly; each depends on 0 to 2 earlier ones, evenly; its
 * work is a timer of 100 to 300 ms, spread evenly over the logarithm. In this distribution both bounds bind:
 * about two graphs of three have a critical path longer than their work divided by the limit. The scheduler is
 * told no duration, but which third it falls into, as a planner says "low", "medium" or "high".
 *
 * @module
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { END, MemorySaver, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { whenReady } from "../src/nodes/when-ready.ts";
import { log } from "../src/state/channels.ts";

const GRAPHS = 40;
const LIMIT = 4;
const [SHORTEST_MS, LONGEST_MS] = [100, 300];

interface Timed {
  id: string;
  dependsOn: string[];
  ms: number;
}

/** Mulberry32 (Tommy Ettinger, public domain): the same numbers for the same seed. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomGraph(seed: number): Timed[] {
  const random = randomly(seed);
  const below = (n: number) => Math.floor(random() * n);
  return Array.from({ length: 4 + below(29) }, (_, at) => {
    const needed = new Set<string>();
    for (const count = Math.min(at, below(3)); needed.size < count; ) needed.add(`s${below(at)}`);
    const ms = SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random();
    return { id: `s${at}`, dependsOn: [...needed], ms };
  });
}

/** What each subtask is worth for those behind it, in the order of the graph. */
function folded(graph: readonly Timed[], add: (step: Timed) => number): Map<string, number> {
  const values = new Map<string, number>();
  for (const step of graph) {
    const before = step.dependsOn.map((id) => values.get(id) ?? 0);
    values.set(step.id, add(step) + Math.max(0, ...before));
  }
  return values;
}

function leastTime(graph: readonly Timed[]): number {
  const criticalPath = Math.max(...folded(graph, ({ ms }) => ms).values());
  return Math.max(criticalPath, graph.reduce((sum, { ms }) => sum + ms, 0) / LIMIT);
}

/** The subtasks that stand equally deep. */
function levelsOf(graph: readonly Timed[]): Timed[][] {
  const depths = folded(graph, () => 1);
  const levels: Timed[][] = [];
  for (const step of graph) {
    const depth = (depths.get(step.id) ?? 1) - 1;
    levels[depth] = [...(levels[depth] ?? []), step];
  }
  return levels;
}

const third = ({ ms }: Timed) =>
  1 + Math.min(2, Math.floor((3 * Math.log(ms / SHORTEST_MS)) / Math.log(LONGEST_MS / SHORTEST_MS)));

const work = async ({ id, ms }: Timed) => {
  await sleep(ms);
  return id;
};

const State = new StateSchema({ level: z.number().default(0), ended: log(z.string()) });
const Sent = new StateSchema({ step: z.custom<Timed>() });

/** A graph of one node, as `task-dag` has it. */
const oneNode = (run: () => Promise<unknown>) =>
  new StateGraph(State)
    .addNode("work", async () => {
      await run();
      return {};
    })
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ checkpointer: new MemorySaver() });

const scheduled = (graph: readonly Timed[]) =>
  oneNode(() =>
    whenReady(
      graph.map((step) => ({ ...step, weight: third(step), work: () => work(step) })),
      { maxParallel: LIMIT },
    ),
  );

/** The same durable branches, a level after the other, each as wide as the limit allows. */
const byLevel = (graph: readonly Timed[]) =>
  oneNode(async () => {
    for (const level of levelsOf(graph)) {
      const pieces = level.map((step) => ({ id: step.id, dependsOn: [], work: () => work(step) }));
      await whenReady(pieces, { maxParallel: LIMIT });
    }
  });

/** A superstep for each level by `Send`, with LangGraph's own limit, and one that leads to the next level. */
function supersteps(graph: readonly Timed[]) {
  const levels = levelsOf(graph);
  const sent = ({ level }: typeof State.State) =>
    level < levels.length ? (levels[level] ?? []).map((step) => new Send("step", { step })) : END;
  return new StateGraph(State)
    .addNode("step", async ({ step }) => ({ ended: await work(step) }), { input: Sent })
    .addNode("join", ({ level }) => ({ level: level + 1 }))
    .addConditionalEdges(START, sent, ["step"])
    .addEdge("step", "join")
    .addConditionalEdges("join", sent, ["step", END])
    .compile({ checkpointer: new MemorySaver() });
}

interface Runnable {
  invoke(input: { level: number }, config: object): Promise<unknown>;
}

type Contender = (graph: readonly Timed[]) => Runnable;

const CONTENDERS: Record<string, Contender> = {
  "graphwright: whenReady": scheduled,
  "level by level, in one node": byLevel,
  "LangGraph's supersteps, a Send each": supersteps,
};

/** How much longer than the least time each contender takes: average and worst over the graphs, in turn. */
export async function benchDag(): Promise<void> {
  const ratios = new Map(Object.keys(CONTENDERS).map((name) => [name, [] as number[]]));
  // LangGraph listens to a node's signal once for each of its parallel tasks.
  setMaxListeners(0);
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const graph = randomGraph(seed);
    for (const [name, contender] of Object.entries(CONTENDERS)) {
      const compiled = contender(graph);
      const config = { configurable: { thread_id: "t" }, durability: "sync", maxConcurrency: LIMIT };
      const begun = performance.now();
      await compiled.invoke({ level: 0 }, config);
      ratios.get(name)?.push((performance.now() - begun) / leastTime(graph));
    }
  }
  process.stdout.write(
    `\n${GRAPHS} random graphs of 4 to 32 subtasks, at most ${LIMIT} at once: time ÷ max(critical path, work ÷ limit)\n`,
  );
  for (const [name, all] of ratios) {
    const average = all.reduce((sum, ratio) => sum + ratio, 0) / all.length;
    const figures = `average ${average.toFixed(3)}   worst ${Math.max(...all).toFixed(3)}`;
    process.stdout.write(`  ${name.padEnd(46)} ${figures}\n`);
  }
}
