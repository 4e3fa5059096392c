import { expressionsIn } from "./expression.ts";
import { partsOf } from "./plan.ts";
import { type Choice, matches } from "./specialists.ts";
import { topicOf } from "./titles.ts";

/** A part of a task, as plans of dependent parts are asked for. */
export interface Subtask {
  id: string;
  title: string;
  description: string;
  agent: string;
  dependsOn: string[];
  complexity: "low" | "medium" | "high";
}

const MOST_QUESTIONS = 3;
/** What is compared: a list of things of up to four words each, and from which side. */
const COMPARISON =
  /^(?:please\s+)?(?:compare|contrast|weigh|choose between|(?:explain |describe )?the differences? between)\s+(.+?)(?:\s+(as|for|in|when|under|regarding|with regard to)\s+(.+))?$/i;
const VERB = /^(?:please\s+)?(?:compare|contrast|weigh)\s+/i;
const BETWEEN = /\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|with|or|to|vs\.?|versus|against)\s+/i;

/** A question with a title. */
export interface Question {
  title: string;
  text: string;
}

/**
 * A task as parts that build on each other: one researcher for each thing that it compares, each of its own
 * parts or each side of its topic; then code where it asks for some; then what follows from all that, and the
 * text. Leaves out those parts that no agent is offered for.
 */
export function composeSubtasks(task: string, agents: readonly Choice[]): Subtask[] {
  const questions = questionsOf(task);
  const known = (called: RegExp) => agents.find(({ name }) => called.test(name))?.name;
  const subtasks: Subtask[] = [];
  const add = (called: RegExp, part: Omit<Subtask, "agent">) => {
    const agent = known(called) ?? (subtasks.length === 0 ? agents[0]?.name : undefined);
    if (agent) subtasks.push({ ...part, id: freeId(part.id, subtasks), agent });
  };
  for (const { title, text } of questions) {
    add(/research/, {
      id: `research-${title}`,
      title,
      description: text,
      dependsOn: [],
      complexity: "medium",
    });
  }
  const found = () => subtasks.map(({ id }) => id);
  const topic = topicOf(task.replace(VERB, ""));
  if (asksForCode(task, agents)) {
    add(/cod/, {
      id: "code",
      title: "Code",
      description: task.trim(),
      dependsOn: found(),
      complexity: "high",
    });
    add(/qa|test/, {
      id: "check",
      title: "Check",
      description: `Check the code and the figures of: ${topic}`,
      dependsOn: ["code"],
      complexity: "low",
    });
  }
  const description = `Compare the reports on ${topic}`;
  add(/analy/, { id: "analysis", title: "Analysis", description, dependsOn: found(), complexity: "high" });
  const last = { id: "text", title: "Summary", description: `Write the answer to: ${task.trim()}` };
  add(/writ/, { ...last, dependsOn: found(), complexity: "medium" });
  return subtasks;
}

function asksForCode(task: string, agents: readonly Choice[]): boolean {
  if (expressionsIn(task).length > 0) return true;
  const [best] = matches(task, agents).sort((one, other) => other.score - one.score);
  return best !== undefined && best.score > 0 && /cod/.test(best.choice.name);
}

/** What is to be found out first: two or three questions that do not need each other. */
function questionsOf(task: string): Question[] {
  const named = questionsIn(task);
  return named.length > 1 ? named : subtopicsOf(task);
}

/** What a task names as its parts: the things that it compares, or its sentences; one at least. */
export function naturalParts(task: string): Question[] {
  const compared = comparedIn(task);
  if (compared.length > 1) return compared;
  return partsOf(task).map((text) => ({ title: topicOf(text), text }));
}

/** The subtopics of a task's topic. */
export function subtopicsOf(task: string): Question[] {
  const topic = topicOf(task);
  return [
    { title: "How it works", text: topic },
    { title: "Limits and costs", text: `The limits, costs and failures of: ${topic}` },
  ];
}

/** The questions that a task names itself: at most three of its parts. */
export const questionsIn = (task: string): Question[] => naturalParts(task).slice(0, MOST_QUESTIONS);

/** The things that a task compares, each as a question of its own; none where it compares nothing. */
export function comparedIn(task: string): Question[] {
  const [, things = "", side = "", rest = ""] = COMPARISON.exec(task.trim().replace(/[.?!]+$/, "")) ?? [];
  const [kind = ""] = rest.split(/\s+(?:for|in|of|on|with|by)\s+/i);
  const names = things.split(BETWEEN).filter((name) => name !== "" && name.split(" ").length <= 4);
  return names.map((name) => ({ title: name, text: [name, side, kind].filter(Boolean).join(" ") }));
}

function freeId(title: string, taken: readonly { id: string }[]): string {
  const id =
    title
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, 5)
      .join("-") ?? "part";
  const isTaken = (wanted: string) => taken.some((each) => each.id === wanted);
  if (!isTaken(id)) return id;
  let number = 2;
  while (isTaken(`${id}-${number}`)) number++;
  return `${id}-${number}`;
}
