import { setTimeout as sleep } from "node:timers/promises";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { Annotation, END, interrupt, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import type { ScriptedModel } from "../../src/testing/index.ts";

/** The state of a graph that knows nothing of Graphwright. */
const State = Annotation.Root({
  question: Annotation<string>(),
  said: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
});

type ForeignState = typeof State.State;

/**
 * A plain graph whose nodes call the model themselves: one node, then a subgraph with two, then one
 * that streams; four calls.
 */
export function foreignGraph(model: BaseChatModel) {
  const asks = (name: string) => async () => ({ said: [(await model.invoke(`${name}?`)).text] });
  const inner = new StateGraph(State)
    .addNode("dig", asks("dig"))
    .addNode("sift", asks("sift"))
    .addEdge(START, "dig")
    .addEdge("dig", "sift")
    .addEdge("sift", END)
    .compile();
  const streaming = async () => {
    let text = "";
    for await (const chunk of await model.stream("close?")) text += chunk.text;
    return { said: [text] };
  };
  return new StateGraph(State)
    .addNode("open", asks("open"))
    .addNode("inside", async (state: ForeignState) => {
      const { said } = await inner.invoke({ question: state.question });
      return { said };
    })
    .addNode("close", streaming)
    .addEdge(START, "open")
    .addEdge("open", "inside")
    .addEdge("inside", "close")
    .addEdge("close", END)
    .compile({ name: "foreign", checkpointer: new MemorySaver() });
}

/** A plain graph without a model: one node asks, and one says what was answered. */
export function askingGraph() {
  return new StateGraph(State)
    .addNode("ask", () => ({ said: [String(interrupt({ ask: "Which one?" }))] }))
    .addNode("tell", ({ said }: ForeignState) => ({ said: [`told ${said.at(-1)}`] }))
    .addEdge(START, "ask")
    .addEdge("ask", "tell")
    .addEdge("tell", END)
    .compile({ name: "asking", checkpointer: new MemorySaver() });
}

/** A plain graph with two parallel nodes that each ask. */
export function askingTwice() {
  return new StateGraph(State)
    .addNode("left", () => ({ said: [`left ${JSON.stringify(interrupt({ ask: "Left?" }))}`] }))
    .addNode("right", () => ({ said: [`right ${JSON.stringify(interrupt({ ask: "Right?" }))}`] }))
    .addEdge(START, "left")
    .addEdge(START, "right")
    .addEdge("left", END)
    .addEdge("right", END)
    .compile({ name: "asking-twice", checkpointer: new MemorySaver() });
}

/** A plain graph of one node. */
export const graphOf = (
  node: (state: ForeignState) => Partial<ForeignState> | Promise<Partial<ForeignState>>,
) =>
  new StateGraph(State)
    .addNode("work", node)
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "one-node", checkpointer: new MemorySaver() });

/** Two nodes at once: one calls the model and heeds no signal, the other fails once the call is made. */
export function failingBeside(model: ScriptedModel) {
  const deaf = new AbortController().signal;
  return new StateGraph(State)
    .addNode("call", async () => ({ said: [(await model.invoke("slow?", { signal: deaf })).text] }))
    .addNode("fail", async () => {
      while (model.requests.length === 0) await sleep(2);
      throw new Error("No.");
    })
    .addEdge(START, "call")
    .addEdge(START, "fail")
    .addEdge("call", END)
    .compile({ name: "beside", checkpointer: new MemorySaver() });
}

export const QUESTION = { question: "Why?" };
