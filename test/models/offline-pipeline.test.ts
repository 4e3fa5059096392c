import { tool } from "@langchain/core/tools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { graph } from "../../graphs/pipeline/graph.ts";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { run } from "../../src/runtime/run.ts";
import type { Passage } from "../../src/state/passage.ts";
import { openStorage } from "../../src/storage/open.ts";
import { corpora } from "./offline-corpora.ts";

const models = new OfflineModel({});

/** A run of the pipeline by the offline model, in given passages or in a given text. */
async function piped(task: string, { passages = [], text = "" }: { passages?: Passage[]; text?: string }) {
  const search = tool((): [string, Passage[]] => ["found", passages], {
    name: "search_documents",
    description: "Searches.",
    schema: z.object({ query: z.string() }),
    responseFormat: "content_and_artifact",
  });
  const { checkpointer } = openStorage("memory:");
  const ended = await run(graph, { task, text }, { models, tools: [search], checkpointer });
  return { ...ended, outcome: ended.output?.outcome, answer: ended.output?.answer ?? "" };
}

describe("the offline model in a pipeline", () => {
  it.each(corpora)("gives values that are valid at once: $task", async ({ task, sources }) => {
    const passages = sources.map(({ title, text }) => ({ title, file: `${title}.md`, heading: "", text }));
    const { outcome, answer, spend } = await piped(task, { passages });
    expect(outcome?.status).toBe("finished");
    expect(spend.calls).toBe(3);
    expect(answer).toMatch(/\[1\]/);
  });

  it("gives values that are valid at once for any text", async () => {
    const words = fc.constantFrom(
      "`",
      "[1]",
      "“",
      "\n",
      "\n\n",
      "- ",
      "# ",
      "| ",
      "**",
      "...",
      "e.g. ",
      "(",
      "However, ",
      "leases",
      "hold.",
      "A ",
      "1.",
      "the",
      "Ö",
      "\\",
    );
    const sentences = fc.constantFrom(
      "The lease ends after ten seconds.",
      "However, a node may renew it.",
      "Its owner writes.",
    );
    const texts = fc.array(fc.oneof(words, sentences), { maxLength: 40 }).map((parts) => parts.join(" "));
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom("How does a lease end?", "List it, as a table"),
        async (text, task) => {
          const { outcome, spend } = await piped(task, { text });
          expect(outcome?.status).not.toBe("invalid");
          expect(spend.calls).toBeLessThanOrEqual(3);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("writes a table where the task asks for one, and takes any text for what the task is about", async () => {
    const text = "Ben writes the plan until 3 March. However, the budget | frame was not approved.";
    const { answer } = await piped("List what was decided, as a table", { text });
    expect(answer.split("\n")).toEqual([
      "| Topic | Statement | Sources |",
      "| --- | --- | --- |",
      expect.stringMatching(/^\| .* \| Ben writes the plan until 3 March\. \| \[1\] \|$/),
      expect.stringMatching(/^\| .* \| The budget \\\| frame was not approved\. \| \[1\] \|$/),
    ]);
  });
});
