import { z } from "zod";
import {
  citationsOf,
  type NodeConfig,
  saysNothing,
  shownTo,
  takeTurn,
  withoutDangling,
} from "../../src/nodes/index.ts";
import { lastWords, spokenIn, type Turn } from "../../src/outcomes/turn.ts";
import { nextTurn } from "./order.ts";
import { type Position, speakerFor } from "./positions.ts";
import * as prompts from "./prompts.ts";
import { Speech, type State } from "./state.ts";

/**
 * Has the position speak whose turn it is. It is shown what research found for it and what the others cite, and its
 * speech cites nothing else.
 */
export async function nextSpeech(
  positions: readonly Position[],
  maxRounds: number,
  { question, speeches, found, material }: State,
  config: NodeConfig,
): Promise<Turn<Speech>> {
  const names = positions.map(({ name }) => name);
  const { who, round } = nextTurn(names, speeches);
  const position = positions.find(({ name }) => name === who);
  if (!position) throw new RangeError(`There is no position called "${who}".`);
  const own = spokenIn(speeches).filter((each) => each.who === who);
  const heard = lastWords(speeches).filter((each) => each.who !== who);
  const known = shownTo(who, { found, material }).map(({ id }) => id);
  const cited = [...own, ...heard].flatMap(({ value }) => citationsOf(value.argument));
  const shown = found.filter(({ id }) => known.includes(id) || cited.includes(id));
  const said = await takeTurn(
    {
      role: speakerFor(position),
      round,
      prompt: prompts.speak({ question, positions, position, round, maxRounds, own, heard, shown }),
      name: "Speech",
      schema: Speech.extend({ holds: z.enum(names).describe("The position that you hold now.") }),
      check: ({ argument }) => saysNothing(argument, shown),
    },
    config,
  );
  if (said.status !== "ok") return said;
  return { ...said, value: { ...said.value, argument: withoutDangling(said.value.argument, shown) } };
}
