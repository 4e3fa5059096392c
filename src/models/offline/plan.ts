import { type Choice, isReviewer, matches } from "./specialists.ts";
import { topicOf } from "./titles.ts";

/**
 * A numbered plan of which specialist does what: those whose description meets the task, best first,
 * and a reviewer last. Without specialists, the task's own parts in their order.
 */
export function composePlan(task: string, choices: readonly Choice[]): string {
  const steps = choices.length > 0 ? assigned(task, choices) : partsOf(task);
  return steps.map((step, at) => `${at + 1}. ${step}`).join("\n");
}

function assigned(task: string, choices: readonly Choice[]): string[] {
  return planned(task, choices).map((choice) => `${choice.name}: ${instructionFor(task, choice)}`);
}

/** Who works on a task, in order. If no one's description meets it, the first who is no reviewer. */
export function planned(task: string, choices: readonly Choice[]): Choice[] {
  const workers = matches(task, choices).filter(({ choice }) => !isReviewer(choice));
  const fitting = workers.filter(({ score }) => score > 0).sort((one, other) => other.score - one.score);
  const chosen = (fitting.length > 0 ? fitting : workers.slice(0, 1)).map(({ choice }) => choice);
  return [...chosen, ...choices.filter(isReviewer)];
}

/** What a specialist is told: the task, and for a reviewer that the others' reports are to be checked. */
export function instructionFor(task: string, choice: Choice | undefined): string {
  const asked = task.trim().replace(/\s+/g, " ");
  return choice && isReviewer(choice) ? `Check the reports on: ${asked}` : asked;
}

/** The parts of a task, as it names them itself: its sentences, and what "then" divides. */
export function partsOf(task: string): string[] {
  const parts = task
    .trim()
    .split(/(?<=[.!?;])\s+|\n+|,?\s+(?:and\s+)?then\s+|,\s+and\s+(?=[a-z]+\s+(?:it|them|the|a|an)\b)/i)
    .map((part) => part.replace(/^\s*(?:[-*]|\d+[.)])\s+/, "").replace(/[\s.;,]+$/, ""))
    .filter((part) => /\p{L}/u.test(part));
  const written = parts.length > 0 ? parts : [topicOf(task)];
  return written.map((part) => part.charAt(0).toUpperCase() + part.slice(1));
}
