import type { StructuredToolInterface } from "@langchain/core/tools";
import { agent, type NodeConfig, standingAlone, underOneNumbering } from "../../src/nodes/index.ts";
import { calculator } from "../../src/tools/calculator.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import type { AgentType, Report, Subtask } from "./state.ts";

const worker = (role: string, type: AgentType, tools: StructuredToolInterface[]) =>
  agent({ role, prompt: prompts.work[type], tools, cited: ({ inputs }) => inputs, into: "report" });

const search = documentSearch();

const WORKERS = {
  researcher: worker("researcher", "researcher", [search]),
  analyst: worker("analyst", "analyst", [search, calculator]),
  coder: worker("coder", "coder", [search, calculator]),
  writer: worker("writer", "writer", []),
  reviewer: worker("reviewer", "reviewer", [search]),
  qa_tester: worker("tester", "qa_tester", [search, calculator]),
};

/**
 * Does a subtask with the reports that it depends on, and gives a report that stands alone: it has the
 * passages that it cites, those of its inputs too, and cites no other.
 */
export async function done(
  task: string,
  subtask: Subtask,
  given: readonly Report[],
  config: NodeConfig,
): Promise<Report> {
  const inputs = underOneNumbering(given);
  const { report } = await WORKERS[subtask.agent]({ task, subtask, inputs }, config);
  const shown = [...report.sources, ...inputs.flatMap(({ sources }) => sources)];
  return standingAlone({ ...report, sources: shown, title: subtask.title });
}
