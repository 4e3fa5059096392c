import { block, instructions, prompt, sourceBlock } from "../../src/models/prompt.ts";
import { type Missing, missingInWords } from "../../src/outcomes/outcome.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import type { Spoken } from "../../src/outcomes/turn.ts";
import type { Source } from "../../src/state/passage.ts";
import type { Position } from "./positions.ts";
import type { Speech } from "./state.ts";

type Said = Spoken<Speech>;

/** What to search for on behalf of a position. */
export const query = (question: string, { stance, expertise }: Position) =>
  [question, ...(expertise.length > 0 ? expertise : [stance])].join(" ");

const positionsBlock = (positions: readonly Position[]) =>
  block("choices", positions.map(({ name, stance }) => `- ${name}: ${stance}`).join("\n"));

const speechBlock = ({ who, round, value }: Said) =>
  block("report", value.argument, { from: who, round, holds: value.holds });

interface Speaking {
  question: string;
  positions: readonly Position[];
  /** Who speaks. */
  position: Position;
  round: number;
  maxRounds: number;
  /** What the speaker itself has said. */
  own: readonly Said[];
  /** What each of the others said last. */
  heard: readonly Said[];
  shown: readonly Source[];
}

export const speak = ({ question, positions, position, round, maxRounds, own, heard, shown }: Speaking) =>
  prompt(
    `You speak in a debate for the position "${position.name}". This is round ${round} of at most ${maxRounds}.`,
    block("task", question),
    positionsBlock(positions),
    block("context", position.stance, { perspective: position.name }),
    ...shown.map(sourceBlock),
    ...[...own, ...heard].map(speechBlock),
    instructions(
      "report",
      `Give your argument of this round, in at most 150 words. ${heard.length > 0 ? "Begin with the strongest point of the others, and say what of it holds and what does not." : "Begin with your strongest point."} Say nothing again that you have said. Cite the number of the source behind each claim that rests on one, as in [1], and no number that is not shown here; what no source says, give as your own reasoning. Name as the position that you hold your own ("${position.name}"), unless what the others have said has convinced you of another: then name that one.`,
    ),
  );

interface Judging {
  question: string;
  positions: readonly Position[];
  /** All speeches, in an order that favours nobody. */
  speeches: readonly Said[];
  missing: readonly Missing[];
  ended: Ending;
  shown: readonly Source[];
  /** What all speakers came to hold, if they did. */
  common: string | undefined;
}

export const judge = ({ question, positions, speeches, missing, ended, shown, common }: Judging) =>
  prompt(
    "You are the judge of a debate. Decide which position has the better of the argument.",
    block("task", question),
    positionsBlock(positions),
    ...shown.map(sourceBlock),
    ...speeches.map(speechBlock),
    block("context", `The debate ended because of this: ${ended.text}.`, { about: "ending" }),
    missing.length > 0 &&
      block(
        "context",
        `These speakers failed, and were out from then on:\n${missingInWords(missing)}\nThat they are silent is no argument, neither for nor against them.`,
        { about: "missing" },
      ),
    block(
      "instructions",
      `Weigh the arguments and what their sources say of them: not how many words were made, nor in which order they stand here; within a round it was drawn by lot. ${common === undefined ? "Name the winner; or none, if neither side has the better of it." : `All speakers came to hold "${common}". Confirm it as the winner; or name none, if what was said does not bear it out.`} Give what decided, and then what speaks against your decision all the same, with the position that it speaks for. Cite the numbers of the sources behind what rests on them, as in [1]. Give your confidence from 0 to 1.`,
    ),
  );
