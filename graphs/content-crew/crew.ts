import type { StructuredToolInterface } from "@langchain/core/tools";
import { UsageError } from "../../src/errors.ts";
import {
  agent,
  eachOnce,
  grounded,
  type NodeConfig,
  type Piece,
  standingAlone,
  underOneNumbering,
  whenReady,
} from "../../src/nodes/index.ts";
import { type Outcome, parted } from "../../src/outcomes/outcome.ts";
import { planFaults } from "../../src/outcomes/plan.ts";
import { defineRole, type Role } from "../../src/roles/role.ts";
import type { Source } from "../../src/state/passage.ts";
import { standardTools } from "../../src/tools/standard.ts";
import * as prompts from "./prompts.ts";
import { analyst, researcher, writer } from "./roles.ts";
import type { Report } from "./state.ts";

/** One task of a crew. In its texts `{topic}` stands for the topic. */
export interface CrewTask {
  /** A short name, unlike every other one's. */
  id: string;
  /** What is to be done. */
  description: string;
  /** What the result has to be. */
  expectedOutput: string;
  /** Who does it. */
  role: Role;
  /** The ids of the tasks whose results it needs; none unless given. */
  dependsOn?: readonly string[];
  /** What the role's grants choose from; every tool that the settings allow unless given. */
  tools?: readonly StructuredToolInterface[];
}

/** Two who find out at the same time, and one who writes. */
export const TASKS: readonly CrewTask[] = [
  {
    id: "facts",
    description:
      "Find out what is known on the topic “{topic}”: what it is, how it works, and what follows from it.",
    expectedOutput: "a report of the facts and their causes, the most important first",
    role: researcher,
  },
  {
    id: "limits",
    description:
      "Find out what limits there are on the topic “{topic}”: conditions, exceptions, costs, failures, loss, what is not guaranteed.",
    expectedOutput: "a report of the limits, each with the case in which it matters",
    role: analyst,
  },
  {
    id: "article",
    description: "Write an article on the topic “{topic}” for readers who do not know the matter.",
    expectedOutput:
      "an article in Markdown of 400 to 800 words: one line `# Title`, a paragraph that answers the topic directly, then 3 to 5 sections",
    role: writer,
    dependsOn: ["facts", "limits"],
  },
];

/** A crew's tasks, of which the last writes the article. */
export interface Crew {
  tasks: readonly Assigned[];
  last: Assigned;
}

/** A task with all that it may leave out. */
type Assigned = CrewTask & { dependsOn: readonly string[] };

/** How many tasks a crew may have. */
const SIZE = { least: 1, most: 50 };

/**
 * The crew of some tasks.
 *
 * @throws UsageError where they are no plan, do not end in one task, have a role that is none, or a text that is
 * empty or has a placeholder which stands for nothing
 */
export function crewOf(given: readonly CrewTask[]): Crew {
  const tasks = given.map((task) => ({
    ...task,
    role: defineRole(task.role),
    dependsOn: task.dependsOn ?? [],
  }));
  const faults = [...planFaults(tasks, SIZE).map(({ message }) => message), ...tasks.flatMap(faultsIn)];
  const isNeeded = (id: string) => tasks.some(({ dependsOn }) => dependsOn.includes(id));
  const ends = tasks.filter(({ id }) => !isNeeded(id));
  if (faults.length === 0 && ends.length > 1) {
    const ids = ends.map(({ id }) => JSON.stringify(id)).join(", ");
    faults.push(`No task needs ${ids}; let one task, which writes the article, need all the others.`);
  }
  const [last] = ends;
  if (faults.length === 0 && last) return { tasks, last };
  throw new UsageError("BAD_CREW", `The tasks of the crew cannot be used: ${faults.join(" ")}`);
}

const PLACEHOLDER = /\{\s*([A-Za-z_][\w.-]*)\s*\}/g;

/** What is wrong with a task's own texts. */
function faultsIn({ id, description, expectedOutput }: CrewTask): string[] {
  const texts = Object.entries({ id, description, expectedOutput });
  const empty = texts.filter(([, text]) => text.trim() === "").map(([field]) => field);
  const names = texts.flatMap(([, text]) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name));
  const unknown = [...new Set(names.filter((name) => name !== "topic"))];
  const task = `The task ${JSON.stringify(id)}`;
  return [
    ...empty.map((field) => `${task} has an empty ${field}.`),
    ...unknown.map((name) => `${task} has the placeholder {${name}}; there is only {topic}.`),
  ];
}

/** A task's text for a topic; what the topic itself says is not filled in again. */
export const filled = (text: string, topic: string): string => text.replace(PLACEHOLDER, () => topic);

/** By what the work of a crew is bounded. */
interface Bounds {
  maxParallel: number;
  /** Of one task. */
  timeoutMs: number;
}

/** A node in which a crew does its tasks; what the last of them wrote is the draft. */
export function working({ tasks, last }: Crew, { maxParallel, timeoutMs }: Bounds) {
  const workers = tasks.map((task) => ({ ...task, does: workerOf(task, task === last) }));
  return async ({ topic }: { topic: string }, config: NodeConfig) => {
    const pieces = workers.map(({ id, dependsOn, does }): Piece<Report> => {
      const work = (inputs: readonly Report[]) => does(topic, inputs, config);
      return { id, dependsOn, timeoutMs, work };
    });
    const outcomes = await whenReady(pieces, { maxParallel });
    const written = outcomes.find(({ who }) => who === last.id);
    const { text: draft, sources: found } = written?.status === "ok" ? written.value : NO_DRAFT;
    return { outcomes, draft, found, ...(!draft.trim() && { status: "nothing_to_publish" as const }) };
  };
}

const NO_DRAFT = { text: "", sources: [] };

/** What is shown to whom a task is given. */
interface Given {
  topic: string;
  /** Under one numbering. */
  inputs: Report[];
}

function workerOf(task: Assigned, isLast: boolean) {
  const { id, role, tools = standardTools } = task;
  const ask = isLast ? prompts.write : prompts.work;
  const prompt = ({ topic, inputs }: Given) => {
    const [description, expectedOutput] = [
      filled(task.description, topic),
      filled(task.expectedOutput, topic),
    ];
    return ask({ topic, id, description, expectedOutput, inputs });
  };
  const work = agent({ role, tools, prompt, cited: ({ inputs }) => inputs, into: "report" });
  return async (topic: string, given: readonly Report[], config: NodeConfig): Promise<Report> => {
    const inputs = underOneNumbering(given);
    const { report } = await work({ topic, inputs }, config);
    const sources = byNumber([...inputs, report].flatMap((each) => each.sources));
    const text = grounded(id, report.text, sources);
    const whole = { ...report, sources, task: id, by: role.name };
    // A draft keeps what it cites wrongly, and all that it may cite, for its editor; a report what it cites.
    return isLast ? whole : standingAlone({ ...whole, text });
  };
}

/** Sources in the order of their numbers, each once. */
export const byNumber = (sources: readonly Source[]): Source[] =>
  eachOnce(sources).sort((a, b) => a.id - b.id);

/** The inputs of the last task: the reports that it needs, under the numbering of the draft. */
export function inputsOfLast({ last }: Crew, outcomes: readonly Outcome<Report>[]): Report[] {
  const reports = parted(outcomes).given.map(({ value }) => value);
  return underOneNumbering(
    [...new Set(last.dependsOn)].flatMap((id) => reports.find(({ task }) => task === id) ?? []),
  );
}
