import { MemorySaver } from "@langchain/langgraph";
import { defineReviewLoop, type ReviewLoopOptions } from "../../graphs/review-loop/graph.ts";
import type { Passage } from "../../src/state/passage.ts";
import { fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { searchTool } from "../tools/search-tool.ts";

/** A document search that finds these passages, whatever it is asked. */
export const searchFor = (passages: Passage[]) => searchTool({ find: () => passages }).search;

/** Two passages, which research numbers 1 and 2. */
export const PASSAGES: Passage[] = [
  { title: "Crashes", file: "crash.md", heading: "Checkpoints", text: "A step is kept by a checkpoint." },
  { title: "Costs", file: "cost.md", heading: "Calls", text: "A kept call is not paid again." },
];

/** Notes on the two passages, as a researcher answers. */
export const NOTES = {
  notes: [
    { claim: "A checkpoint keeps a step.", source: 1 },
    { claim: "A kept call is paid once.", source: 2 },
  ],
};

export const APPROVED = { approved: true, objections: [] };

let rejections = 0;

/** A verdict that asks for one thing; unless it is given, for another one each time. */
export const rejected = (problem = `The cost is missing in ${++rejections} places.`) => ({
  approved: false,
  objections: [{ aspect: "completeness", problem, change: "Say what it costs." }],
});

/** The script of one article: an outline, a draft, and what the reviewer says, with a revision after each "no". */
export function articleLines(verdicts: readonly Line[], draft = "A checkpoint keeps a step [1].") {
  const revisions = verdicts.slice(1).map((_, i) => `${draft} Revision ${i + 1} [2].`);
  return {
    researcher: [NOTES] as Line[],
    writer: ["# Crashes\n\n## Checkpoints\n- What is kept", draft, ...revisions] as Line[],
    reviewer: [...verdicts],
  };
}

/** A model for one article. */
export const articleModel = (verdicts: readonly Line[], draft?: string) =>
  new ScriptedModel(articleLines(verdicts, draft));

/** A model that fails once, in place of the line of that role, and then goes on with the script. */
export function failingOnce(
  lines: { [role: string]: readonly Line[] },
  role: string,
  at: number,
  error: unknown = new Error("The power failed."),
) {
  const failing = lines[role] ?? [];
  return new ScriptedModel({
    ...lines,
    [role]: [...failing.slice(0, at), fails(error), ...failing.slice(at)],
  });
}

/** A review loop with a saver of its own, and the tools of its runs. */
export function reviewLoop(options: ReviewLoopOptions = {}) {
  const { workflow, result } = defineReviewLoop(options);
  const graph = workflow.compile({ name: "review-loop", checkpointer: new MemorySaver() });
  return { graph, workflow, result, tools: [searchFor(PASSAGES)] };
}

export const TOPIC = { topic: "How does a workflow survive a crash?" };

/** The path of a review loop with that many revisions. */
export const pathWith = (revisions: number) => [
  "research",
  "outline",
  "write",
  "review",
  ...Array.from({ length: revisions }, () => ["revise", "review"]).flat(),
  "finalize",
];
