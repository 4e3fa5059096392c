import type { StructuredToolInterface } from "@langchain/core/tools";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport, nodesFor, withoutDangling } from "../../src/nodes/index.ts";
import { spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { calculator } from "../../src/tools/calculator.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { Report } from "./state.ts";

const Assignment = z.object({
  task: z.string().describe("The whole task."),
  instruction: z.string().describe("What this specialist is to do."),
  earlier: z.array(Report).describe("What was reported before."),
});

const SpecialistState = new StateSchema({ ...Assignment.shape, report: AgentReport, spent: spending() });

const { agent } = nodesFor(SpecialistState);

/** One specialist as a graph of its own: its conversation with its tools stays inside. */
const specialist = (role: string, prompt: typeof prompts.code, tools: StructuredToolInterface[]) =>
  new StateGraph(SpecialistState, { input: Assignment, context: RunContext })
    .addNode("work", agent({ role, prompt, tools, cited: ({ earlier }) => earlier, into: "report" }))
    .addNode("verify", verify)
    .addEdge(START, "work")
    .addEdge("work", "verify")
    .addEdge("verify", END);

/** Takes out what the report cites without having been shown it, so that no number points at nothing. */
function verify({ report, earlier }: typeof SpecialistState.State) {
  const shown = [...report.sources, ...earlier.flatMap(({ sources }) => sources)];
  return { report: { ...report, text: withoutDangling(report.text, shown) } };
}

const search = documentSearch();

export const code = specialist("coder", prompts.code, [search, calculator]);
export const research = specialist("researcher", prompts.research, [search]);
export const qa = specialist("tester", prompts.qa, [search]);
