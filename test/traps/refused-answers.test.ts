import { Annotation, Command, interrupt, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { z } from "zod";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";

const State = Annotation.Root({ question: Annotation<string>(), decision: Annotation<string>() });
const Answer = z.object({ decision: z.enum(["take over", "close"]) });
const INPUT = { question: "Why?" };

/** A graph that asks, and says what the answer may be or leaves it open. */
const asking = (options?: { responseSchema: typeof Answer }) =>
  new StateGraph(State)
    .addNode("ask", () => interrupt<string, z.infer<typeof Answer>>("What now?", options))
    .addEdge(START, "ask")
    .compile({ checkpointer: new MemorySaver() });

it("an answer that does not fit is taken in plain LangGraph; ours is refused, and the question stays open", async () => {
  const config = { configurable: { thread_id: "t" } };
  const plain = asking();
  await plain.invoke(INPUT, config);
  const taken = await plain.invoke(new Command({ resume: { decision: "perhaps" } }), config);
  expect(taken).toMatchObject({ decision: "perhaps" });

  const here = { thread: "t" };
  const ours = asking({ responseSchema: Answer });
  await run(ours, INPUT, here);
  const refused = run(ours, null, { ...here, resume: { decision: "perhaps" } });
  await expect(refused).rejects.toThrow(/decision/);
  expect((await inspect(ours, here))?.interrupts).toMatchObject([{ value: "What now?" }]);
  expect(await run(ours, null, { ...here, resume: { decision: "close" } })).toMatchObject({
    status: "done",
    output: { decision: "close" },
  });
});
