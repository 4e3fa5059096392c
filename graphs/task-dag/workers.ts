import {
  agent,
  grounded,
  type NodeConfig,
  type Piece,
  Roster,
  standingAlone,
  underOneNumbering,
} from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { calculator } from "../../src/tools/calculator.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import * as prompts from "./prompts.ts";
import { ROLES } from "./roles.ts";
import { AgentType, type Report, type Subtask } from "./state.ts";

/** How long a subtask is likely to take beside the others. */
const WEIGHTS = { low: 1, medium: 2, high: 3 };

const TOOLS = [documentSearch(), calculator];

const worker = (type: AgentType) =>
  agent({
    role: ROLES[type],
    prompt: prompts.work[type],
    tools: TOOLS,
    cited: ({ inputs }) => inputs,
    into: "report",
  });

const WORKERS = {
  researcher: worker("researcher"),
  analyst: worker("analyst"),
  coder: worker("coder"),
  writer: worker("writer"),
  reviewer: worker("reviewer"),
  qa_tester: worker("qa_tester"),
};

/** Who does the subtasks: the agents that the plan names, or those that a roster gives them to. */
interface Assigning {
  assignBy: "plan" | Strategy;
  /** How long one subtask may take, the choice of its agent included. */
  timeoutMs: number;
}

/** Makes the subtasks of a plan pieces of work. */
export function piecesFor({ assignBy, timeoutMs }: Assigning) {
  const roster = assignBy === "plan" ? undefined : new Roster({ to: Object.values(ROLES), by: assignBy });
  return (task: string, subtasks: readonly Subtask[], config: NodeConfig): Piece<Report>[] =>
    subtasks.map((subtask) => {
      const work = (inputs: readonly Report[]) => {
        const by = (type: AgentType) => done(type, { task, subtask, inputs }, config);
        return roster ? assigned(roster, subtask, by) : by(subtask.agent);
      };
      const { id, dependsOn, complexity } = subtask;
      return { id, dependsOn, weight: WEIGHTS[complexity], timeoutMs, work };
    });
}

/** Has a subtask done by whom the roster chooses; where nobody fits, by the agent that the plan names. */
async function assigned(
  roster: Roster,
  { title, description, agent }: Subtask,
  by: (type: AgentType) => Promise<Report>,
): Promise<Report> {
  const typeOf = (name: string) => AgentType.options.find((type) => ROLES[type].name === name) ?? agent;
  const { delegation, outcome } = await roster.assign(`${title}: ${description}`, ({ name }) =>
    by(typeOf(name)),
  );
  if (delegation.status === "no_one_fits" || outcome === null) return by(agent);
  if (outcome.status === "ok") return outcome.value;
  throw new Error(`${delegation.to}: ${outcome.why}`);
}

interface Given {
  task: string;
  subtask: Subtask;
  /** The reports that the subtask depends on. */
  inputs: readonly Report[];
}

/**
 * Does a subtask, and gives a report that stands alone: it has the passages that it cites, those of its inputs
 * too, and cites no other.
 */
async function done(
  type: AgentType,
  { task, subtask, inputs: given }: Given,
  config: NodeConfig,
): Promise<Report> {
  const inputs = underOneNumbering(given);
  const { report } = await WORKERS[type]({ task, subtask, inputs }, config);
  const sources = [...report.sources, ...inputs.flatMap(({ sources }) => sources)];
  const text = grounded("report", report.text, sources);
  return standingAlone({ ...report, text, sources, title: subtask.title, by: ROLES[type].name });
}
