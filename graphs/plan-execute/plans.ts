import type { Termination } from "../../src/outcomes/termination.ts";
import { Plan, type Setback, type State, type Step } from "./state.ts";

/** What a plan has to keep to. */
interface Limits {
  /** How many steps it may have, those that are finished not counted. */
  most: number;
  /** The steps that are finished; none of them is to be done again. */
  finished: readonly Step[];
  /** What was planned and is not finished, the step that came to nothing first; empty for a first plan. */
  left: readonly Step[];
  /** Whether it may give everything up that is left. */
  mayGiveUp: boolean;
}

/** The schema of a plan that can be carried out. */
export const planWithin = (limits: Limits) =>
  Plan.superRefine((plan, { addIssue }) => {
    for (const message of faultsOf(plan, limits)) addIssue({ code: "custom", message });
  });

function faultsOf({ steps, givenUp }: Plan, { most, finished, left, mayGiveUp }: Limits): string[] {
  const faults: string[] = [];
  const [setback, ...next] = left;
  if (steps.length > most) {
    faults.push(`The plan has ${steps.length} steps; put them together into at most ${most}.`);
  }
  if (steps.length === 0 && !mayGiveUp) faults.push("The plan has no steps; give at least one.");
  if (steps.length === 0 && mayGiveUp && givenUp.trim() === "") {
    faults.push("The plan has no steps; give some, or say in givenUp what is given up and why.");
  }
  if (setback && steps.length > 0 && givenUp.trim() === "" && steps.every((step) => isAmong(next, step))) {
    faults.push(
      `Nothing stands in for ${named(setback)}, which came to nothing; plan another step for it, or say in givenUp that it is given up and why.`,
    );
  }
  for (const [at, step] of steps.entries()) {
    const done = finished.find((each) => isSameWork(each, step));
    const twin = steps.slice(0, at).find((each) => isSameWork(each, step));
    if (done) faults.push(`The step ${named(step)} is finished, as ${named(done)}; leave it out.`);
    if (twin) faults.push(`The step ${named(step)} is planned before, as ${named(twin)}; plan it once.`);
  }
  return faults;
}

const named = ({ id, title }: Step) => JSON.stringify(`${id}: ${title}`);

/** Without what does not change the meaning: case, spaces and marks. */
const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim() || text;

/** Whether two steps are one piece of work, as far as words tell: they share their id, title or instruction. */
const isSameWork = (one: Step, other: Step) =>
  one.id === other.id ||
  plain(one.title) === plain(other.title) ||
  plain(one.instruction) === plain(other.instruction);

/** Whether a step does what one of the others was to do, whatever it is called. */
const isAmong = (others: readonly Step[], step: Step) =>
  others.some((each) => plain(each.instruction) === plain(step.instruction));

/** Whether two steps ask for just the same, whatever they are called. */
const asksTheSame = (one: Step, other: Step) =>
  plain(one.instruction) === plain(other.instruction) && plain(one.doneWhen) === plain(other.doneWhen);

/** How often a step that failed may be planned again as it was: what failed may pass, what was rejected will not. */
const MAX_RETRIES = 1;

/** What stands still with a new plan: a step that was rejected, or has failed twice, comes again just the same. */
export function comesAgain({ setbacks }: State, plan: Plan | undefined): string | undefined {
  const isTried = (step: Step) => {
    const same = setbacks.filter((each) => asksTheSame(each.step, step));
    return same.length > MAX_RETRIES || same.some(({ status }) => status === "rejected");
  };
  const again = plan?.steps.find(isTried);
  return again && `the same step was planned again: ${again.title}`;
}

/** The setback that no plan was made after yet. */
export const latestSetback = ({ setbacks, plans }: State): Setback | undefined =>
  setbacks.length >= plans.length ? setbacks.at(-1) : undefined;

/** Ends where nothing of the plan is left. */
export const finished: Termination<State> = ({ steps }) =>
  steps.length === 0 ? { reason: "finished", text: "every step is finished" } : undefined;

/** Ends where a step comes to nothing once what was left has been planned anew so often. */
export const usedUp =
  (maxReplans: number): Termination<State> =>
  (state) => {
    const replans = state.plans.length - 1;
    if (!latestSetback(state) || replans < maxReplans) return undefined;
    return {
      reason: "rounds",
      text: `${replans} of ${maxReplans} new plans are made, and a step came to nothing again`,
    };
  };

/** Ends where the planner sees nothing that can be done of what is left. */
export const givesUp: Termination<State> = ({ plans }) => {
  const last = plans.at(-1);
  if (!last || last.steps.length > 0) return undefined;
  return { reason: "given_up", text: `what is left is given up: ${last.givenUp}` };
};
