import { notify } from "../events/notices.ts";
import type { Objection, Verdict } from "../outcomes/verdict.ts";
import { Verdict as VerdictSchema } from "../outcomes/verdict.ts";
import type { AskOptions } from "./ask.ts";
import { structured } from "./decide.ts";
import type { NodeConfig } from "./fields.ts";

/** A judgement by a role, and by plain checks that no model can overrule. */
export interface JudgeOptions<State, Field extends string> extends AskOptions<State, Field> {
  /** Objections that follow from the state alone; with one of them nothing is approved. */
  check?: (state: State) => Objection[];
}

/**
 * A node that writes a role's `Verdict` to a channel.
 *
 * What cannot be read as a verdict is asked for again with the reason, and then counts as not
 * approved, with an objection that says so. No text ever approves by containing a word.
 */
export function judge<State, Field extends string>({
  role,
  prompt,
  into,
  check,
}: JudgeOptions<State, Field>) {
  return async (state: State, { context }: NodeConfig) => {
    const question = { role, prompt: prompt(state), name: "Verdict", schema: VerdictSchema };
    const answer = await structured(question, context);
    const verdict = "value" in answer ? answer.value : unreadable(answer.fault);
    const found = check?.(state) ?? [];
    const judged: Verdict = {
      approved: verdict.approved && found.length === 0,
      objections: [...found, ...verdict.objections],
    };
    return { [into]: judged } as Record<Field, Verdict>;
  };
}

function unreadable(fault: string): Verdict {
  notify({
    type: "note",
    text: `The review could not be read as a verdict, so it does not approve: ${fault}`,
  });
  const problem = `The review could not be read as a verdict: ${fault.replace(/[.]?$/, ".")}`;
  return { approved: false, objections: [{ aspect: "clarity", problem, change: "Review the work again." }] };
}
