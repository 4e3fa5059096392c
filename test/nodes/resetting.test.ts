import { setTimeout as sleep } from "node:timers/promises";
import { type BaseCheckpointSaver, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { run } from "../../src/runtime/run.ts";
import { EMPTY, log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { openStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "../storage/databases.ts";

const State = new StateSchema({ word: z.string(), said: log(z.string()), beside: z.string() });
const { resetting } = nodesFor(State);

/** LangGraph may cut off a node in the middle of its writes where one beside it fails at once. */
const FIRST_HAS_ENDED_MS = 20;

/** A graph whose first node says a word, or two, or nothing, beside a node that fails where it is told to. */
function saying(checkpointer: BaseCheckpointSaver, says: (word: string) => string | string[] | undefined) {
  let failures = 0;
  const graph = new StateGraph(State, { context: RunContext })
    .addNode(
      "first",
      resetting({ said: EMPTY }, async ({ word }) => {
        const said = says(word);
        return said === undefined ? {} : { said };
      }),
    )
    .addNode("sibling", async () => {
      await sleep(FIRST_HAS_ENDED_MS);
      if (failures-- > 0) throw new Error("It fails beside.");
      return { beside: "done" };
    })
    .addNode("last", async ({ word }) => ({ said: `${word}, at last` }))
    .addEdge(START, "first")
    .addEdge(START, "sibling")
    .addEdge(["first", "sibling"], "last")
    .addEdge("last", END)
    .compile({ name: "saying", checkpointer });
  return {
    graph,
    failing: (times: number) => {
      failures = times;
    },
  };
}

function storage() {
  const { checkpointer, ledger, close } = openStorage(`file:${temporaryFolder()}/runs.db`);
  onTestFinished(close);
  return { checkpointer, ledger };
}

const saidOf = ({ output }: Awaited<ReturnType<typeof run>>) =>
  z.looseObject({ said: z.array(z.string()) }).parse(output).said;

describe("a log that a run's first node both empties and writes to", () => {
  it.each<[string, (word: string) => string | string[] | undefined, string[]]>([
    ["an entry", (word) => word, ["two"]],
    ["entries", (word) => [word, `${word} again`], ["two", "two again"]],
    ["nothing", () => undefined, []],
  ])("holds nothing of the run before on the thread: %s", async (_, says, first) => {
    const options = { ...storage(), thread: "t" };
    const { graph } = saying(options.checkpointer, says);
    await run(graph, { word: "one" }, options);
    expect(saidOf(await run(graph, { word: "two" }, options))).toEqual([...first, "two, at last"]);
  });

  it("holds what was kept of the node's work where a sibling failed and the run was resumed", async () => {
    const options = { ...storage(), thread: "t" };
    let calls = 0;
    const { graph, failing } = saying(options.checkpointer, (word) => {
      calls += 1;
      return word;
    });
    await run(graph, { word: "one" }, options);
    failing(1);
    expect(await run(graph, { word: "two" }, options)).toMatchObject({ status: "failed" });
    expect(saidOf(await run(graph, null, { ...options, resume: true }))).toEqual(["two", "two, at last"]);
    expect(calls).toBe(2);
  });
});
