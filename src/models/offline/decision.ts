import { instructionFor, planned } from "./plan.ts";
import type { Choice } from "./specialists.ts";

export interface Decision {
  next: string;
  instruction: string;
  reason: string;
}

/** What a supervisor decides from. */
export interface Supervised {
  task: string;
  plan: string;
  choices: readonly Choice[];
  /** Who has reported, in order. */
  reported: readonly string[];
  /** The choice that ends the work. */
  finish: string;
}

const FINISH = /^(?:finish(?:ed)?|end|done|stop|none|complete)$/i;

export const isFinish = (name: string) => FINISH.test(name);

/** The next specialist of the plan who has not reported; when all have, the end. */
export function decide({ task, plan, choices, reported, finish }: Supervised): Decision {
  const specialists = choices.filter(({ name }) => !isFinish(name));
  const inPlan = orderedBy(plan, specialists);
  const order = inPlan.length > 0 ? inPlan : planned(task, specialists);
  const next = order.find(({ name }) => !reported.includes(name));
  if (!next) {
    const reason =
      reported.length > 0
        ? `${reported.join(", ")} reported; no one of the plan is left.`
        : "No specialist fits.";
    return {
      next: finish,
      instruction: `Answer from the reports: ${instructionFor(task, undefined)}`,
      reason,
    };
  }
  const reason = `${inPlan.length > 0 ? "The plan names" : "The task fits"} ${next.name}, who has not reported yet.`;
  return { next: next.name, instruction: instructionFor(task, next), reason };
}

/** The specialists that a plan's steps name, in its order. */
function orderedBy(plan: string, choices: readonly Choice[]): Choice[] {
  return choices
    .map((choice) => ({
      choice,
      at: plan.toLowerCase().search(new RegExp(`\\b${escaped(choice.name.toLowerCase())}\\b`)),
    }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)
    .map(({ choice }) => choice);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
