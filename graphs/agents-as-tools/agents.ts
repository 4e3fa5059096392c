import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import {
  AgentReport,
  citationsOf,
  nodesFor,
  verified,
  type WorkflowTool,
  workflowTool,
} from "../../src/nodes/index.ts";
import type { Role } from "../../src/roles/role.ts";
import { spending } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";
import { standardTools } from "../../src/tools/standard.ts";
import * as prompts from "./prompts.ts";
import * as roles from "./roles.ts";

const task = z
  .string()
  .trim()
  .min(1)
  .describe("What exactly is to be done, to be followed without having seen anything else.");
const material = z
  .string()
  .default("")
  .describe("What the work is to rest on: the reports or the text, in full, with their citations.");

const AgentState = new StateSchema({ task, material, report: AgentReport, spent: spending() });
const { agent } = nodesFor(AgentState);

interface AgentOptions {
  role: Role;
  description: string;
  prompt: (asked: prompts.Asked) => string;
  /** Whether it works on what others reported. */
  takesMaterial: boolean;
}

/** An agent as a graph of its own, and that as a tool of the agent's name. */
const agentTool = ({ role, description, prompt, takesMaterial }: AgentOptions): WorkflowTool =>
  workflowTool({
    workflow: new StateGraph(AgentState, { input: z.object({ task, material }), context: RunContext })
      .addNode("work", agent({ role, prompt, tools: standardTools, cited: others, into: "report" }))
      .addNode("verify", verify)
      .addEdge(START, "work")
      .addEdge("work", "verify")
      .addEdge("verify", END),
    name: role.name,
    description,
    input: takesMaterial ? z.object({ task, material }) : z.object({ task }),
    result: ({ report }: { report: AgentReport }) => report,
  });

/** All that an agent is told; what it cites has its numbers from whoever asks. */
const told = ({ task: instruction, material: given }: prompts.Asked) => `${instruction}\n\n${given}`;

const others = (asked: prompts.Asked) => [{ text: told(asked), sources: [] }];

const verify = ({ report, ...asked }: typeof AgentState.State) => ({
  report: verified(
    report,
    citationsOf(told(asked)).map((id) => ({ id })),
  ),
});

/** The agents that an orchestrator has unless it is given others. */
export const AGENTS: readonly WorkflowTool[] = [
  agentTool({
    role: roles.researcher,
    description:
      "An agent that searches the documents and other sources for one question, and reports what they say, with citations. Ask several at once for several questions.",
    prompt: prompts.research,
    takesMaterial: false,
  }),
  agentTool({
    role: roles.writer,
    description:
      "An agent that writes a text out of material: give it the reports of the others in full. It looks nothing up.",
    prompt: prompts.write,
    takesMaterial: true,
  }),
  agentTool({
    role: roles.editor,
    description: "An agent that edits a text: give it the text in full as its material. It adds no facts.",
    prompt: prompts.edit,
    takesMaterial: true,
  }),
];

/**
 * The agents that an orchestrator was given.
 *
 * @throws UsageError unless there is one at least, each with a name of its own
 */
export function agentsIn(given: readonly WorkflowTool[]): readonly WorkflowTool[] {
  const names = given.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (given.length > 0 && twice === undefined) return given;
  const fault = twice === undefined ? "there is none" : `two are called "${twice}"`;
  throw new UsageError("BAD_AGENTS", `agents has to hold tools with names of their own, and ${fault}.`);
}
