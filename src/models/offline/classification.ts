import type { Choice, Match } from "./specialists.ts";
import { isGeneral, matches } from "./specialists.ts";

export interface Classification {
  category: string;
  confidence: number;
  reason: string;
}

/** The most that one clear match counts for. */
const HIGHEST = 0.95;

/**
 * The choice whose name, description and cue words a task meets best. Below 0.5 if none is met, or
 * two are met equally: then the general one, if there is one.
 */
export function classify(task: string, choices: readonly Choice[]): Classification {
  const ranked = matches(task, choices).sort((one, other) => other.score - one.score);
  const [best, second] = ranked;
  const general = choices.find(isGeneral);
  if (!best || best.score === 0) {
    const category = (general ?? choices[0])?.name ?? "";
    return { category, confidence: 0.2, reason: "No word of the task speaks for any of the choices." };
  }
  if (second && second.score === best.score) {
    const reason = `${saying(best)} and ${saying(second)} equally.`;
    return { category: (general ?? best.choice).name, confidence: 0.4, reason };
  }
  const margin = (best.score - (second?.score ?? 0)) / best.score;
  const confidence = Math.min(HIGHEST, 0.5 + 0.45 * margin * (best.score / (best.score + 1)));
  return {
    category: best.choice.name,
    confidence: Math.round(confidence * 100) / 100,
    reason: `${saying(best)}.`,
  };
}

const saying = ({ choice, words }: Match) =>
  `${words
    .slice(0, 5)
    .map((word) => `“${word}”`)
    .join(", ")} ${words.length === 1 ? "speaks" : "speak"} for ${choice.name}`;
