import { block, instructions, prompt, sourceBlock } from "../../src/models/prompt.ts";
import { missingInWords, parted } from "../../src/outcomes/outcome.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import { spokenIn, type Turn } from "../../src/outcomes/turn.ts";
import type { Role } from "../../src/roles/role.ts";
import type { Source } from "../../src/state/passage.ts";
import { PERSON, type Remark } from "./state.ts";

type Turns = readonly Turn<Remark>[];

/** What to search for on behalf of a speaker. */
export const query = (topic: string, { expertise }: Role) => [topic, ...expertise].join(" ");

const speakersBlock = (speakers: readonly Role[]) =>
  block("choices", speakers.map(({ name, goal }) => `- ${name}: ${goal}`).join("\n"));

const transcript = (turns: Turns) =>
  spokenIn(turns).map(({ who, round, value }) =>
    block("report", value.text, { from: who, round, ...(who === PERSON && { by: "person" }) }),
  );

interface Speaking {
  topic: string;
  speakers: readonly Role[];
  /** Who speaks. */
  speaker: Role;
  turns: Turns;
  shown: readonly Source[];
}

export const speak = ({ topic, speakers, speaker, turns, shown }: Speaking) =>
  prompt(
    `You are the ${speaker.name} in a group chat. It is your turn.`,
    block("task", topic),
    speakersBlock(speakers),
    block("context", [speaker.goal, ...speaker.expertise].join("\n"), { perspective: speaker.name }),
    ...shown.map(sourceBlock),
    ...transcript(turns),
    instructions(
      "report",
      `Say, in at most 120 words, what your role has to add to what was said: answer it, correct it, or carry it on. Say nothing again that has been said, by you or by others. What the ${PERSON} says or asks comes first. Cite the number of the source behind each claim that rests on one, as in [1], and no number that is not shown here. Say as "finished" whether you think that the matter is settled, so that there is nothing left that you have to add or want to hear.`,
    ),
  );

interface Choosing {
  topic: string;
  /** Whoever may speak next. */
  eligible: readonly Role[];
  turns: Turns;
}

export const choose = ({ topic, eligible, turns }: Choosing) =>
  prompt(
    "You manage a group chat. Say who speaks next.",
    block("task", topic),
    speakersBlock(eligible),
    ...transcript(turns),
    block(
      "instructions",
      "Name the one whose role has most to say on what was said last, or who was heard least. Give the reason in one sentence.",
    ),
  );

interface Concluding {
  topic: string;
  turns: Turns;
  /** Who does not think that the matter is settled. */
  unsettled: readonly string[];
  ended: Ending;
  shown: readonly Source[];
}

export const conclude = ({ topic, turns, unsettled, ended, shown }: Concluding) => {
  const { missing } = parted(turns);
  return prompt(
    "Write the conclusion of a group chat out of its transcript.",
    block("task", topic),
    ...shown.map(({ id, title }) => block("source", "", { id, title })),
    ...transcript(turns),
    block(
      "context",
      `The chat ended because of this: ${ended.text}. ${unsettled.length > 0 ? `These do not think that the matter is settled: ${unsettled.join(", ")}.` : "All think that the matter is settled."}`,
      { about: "ending" },
    ),
    missing.length > 0 &&
      block("context", `These speakers failed, and were out from then on:\n${missingInWords(missing)}`, {
        about: "missing",
      }),
    instructions(
      "answer",
      "Begin with what the chat comes to. Then say who said what, by name, where they agreed and where not, and last which points are open. Keep the citations of the transcript, such as [1], behind the claims that they support, and list no sources at the end. Say nothing that nobody said.",
    ),
  );
};
