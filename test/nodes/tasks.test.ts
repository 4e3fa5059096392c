import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { tool } from "@langchain/core/tools";
import {
  END,
  type LangGraphRunnableConfig,
  Send,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { blocksOf } from "../../src/models/prompt.ts";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { log } from "../../src/state/channels.ts";
import { type Models, RunContext } from "../../src/state/context.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { calls, fails, type Line, ScriptedModel, when } from "../../src/testing/index.ts";

const down = new Error("The model is down.");
const find = (query: string) => calls({ name: "search", args: { query } });

/** A search that remembers its queries. */
function searchTool() {
  const queries: string[] = [];
  const search = tool(
    ({ query }: { query: string }) => {
      queries.push(query);
      return `Found ${query}.`;
    },
    { name: "search", description: "Searches.", schema: z.object({ query: z.string() }) },
  );
  return { search, queries };
}

const configFor = (models: Models) => ({
  context: { models },
  configurable: { thread_id: "t" },
  durability: "sync" as const,
});

const Single = new StateSchema({ task: z.string(), report: AgentReport });

/** A graph of one agent, whose prompt can be changed between two attempts. */
function agentGraph(storage: Storage) {
  const { search, queries } = searchTool();
  const asked = { prompt: "Explain it." };
  const { agent } = nodesFor(Single);
  const workflow = new StateGraph(Single, { context: RunContext })
    .addNode("work", agent({ role: "helper", prompt: () => asked.prompt, tools: [search], into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END);
  return { workflow, graph: workflow.compile({ checkpointer: storage.checkpointer }), queries, asked };
}

const helper = (...lines: Line[]) => new ScriptedModel({ helper: lines });
const toolTexts = ({ requests }: ScriptedModel) =>
  requests
    .at(-1)
    ?.messages.flatMap((message) =>
      message.getType() === "tool" ? [blocksOf(message.text)[0]?.text ?? message.text] : [],
    );

function openFile(): Storage {
  const folder = mkdtempSync(join(tmpdir(), "graphwright-tasks-"));
  const storage = openStorage(`file:${join(folder, "runs.db")}`);
  onTestFinished(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });
  return storage;
}

const storages: [string, () => Storage][] = [
  ["in memory", () => openStorage("memory:")],
  ["in a file", openFile],
];

describe.each(storages)("a node of several calls, %s", (_, open) => {
  it("goes on after its last completed call: neither model nor tool is asked twice", async () => {
    const { graph, queries } = agentGraph(open());
    const model = helper(find("raft"), find("paxos"), fails(down), fails(down), "Both agree.");
    await expect(graph.invoke({ task: "t" }, configFor(model))).rejects.toThrow("The model is down.");
    await expect(graph.invoke(null, configFor(model))).rejects.toThrow("The model is down.");
    const { report } = await graph.invoke(null, configFor(model));
    expect(report.text).toBe("Both agree.");
    expect(queries).toEqual(["raft", "paxos"]);
    expect(model.requests).toHaveLength(5);
    expect(toolTexts(model)).toEqual(["Found raft.", "Found paxos."]);
    model.assertDone();
  });

  it("calls the tools of a turn again that had not ended, and no other", async () => {
    const storage = open();
    const called: string[] = [];
    let isDown = true;
    const [steady, shaky] = ["steady", "shaky"].map((name) =>
      tool(
        async (_input, { signal }: { signal?: AbortSignal }) => {
          called.push(name);
          if (name === "shaky" && isDown) await stopped(stop, signal);
          return `Result of ${name}.`;
        },
        { name, description: name, schema: z.object({}) },
      ),
    );
    if (!steady || !shaky) throw new Error("unreachable");
    const stop = new AbortController();
    const { agent } = nodesFor(Single);
    const graph = new StateGraph(Single, { context: RunContext })
      .addNode("work", agent({ role: "helper", prompt: () => "p", tools: [steady, shaky], into: "report" }))
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ checkpointer: storage.checkpointer });
    const model = helper(calls({ name: "shaky", args: {} }, { name: "steady", args: {} }), "Done.");
    const config = configFor(model);
    const first = graph.invoke({ task: "t" }, { ...config, signal: stop.signal });
    await stored(storage, "Result of steady.");
    stop.abort();
    await expect(first).rejects.toThrow();
    isDown = false;
    await graph.invoke(null, config);
    expect(called).toEqual(["shaky", "steady", "shaky"]);
    expect(toolTexts(model)).toEqual(["Result of shaky.", "Result of steady."]);
    expect(model.requests).toHaveLength(2);
  });

  it("does not ask again for a choice what was answered before the failure", async () => {
    const Choice = z.object({ pick: z.enum(["left", "right"]) });
    const State = new StateSchema({ task: z.string(), choice: Choice });
    const { route } = nodesFor(State);
    const graph = new StateGraph(State, { context: RunContext })
      .addNode(
        "choose",
        route({
          role: "helper",
          prompt: ({ task }) => task,
          name: "Choice",
          schema: Choice,
          otherwise: (): z.infer<typeof Choice> => ({ pick: "left" }),
          into: "choice",
        }),
      )
      .addEdge(START, "choose")
      .addEdge("choose", END)
      .compile({ checkpointer: open().checkpointer });
    const model = helper({ pick: "up" }, { pick: "down" }, fails(down), { pick: "right" });
    await expect(graph.invoke({ task: "Which?" }, configFor(model))).rejects.toThrow("The model is down.");
    expect(await graph.invoke(null, configFor(model))).toMatchObject({ choice: { pick: "right" } });
    expect(model.requests.map(({ messages }) => messages.length)).toEqual([1, 3, 5, 5]);
  });

  it("keeps its calls also as a subgraph, added as a node or invoked in one", async () => {
    for (const how of ["added", "invoked"]) {
      const { workflow, queries } = agentGraph(open());
      const inner = workflow.compile();
      const outer = new StateGraph(Single, { context: RunContext })
        .addNode("specialist", how === "added" ? inner : async ({ task }) => inner.invoke({ task }), {
          subgraphs: [inner],
        })
        .addEdge(START, "specialist")
        .addEdge("specialist", END)
        .compile({ checkpointer: open().checkpointer });
      const model = helper(find("raft"), fails(down), "Answer.");
      await expect(outer.invoke({ task: "t" }, configFor(model))).rejects.toThrow("The model is down.");
      const { report } = await outer.invoke(null, configFor(model));
      expect([how, report.text, model.requests.length, queries]).toEqual([how, "Answer.", 3, ["raft"]]);
      expect(toolTexts(model)).toEqual(["Found raft."]);
    }
  });
});

describe("a stored reply to another request", () => {
  it("is not used: the changed request is asked anew, and so is what follows from it", async () => {
    const { graph, queries, asked } = agentGraph(openStorage("memory:"));
    const model = helper(find("old"), fails(down), find("new"), "The new answer.");
    await expect(graph.invoke({ task: "t" }, configFor(model))).rejects.toThrow("The model is down.");
    asked.prompt = "Explain it in another way.";
    const { report } = await graph.invoke(null, configFor(model));
    expect(report.text).toBe("The new answer.");
    expect(queries).toEqual(["old", "new"]);
    expect(toolTexts(model)).toEqual(["Found new."]);
    expect(model.requests[2]?.text).toBe("Explain it in another way.");
    model.assertDone();
  });

  it("is passed over as often as it takes: the replies after it are found again at the next failure", async () => {
    const { graph, queries, asked } = agentGraph(openStorage("memory:"));
    const model = helper(
      find("old"),
      find("older"),
      fails(down),
      find("new"),
      fails(down),
      "The new answer.",
    );
    await expect(graph.invoke({ task: "t" }, configFor(model))).rejects.toThrow("The model is down.");
    asked.prompt = "Explain it in another way.";
    await expect(graph.invoke(null, configFor(model))).rejects.toThrow("The model is down.");
    const { report } = await graph.invoke(null, configFor(model));
    expect(report.text).toBe("The new answer.");
    expect(queries).toEqual(["old", "older", "new"]);
    expect(toolTexts(model)).toEqual(["Found new."]);
    expect(model.requests).toHaveLength(6);
  });

  it("is used once more where the request is the old one again", async () => {
    const { graph, asked } = agentGraph(openStorage("memory:"));
    const model = helper(find("old"), fails(down), fails(down), "The old answer.");
    await expect(graph.invoke({ task: "t" }, configFor(model))).rejects.toThrow("The model is down.");
    asked.prompt = "Explain it in another way.";
    await expect(graph.invoke(null, configFor(model))).rejects.toThrow("The model is down.");
    asked.prompt = "Explain it.";
    const { report } = await graph.invoke(null, configFor(model));
    expect(report.text).toBe("The old answer.");
    expect(toolTexts(model)).toEqual(["Found old."]);
    expect(model.requests).toHaveLength(4);
  });
});

const Report = AgentReport.pick({ text: true }).extend({ about: z.string() });
const Parallel = new StateSchema({ about: z.string(), report: AgentReport, reports: log(Report) });
const { agent: researcher } = nodesFor(Parallel);
const TOPICS = ["raft", "paxos", "gossip"];

/** One agent for each topic, side by side: as tasks of one node, or as nodes of one superstep. */
function parallelGraph(how: "Send" | "nodes", storage: Storage) {
  const { search, queries } = searchTool();
  const work = researcher({
    role: "helper",
    prompt: ({ about }) => `Explain ${about}.`,
    tools: [search],
    into: "report",
  });
  const report = async (about: string, config: LangGraphRunnableConfig<RunContext>) => {
    const { report } = await work(
      { about, reports: [], report: { text: "", sources: [], evidence: [], ended: "answered" } },
      config,
    );
    return { reports: { about, text: report.text } };
  };
  const workflow =
    how === "Send"
      ? new StateGraph(Parallel, { context: RunContext })
          .addNode("each", ({ about }, config) => report(about, config))
          .addConditionalEdges(START, () => TOPICS.map((about) => new Send("each", { about })), ["each"])
      : new StateGraph(Parallel, { context: RunContext })
          .addNode("raft", (_, config) => report("raft", config))
          .addNode("paxos", (_, config) => report("paxos", config))
          .addNode("gossip", (_, config) => report("gossip", config))
          .addEdge(START, "raft")
          .addEdge(START, "paxos")
          .addEdge(START, "gossip");
  return { graph: workflow.compile({ checkpointer: storage.checkpointer }), queries };
}

describe.each(
  (["Send", "nodes"] as const).flatMap((how) => storages.map(([where, open]) => ({ how, where, open }))),
)("parallel branches by $how, $where", ({ how, open }) => {
  it("each get their own answers, and those that had ended are not paid again", async () => {
    const storage = open();
    const { graph, queries } = parallelGraph(how, storage);
    const about = (topic: string) =>
      when(({ messages }) => messages[0]?.text === `Explain ${topic}.`, find(topic));
    const then = (topic: string, line: Line) =>
      when(({ messages }) => messages.length > 1 && messages[0]?.text === `Explain ${topic}.`, line);
    const model = new ScriptedModel([
      ...TOPICS.map((topic) => about(topic)),
      then("raft", "About raft."),
      then("gossip", "About gossip."),
      then("paxos", async () => {
        await stored(storage, "About raft.");
        await stored(storage, "About gossip.");
        return fails(down);
      }),
      then("paxos", "About paxos."),
    ]);
    await expect(graph.invoke({ about: "all" }, configFor(model))).rejects.toThrow("The model is down.");
    expect(model.requests).toHaveLength(6);
    const { reports } = await graph.invoke(null, configFor(model));
    expect(new Map(reports.map(({ about, text }) => [about, text]))).toEqual(
      new Map(TOPICS.map((topic) => [topic, `About ${topic}.`])),
    );
    expect(reports).toHaveLength(TOPICS.length);
    expect(model.requests).toHaveLength(7);
    expect([...queries].sort()).toEqual([...TOPICS].sort());
    model.assertDone();
  });
});

/** Waits until a text stands in the writes that are pending on the thread, in whichever namespace. */
async function stored({ checkpointer }: Storage, text: string): Promise<void> {
  for (;;) {
    for await (const { pendingWrites } of checkpointer.list({ configurable: { thread_id: "t" } })) {
      if (JSON.stringify(pendingWrites).includes(text)) return;
    }
    await setImmediate();
  }
}

/** Waits for an abort, and throws its reason. */
async function stopped({ signal: own }: AbortController, signal: AbortSignal | undefined): Promise<never> {
  const either = signal ? AbortSignal.any([own, signal]) : own;
  while (!either.aborted) await setImmediate();
  throw either.reason;
}
