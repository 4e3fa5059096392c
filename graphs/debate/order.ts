import { byLot } from "../../src/nodes/index.ts";
import { lastWords, spokenIn, stillIn, type Turn } from "../../src/outcomes/turn.ts";
import type { Speech } from "./state.ts";

type Turns = readonly Turn<unknown>[];

/** Who has yet to speak in a round: each round begins with the speaker after the one that began the round before. */
function waitingIn(round: number, names: readonly string[], turns: Turns): string[] {
  const first = (round - 1) % names.length;
  const order = [...names.slice(first), ...names.slice(0, first)];
  const left = stillIn(names, turns);
  const spoke = turns.filter((each) => each.round === round).map(({ who }) => who);
  return order.filter((name) => left.includes(name) && !spoke.includes(name));
}

/**
 * Whose turn it is next, and in which round.
 *
 * @throws RangeError where nobody is left
 */
export function nextTurn(names: readonly string[], turns: Turns): { who: string; round: number } {
  const round = turns.at(-1)?.round ?? 1;
  for (const next of [round, round + 1]) {
    const [who] = waitingIn(next, names, turns);
    if (who !== undefined) return { who, round: next };
  }
  throw new RangeError("Nobody is left to speak.");
}

/** How many rounds are over: rounds in which everyone who is left has spoken. */
export function roundsMade(names: readonly string[], turns: Turns): number {
  const round = turns.at(-1)?.round ?? 0;
  return round > 0 && waitingIn(round, names, turns).length > 0 ? round - 1 : round;
}

/** What was said in each round that is over, in the order of the names. */
export function roundsInWords(names: readonly string[], speeches: readonly Turn<Speech>[]): string[] {
  const inRound = (round: number) =>
    names.flatMap(
      (name) => spokenIn(speeches).find((each) => each.who === name && each.round === round) ?? [],
    );
  return Array.from({ length: roundsMade(names, speeches) }, (_, at) =>
    inRound(at + 1)
      .map(({ who, value }) => `${who}: ${value.argument}`)
      .join(" "),
  );
}

/** The position that all who are left hold by their last words, if there is one and its own speaker has argued for it. */
export function commonGround(
  names: readonly string[],
  speeches: readonly Turn<Speech>[],
): string | undefined {
  const left = stillIn(names, speeches);
  const words = lastWords(speeches).filter(({ who }) => left.includes(who));
  const held = words[0]?.value.holds;
  const isHeld = words.length === left.length && words.every(({ value }) => value.holds === held);
  const isArgued = spokenIn(speeches).some(({ who }) => who === held);
  return isHeld && isArgued ? held : undefined;
}

/** Speeches by rounds, and within a round by lot. */
export const drawn = <Each extends { who: string; round: number }>(
  question: string,
  speeches: readonly Each[],
): Each[] =>
  byLot(speeches, ({ round, who }) => [question, round, who]).sort((one, other) => one.round - other.round);
