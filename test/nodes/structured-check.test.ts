import { MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { z } from "zod";
import { type StructuredAnswer, structured, structuredOrThrow } from "../../src/nodes/decide.ts";
import type { NodeConfig } from "../../src/nodes/index.ts";
import { run } from "../../src/runtime/run.ts";
import { RunContext } from "../../src/state/context.ts";
import { always, type Line, ScriptedModel } from "../../src/testing/index.ts";

const Choice = z.object({ number: z.number() });
type Choice = z.infer<typeof Choice>;

const State = new StateSchema({ answer: z.custom<StructuredAnswer<Choice>>().optional() });

/** A graph that asks for an even number. */
const asking = (ask: (context: NodeConfig["context"]) => Promise<StructuredAnswer<Choice>>) =>
  new StateGraph(State, { context: RunContext })
    .addNode("ask", async (_, { context }: NodeConfig) => ({ answer: await ask(context) }))
    .addEdge(START, "ask")
    .compile({ name: "asking" });

const question = {
  role: "chooser",
  prompt: "Choose an even number.",
  name: "Choice",
  schema: Choice,
  check: ({ number }: Choice) => (number % 2 === 0 ? undefined : `${number} is odd.`),
};

async function asked(
  lines: readonly Line[] | readonly [ReturnType<typeof always>],
  graph = asking((context) => structured(question, context)),
) {
  const models = new ScriptedModel({ chooser: lines });
  const ended = await run(graph, {}, { models, checkpointer: new MemorySaver() });
  return { ended, prompts: models.requests.map(({ text }) => text) };
}

it("sends an answer that fits the schema back with the reason of the check", async () => {
  const { ended, prompts } = await asked([{ number: "three" }, { number: 3 }, { number: 4 }]);
  expect(ended.output).toEqual({ answer: { value: { number: 4 } } });
  expect(prompts[1]).toMatch(/^That is no valid Choice: .*expected number/);
  expect(prompts[2]).toMatch(/^That is no valid Choice: 3 is odd\.\n/);
});

it("gives the reason of the check where no answer passes it", async () => {
  const { ended, prompts } = await asked([always({ number: 5 })]);
  expect(ended.output).toEqual({ answer: { fault: "5 is odd." } });
  expect(prompts).toHaveLength(3);
});

it("fails those who cannot go on without an answer, and keeps none that the check refuses", async () => {
  const graph = asking(async (context) => ({ value: await structuredOrThrow(question, context) }));
  const { ended, prompts } = await asked([always({ number: 5 })], graph);
  expect(ended).toMatchObject({ status: "failed", error: { code: "BAD_ANSWER" } });
  expect(ended.error?.message).toContain("5 is odd.");
  expect(prompts).toHaveLength(3);
});
