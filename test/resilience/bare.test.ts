import { Command, MemorySaver } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { workflow } from "../../graphs/review-loop/graph.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { writerAnswers } from "../endpoint/server.ts";
import { inEnvironment, opened } from "./against.ts";

const TOPIC = { topic: "Why is the sky blue?" };

/** The review loop as Studio or a service has it that invokes the graph itself, at most so many calls a run. */
async function invoked(calls: number) {
  const { url, requests } = await opened(writerAnswers());
  inEnvironment({
    OPENAI_BASE_URL: url,
    GRAPHWRIGHT_DOCS: "test/endpoint",
    GRAPHWRIGHT_BUDGET_CALLS: `${calls}`,
  });
  const graph: AnyGraph = workflow.compile({ name: "review-loop", checkpointer: new MemorySaver() });
  const on = (thread_id: string) => ({ configurable: { thread_id } });
  return {
    requests,
    invoke: (input: typeof TOPIC | Command, thread = "t") => graph.invoke(input, on(thread)),
  };
}

describe("a graph that is invoked without run", () => {
  it("is suspended when its default budget is spent, and goes on with the budget that it is answered", async () => {
    const { requests, invoke } = await invoked(3);
    const stopped = await invoke(TOPIC);
    expect(stopped).toMatchObject({ __interrupt__: [{ value: { kind: "budget", cap: "calls" } }] });
    expect(requests).toHaveLength(3);
    const still = await invoke(new Command({ resume: "please" }));
    expect(still).toMatchObject({ __interrupt__: [{ value: { kind: "budget" } }] });
    expect(requests).toHaveLength(3);
    const done = await invoke(new Command({ resume: { calls: 20 } }));
    expect(done).toMatchObject({ ended: { reason: "rounds" } });
    expect(requests).toHaveLength(7);
  });

  it("has an account of its own for each thread, and a new one for each input", async () => {
    const { requests, invoke } = await invoked(8);
    for (const thread of ["one", "two", "one"]) {
      expect(await invoke(TOPIC, thread)).toMatchObject({ ended: { reason: "rounds" } });
    }
    expect(requests).toHaveLength(21);
  });
});
