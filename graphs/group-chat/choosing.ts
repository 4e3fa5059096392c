import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { notify } from "../../src/events/notices.ts";
import { type NodeConfig, takeTurn } from "../../src/nodes/index.ts";
import { stillIn } from "../../src/outcomes/turn.ts";
import type { Role } from "../../src/roles/role.ts";
import * as prompts from "./prompts.ts";
import { manager } from "./speakers.ts";
import { type Choice, PERSON, type State } from "./state.ts";
import { roundsMade } from "./talking.ts";

/**
 * Who speaks next: whose turn it is, whom a manager's model names, or whom a function of the state names. The
 * function has to give the same for the same state, so that a resume chooses as the run before it did.
 */
export type Next = "round_robin" | "manager" | ((state: State) => string);

/**
 * A choice of speakers that a group chat was given.
 *
 * @throws UsageError where it is none
 */
export function nextIn(next: Next): Next {
  if (typeof next === "function" || next === "round_robin" || next === "manager") return next;
  throw new UsageError(
    "BAD_NEXT",
    `next has to be "round_robin", "manager" or a function, not ${JSON.stringify(next)}.`,
  );
}

/** Among whom is chosen, and how. */
export interface Choosing {
  speakers: readonly Role[];
  next: Next;
  /** Whether who spoke last may speak again at once. */
  allowRepeats: boolean;
}

/** Chooses who speaks next; where that cannot be followed, the next in turn, which says why. */
export async function choiceOf(choosing: Choosing, state: State, config: NodeConfig): Promise<Choice> {
  const { next } = choosing;
  const eligible = eligibleIn(choosing, state);
  if (next === "round_robin") return inTurn(choosing, state);
  if (next === "manager") return managed(choosing, eligible, state, config);
  const named = next(state);
  const fault = faultOf(named, choosing, state);
  return fault
    ? inTurn(choosing, state, { fallback: fault, reason: `The function named "${named}": ${FAULTS[fault]}.` })
    : { speaker: named, by: "function", reason: "The function named it.", fallback: null };
}

/** Who may speak next: all who are left, and who spoke last only if that is allowed. */
function eligibleIn({ speakers, allowRepeats }: Choosing, { turns }: State): Role[] {
  const left = stillIn(
    speakers.map(({ name }) => name),
    turns,
  );
  const last = allowRepeats ? undefined : turns.at(-1)?.who;
  return speakers.filter(({ name }) => left.includes(name) && name !== last);
}

type Fallback = NonNullable<Choice["fallback"]>;

const FAULTS: Record<Fallback, string> = {
  unknown_speaker: "there is no such speaker",
  out: "it failed in a turn, and is out",
  repeat: "it spoke last, and may not speak twice in a row",
  no_choice: "nobody was named",
};

function faultOf(named: string, choosing: Choosing, state: State): Fallback | undefined {
  if (eligibleIn(choosing, state).some(({ name }) => name === named)) return undefined;
  if (!choosing.speakers.some(({ name }) => name === named)) return "unknown_speaker";
  return stillIn([named], state.turns).length === 0 ? "out" : "repeat";
}

/** The next in the order of the speakers, after the one who spoke last. */
function inTurn(
  choosing: Choosing,
  state: State,
  { reason = "It is next in turn.", fallback = null }: Partial<Pick<Choice, "reason" | "fallback">> = {},
): Choice {
  const names = choosing.speakers.map(({ name }) => name);
  const last = names.indexOf(state.turns.findLast(({ who }) => who !== PERSON)?.who ?? "");
  const order = [...names.slice(last + 1), ...names.slice(0, last + 1)];
  const eligible = eligibleIn(choosing, state).map(({ name }) => name);
  const speaker = order.find((name) => eligible.includes(name));
  if (speaker === undefined) throw new RangeError("Nobody is left to speak.");
  if (fallback) notify({ type: "note", text: `${reason} ${speaker} is next in turn.` });
  return { speaker, by: "round_robin", reason, fallback };
}

/** The manager's choice; it is not asked where only one may speak. */
async function managed(
  choosing: Choosing,
  eligible: readonly Role[],
  state: State,
  config: NodeConfig,
): Promise<Choice> {
  const [first, ...others] = eligible;
  if (first && others.length === 0) return inTurn(choosing, state, { reason: "Nobody else may speak." });
  const { topic, turns } = state;
  const answer = await takeTurn(
    {
      role: manager,
      round: roundsMade(turns) + 1,
      prompt: prompts.choose({ topic, eligible, turns }),
      name: "NextSpeaker",
      schema: z.object({
        speaker: z.enum(eligible.map(({ name }) => name)).describe("Who speaks next."),
        reason: z.string().trim().min(1).describe("Why, in one sentence."),
      }),
    },
    config,
  );
  if (answer.status === "ok") return { ...answer.value, by: "manager", fallback: null };
  return inTurn(choosing, state, {
    fallback: "no_choice",
    reason: `The manager named nobody: ${answer.why}`,
  });
}
