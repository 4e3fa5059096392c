/**
 * Have a manager divide a task among specialists, who divide their parts among workers; reports go up, and the
 * manager answers out of them.
 *
 * Stops when every part has ended, and the answer is written out of those with a report; without any, it says so and
 * answers nothing. A part that fits nobody is done by whoever divided the task. A failure goes up as an outcome: it
 * costs its own part alone, and the answer says what is missing.
 *
 *     START → divide → delegate → synthesize → END
 *
 * Three levels of subgraphs: delegate runs the specialists, START → divide → delegate → combine → END each, at most
 * `maxParts` at once; their delegate runs the workers, START → work → verify → END each, at most `maxSubparts` at once.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { accounted } from "../../src/resilience/scope.ts";
import type { Role } from "../../src/roles/role.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { delegatedTo, divided } from "./delegation.ts";
import { synthesize } from "./nodes.ts";
import { result } from "./result.ts";
import { manager, SPECIALISTS, type Specialist, specialistsIn } from "./roles.ts";
import { reportOf, specialistGraph } from "./specialists.ts";
import { HierarchyState, Input, Output, type Part, type SpecialistReport, type State } from "./state.ts";
import { workerGraph } from "./workers.ts";

const DELEGATE_BY: Strategy = "expertise";
const MAX_PARTS = 3;
const MAX_SUBPARTS = 2;
const MAX_TURNS = 4;

const { counted, resetting } = nodesFor(HierarchyState);

/** What may differ from one hierarchy to another. */
export interface HierarchyOptions {
  /** Who gets a part, on both levels: by expertise, in turn, who has the least in flight, or as a model chooses. */
  delegateBy?: Strategy;
  /** Into how many parts the manager divides the task; at least 1. */
  maxParts?: number;
  /** Into how many parts a specialist divides its own; at least 1. */
  maxSubparts?: number;
  /** How often a worker may turn to its tools; at least 1. */
  maxTurns?: number;
  /** Who leads whom; at least one, with names of their own. */
  specialists?: readonly Specialist[];
}

/** A hierarchy with people or bounds of one's own, or another way to delegate. */
export function defineHierarchy(options: HierarchyOptions = {}) {
  const by = options.delegateBy ?? DELEGATE_BY;
  const most = bound("maxParts", options.maxParts ?? MAX_PARTS);
  const maxSubparts = bound("maxSubparts", options.maxSubparts ?? MAX_SUBPARTS);
  const maxTurns = bound("maxTurns", options.maxTurns ?? MAX_TURNS);
  const specialists = specialistsIn(options.specialists ?? SPECIALISTS);
  const to = specialists.map(({ role }) => role);
  const graphs = specialists.map((each) => specialistGraph(each, { delegateBy: by, maxSubparts, maxTurns }));
  const own = workerGraph(manager, maxTurns);

  const divide = ({ task }: State, config: NodeConfig) =>
    divided({ by: manager, task, among: to, most }, config);
  const delegate = async ({ task, parts }: State) => {
    const work = async ({ name }: Role, part: Part): Promise<SpecialistReport> => {
      const specialist = graphs.find((each) => each.name === name);
      if (specialist) return reportOf(specialist, { task, part });
      const { ended: _, ...report } = (await accounted(() => own.invoke({ task, part }))).report;
      return { ...report, parts: [] };
    };
    return { reports: await delegatedTo(parts, { from: manager, to, by, work }) };
  };

  const workflow = new StateGraph(HierarchyState, schemas(Input, Output))
    .addNode("divide", resetting(FRESH, counted(divide)))
    .addNode("delegate", counted(delegate), { subgraphs: [own, ...graphs] })
    .addNode("synthesize", counted(synthesize))
    .addEdge(START, "divide")
    .addEdge("divide", "delegate")
    .addEdge("delegate", "synthesize")
    .addEdge("synthesize", END);

  return compiled({ name: "hierarchy", workflow, result });
}

const FRESH = { reports: [], answer: "", sources: [], insufficient: null, spent: EMPTY };

export { result };
export const { workflow, graph } = defineHierarchy();
