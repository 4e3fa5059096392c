import { END, START, StateGraph } from "@langchain/langgraph";
import { type NodeConfig, nodesFor, standingAlone } from "../../src/nodes/index.ts";
import type { Strategy } from "../../src/outcomes/delegation.ts";
import { missingInWords } from "../../src/outcomes/outcome.ts";
import { accounted } from "../../src/resilience/scope.ts";
import type { Role } from "../../src/roles/role.ts";
import { RunContext } from "../../src/state/context.ts";
import { defaultCache } from "../../src/storage/cache.ts";
import { broughtBy, delegatedTo, divided } from "./delegation.ts";
import * as prompts from "./prompts.ts";
import type { Specialist } from "./roles.ts";
import { Assignment, type Part, type SpecialistReport, SpecialistState } from "./state.ts";
import { workerGraph } from "./workers.ts";

type State = typeof SpecialistState.State;

const { ask, counted } = nodesFor(SpecialistState);

/** How the parts of a task are given away and done, on all levels. */
export interface Limits {
  delegateBy: Strategy;
  /** Into how many parts a specialist divides its own. */
  maxSubparts: number;
  /** How often a worker may turn to its tools. */
  maxTurns: number;
}

/** A specialist as a graph of its own, with its workers as graphs below it. */
export function specialistGraph({ role, workers }: Specialist, limits: Limits) {
  const { delegateBy: by, maxSubparts: most, maxTurns } = limits;
  const graphs = [role, ...workers].map((each) => workerGraph(each, maxTurns));

  const divide = ({ task, part }: State, config: NodeConfig) =>
    divided({ by: role, task: part.description, whole: task, among: workers, most }, config);
  const delegate = async ({ task, parts }: State) => {
    const work = async ({ name }: Role, part: Part) => {
      const graph = graphs.find((each) => each.name === name);
      if (!graph) throw new RangeError(`"${name}" is no worker of "${role.name}".`);
      return (await accounted(() => graph.invoke({ task, part }))).report;
    };
    return { reports: await delegatedTo(parts, { from: role, to: workers, by, work }) };
  };
  const written = ask({
    role: role.name,
    prompt: ({ task, part, reports }: State) =>
      prompts.report({ by: role, task, part, ...broughtBy(reports) }),
    into: "text",
  });
  const combine = async (state: State, config: NodeConfig) => {
    const { reports, missing } = broughtBy(state.reports);
    const [only] = reports;
    if (!only) return { report: null };
    // One report alone is the specialist's as it stands.
    const isWhole = reports.length === 1 && missing.length === 0;
    const { text } = isWhole ? only : await written(state, config);
    const sources = reports.flatMap((each) => each.sources);
    const { title } = state.part;
    return { report: standingAlone({ title, by: role.name, text, sources, parts: state.reports }) };
  };

  return new StateGraph(SpecialistState, { input: Assignment, context: RunContext })
    .addNode("divide", counted(divide))
    .addNode("delegate", counted(delegate), { subgraphs: graphs })
    .addNode("combine", counted(combine))
    .addEdge(START, "divide")
    .addEdge("divide", "delegate")
    .addEdge("delegate", "combine")
    .addEdge("combine", END)
    .compile({ name: role.name, cache: defaultCache() });
}

/**
 * Has a specialist do a part.
 *
 * @throws Error saying what is missing where none of its workers brought anything
 */
export async function reportOf(
  specialist: ReturnType<typeof specialistGraph>,
  assignment: { task: string; part: Part },
): Promise<SpecialistReport> {
  const { report, reports } = await accounted(() => specialist.invoke(assignment));
  if (report) return report;
  const { missing } = broughtBy(reports);
  throw new Error(
    `no worker brought a report: ${missingInWords(missing).replace(/^- /gm, "").replaceAll("\n", "; ")}`,
  );
}
