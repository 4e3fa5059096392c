import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { APPROVED, articleModel, PASSAGES, pathWith, rejected, reviewLoop, searchFor } from "./articles.ts";

/** Runs of one compiled graph at the same time, each with a topic, a model and documents of its own. */
async function manyRuns(count: number, url: string) {
  const { checkpointer, ledger, close } = openStorage(url);
  const { workflow } = reviewLoop();
  const graph = workflow.compile({ name: "review-loop", checkpointer });
  const runs = Array.from({ length: count }, async (_, i) => {
    const reviews = i % 3;
    const models = articleModel(
      [...Array.from({ length: reviews }, (_, nth) => rejected(`Objection ${i}, ${nth}.`)), APPROVED],
      `Draft ${i} [1].`,
    );
    const [passage, ...others] = PASSAGES.map((each) => ({ ...each, file: `${i}.md` }));
    const tools = [searchFor(passage ? [passage, ...others] : others)];
    const thread = randomUUID();
    const nodes: string[] = [];
    const result = await run(
      graph,
      { topic: `Topic ${i}?` },
      {
        models,
        tools,
        thread,
        budget: { calls: 10 + i },
        onEvent: (event) => {
          if (event.type === "node_ended") nodes.push(event.node);
          expect(event.threadId).toBe(thread);
        },
      },
    );
    return { i, reviews, models, result, nodes, record: await ledger.latest(thread) };
  });
  const ended = await Promise.all(runs);
  await close();
  return ended;
}

describe("one compiled graph", () => {
  it.each([
    ["100 runs at once in memory", 100, () => "memory:"],
    ["12 runs at once in SQLite", 12, () => `file:${temporaryFolder()}/runs.db`],
  ])("serves %s, and nothing leaks from one to another", async (_, count, url) => {
    for (const { i, reviews, models, result, nodes, record } of await manyRuns(count, url())) {
      models.assertDone();
      expect(result).toMatchObject({
        status: "done",
        path: pathWith(reviews),
        spend: { calls: 4 + 2 * reviews },
        output: {
          article: expect.stringMatching(new RegExp(`^Draft ${i} \\[1\\]\\.`)),
          sources: expect.arrayContaining([expect.objectContaining({ id: 1, file: `${i}.md` })]),
        },
      });
      expect(nodes).toEqual(result.path);
      expect(record).toMatchObject({ input: { topic: `Topic ${i}?` }, budget: { calls: 10 + i } });
      for (const { text } of models.requests) expect(text).toContain(`Topic ${i}?`);
    }
  });
});
