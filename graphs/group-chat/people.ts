import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import type { Termination } from "../../src/outcomes/termination.ts";
import { PERSON, Ruling, type State } from "./state.ts";
import { roundsMade } from "./talking.ts";

/** The question to the person who takes part: after a turn, or when the chat has come to its end. */
export const consultationAt = (over: Termination<State>) => ({
  question: (state: State) => {
    const ended = over(state);
    const question = ended
      ? "The chat comes to its end. Is anything left to say?"
      : "Do you want to say something?";
    const last = state.turns.at(-1);
    const said = last?.status === "ok" ? last.value.text : (last?.why ?? "");
    return {
      kind: "consultation",
      question,
      topic: state.topic,
      said: `${last?.who}: ${said}`,
      ended: ended?.text ?? null,
    };
  },
  answer: Ruling,
  take: (ruling: Ruling, { turns }: State) => ({
    rulings: ruling,
    ...(ruling.action === "say" && {
      turns: {
        who: PERSON,
        round: roundsMade(turns),
        status: "ok" as const,
        value: { text: ruling.text, finished: false },
        ms: 0,
        spend: NOTHING_SPENT,
      },
    }),
  }),
});
