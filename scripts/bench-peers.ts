/** What the bench compares with: the six calls of a review loop without Graphwright. */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { HumanMessage } from "@langchain/core/messages";
import { type BaseCheckpointSaver, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import * as prompts from "../graphs/review-loop/prompts.ts";
import { answerSchema, withSchema } from "../src/models/structured.ts";
import { Verdict } from "../src/outcomes/verdict.ts";
import { EMPTY, log } from "../src/state/channels.ts";
import { Note, Source } from "../src/state/passage.ts";
import { searchDocuments } from "../src/tools/documents.ts";

const Notes = z.object({ notes: z.array(Note) });

async function text(model: BaseChatModel, prompt: string): Promise<string> {
  let written = "";
  for await (const chunk of await model.stream([new HumanMessage(prompt)])) written += chunk.text;
  return written;
}

async function typed<Schema extends z.ZodObject>(
  model: BaseChatModel,
  name: string,
  schema: Schema,
  prompt: string,
) {
  let written = "";
  const bound = withSchema(model, answerSchema(name, schema), "strict");
  for await (const chunk of await bound.stream([new HumanMessage(prompt)])) written += chunk.text;
  return schema.parse(JSON.parse(written));
}

async function searched(topic: string): Promise<Source[]> {
  return (await searchDocuments(topic)).map((passage, index) => ({ id: index + 1, ...passage }));
}

/** The calls one after the other, as plain code. */
export async function byHand(model: BaseChatModel, topic: string): Promise<string> {
  const found = await searched(topic);
  const { notes } = await typed(model, "Notes", Notes, prompts.takeNotes({ topic }, found));
  const plan = await text(model, prompts.outline({ topic, notes, found }));
  let draft = await text(model, prompts.write({ topic, notes, plan }));
  for (let reviews = 1; ; reviews++) {
    const verdict = await typed(model, "Verdict", Verdict, prompts.review({ topic, notes, plan, draft }));
    if (verdict.approved || reviews === 3) return draft;
    draft = await text(model, prompts.revise({ topic, notes, plan, draft, verdicts: [verdict] }));
  }
}

const PlainState = new StateSchema({
  topic: z.string(),
  notes: z.array(Note),
  found: z.array(Source),
  plan: z.string(),
  draft: z.string(),
  verdicts: log(Verdict),
});
type State = typeof PlainState.State;

/** The same as a `StateGraph` with the same durability and streaming, and nothing else. */
export function plainGraph(model: BaseChatModel, checkpointer: BaseCheckpointSaver) {
  const graph = new StateGraph(PlainState)
    .addNode("research", async ({ topic }: State) => {
      const found = await searched(topic);
      const { notes } = await typed(model, "Notes", Notes, prompts.takeNotes({ topic }, found));
      return { notes, found, verdicts: EMPTY };
    })
    .addNode("outline", async (state: State) => ({ plan: await text(model, prompts.outline(state)) }))
    .addNode("write", async (state: State) => ({ draft: await text(model, prompts.write(state)) }))
    .addNode("review", async (state: State) => ({
      verdicts: await typed(model, "Verdict", Verdict, prompts.review(state)),
    }))
    .addNode("revise", async (state: State) => ({ draft: await text(model, prompts.revise(state)) }))
    .addNode("finalize", ({ draft }: State) => ({ draft }))
    .addEdge(START, "research")
    .addEdge("research", "outline")
    .addEdge("outline", "write")
    .addEdge("write", "review")
    .addConditionalEdges(
      "review",
      ({ verdicts }: State) => (verdicts.at(-1)?.approved ? "finalize" : "revise"),
      ["finalize", "revise"],
    )
    .addEdge("revise", "review")
    .addEdge("finalize", END)
    .compile({ checkpointer });
  return async (topic: string, thread: string) => {
    const config = { configurable: { thread_id: thread }, durability: "sync", subgraphs: true } as const;
    const stream = await graph.stream({ topic }, { ...config, streamMode: ["tasks", "custom", "messages"] });
    for await (const _chunk of stream);
  };
}
