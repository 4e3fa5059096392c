import {
  citationsOf,
  type NodeConfig,
  saysNothing,
  shownTo,
  takeTurn,
  withoutDangling,
} from "../../src/nodes/index.ts";
import type { Spent } from "../../src/outcomes/spend.ts";
import { noProgress, type Termination } from "../../src/outcomes/termination.ts";
import { spokenIn, stillIn, type Turn } from "../../src/outcomes/turn.ts";
import type { Role } from "../../src/roles/role.ts";
import type { Source } from "../../src/state/passage.ts";
import { findOnWords } from "./material.ts";
import * as prompts from "./prompts.ts";
import { PERSON, Remark, type State } from "./state.ts";

type Turns = readonly Turn<Remark>[];

/** How many rounds are over: a round is one turn of one speaker, whatever came of it. */
export const roundsMade = (turns: readonly Turn<unknown>[]): number =>
  turns.filter(({ who }) => who !== PERSON).length;

/** Who of those who are left has not said, since the person spoke last, that the matter is settled. */
export function unsettledIn(names: readonly string[], turns: Turns): string[] {
  const heard = turns.slice(turns.findLastIndex(({ who }) => who === PERSON) + 1);
  const isSettled = (name: string) => spokenIn(heard).findLast(({ who }) => who === name)?.value.finished;
  return stillIn(names, turns).filter((name) => !isSettled(name));
}

/**
 * Has the chosen speaker take its turn. It cites nothing but what it is shown: its own material, what the others cite,
 * and what there is on the person's words, as long as nobody has answered them.
 */
export async function nextRemark(
  speakers: readonly Role[],
  state: State,
  config: NodeConfig,
): Promise<{ turns: Turn<Remark>; found: Source[] }> {
  const { topic, turns, choices, material } = state;
  const chosen = choices.at(-1)?.speaker;
  const speaker = speakers.find(({ name }) => name === chosen);
  if (!speaker) throw new RangeError(`There is no speaker called "${chosen}".`);
  const onWords = await findOnWords(state, config);
  const isNew = ({ id }: Source) => state.found.every((each) => each.id !== id);
  const found = [...state.found, ...onWords.filter(isNew)];
  const known = [...shownTo(speaker.name, { found, material }), ...onWords].map(({ id }) => id);
  const cited = spokenIn(turns).flatMap(({ value }) => citationsOf(value.text));
  const shown = found.filter(({ id }) => known.includes(id) || cited.includes(id));
  const prompt = prompts.speak({ topic, speakers, speaker, turns, shown });
  const check = ({ text }: Remark) => saysNothing(text, shown);
  const question = { role: speaker, prompt, name: "Remark", schema: Remark, check };
  const said = await takeTurn({ ...question, round: roundsMade(turns) + 1 }, config);
  if (said.status !== "ok") return { turns: said, found };
  const text = withoutDangling(said.value.text, shown);
  return { turns: { ...said, value: { ...said.value, text } }, found };
}

/** Says what stands still with a turn: its speaker's own words, again; nothing where the chat ends with it anyway. */
export const sameWords =
  (over: Termination<State>) =>
  (state: State, { turns, spent = state.spent }: { turns: Turn<Remark>; spent?: Spent }) => {
    const then = { ...state, turns: [...state.turns, turns], spent };
    return over(then) ? undefined : repeating(then)?.text;
  };

const repeating = noProgress(
  "remark",
  ({ turns }: State) => {
    const last = turns.at(-1);
    const goesOn = last?.status === "ok" && !last.value.finished;
    return goesOn ? spokenIn(turns).filter(({ who }) => who === last.who) : [];
  },
  { by: ({ who, value }) => `${who}: ${value.text}` },
);
