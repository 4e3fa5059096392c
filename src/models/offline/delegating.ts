import { type Choice, matches } from "./specialists.ts";

const NOBODY = "none";

/** The choice whose name, description and cue words a task meets best, the first of several; "none" if it meets none. */
export function chooseFor(task: string, choices: readonly Choice[]): { to: string; reason: string } {
  const [best] = matches(
    task,
    choices.filter(({ name }) => name !== NOBODY),
  ).sort((one, other) => other.score - one.score);
  if (!best || best.score === 0) {
    return { to: NOBODY, reason: "No word of the task speaks for any of the choices." };
  }
  const words = best.words.slice(0, 5).map((word) => `“${word}”`);
  const speak = best.words.length === 1 ? "speaks" : "speak";
  return { to: best.choice.name, reason: `${words.join(", ")} ${speak} for ${best.choice.name}.` };
}
