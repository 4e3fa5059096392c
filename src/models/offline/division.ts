import { type Choice, matches } from "./specialists.ts";
import { naturalParts, type Question, subtopicsOf } from "./subtasks.ts";

/** A part of a task that is done apart from the others. */
export interface Part {
  title: string;
  description: string;
  needs: string[];
}

/** What is divided. */
export interface Divided {
  task: string;
  /** The whole task, where what is divided is a part of it; else empty. */
  whole: string;
  /** Who may do the parts. */
  choices: readonly Choice[];
  most: number;
}

const MOST_NEEDS = 2;

/**
 * A task divided into what it compares, or into its own parts, or else into the subtopics of its topic, which need
 * nothing of each other. A part whose whole was divided by subtopics is not divided by them again.
 */
export function composeDivision({ task, whole, choices, most }: Divided): Part[] {
  const natural = naturalParts(task);
  const hasSubtopics = natural.length < 2 && (whole === "" || naturalParts(whole).length > 1);
  const questions: Question[] = hasSubtopics ? subtopicsOf(task) : natural;
  const kept = questions.length > most ? [{ title: "The task", text: task.trim() }] : questions;
  return kept.map(({ title, text }) => ({ title, description: text, needs: needsOf(text, choices) }));
}

/** The first keywords of who fits best, the first of several. */
function needsOf(text: string, choices: readonly Choice[]): string[] {
  const [best] = matches(text, choices).sort((one, other) => other.score - one.score);
  return (best?.choice.description ?? "")
    .split(/\s*,\s*/)
    .filter(Boolean)
    .slice(0, MOST_NEEDS);
}
