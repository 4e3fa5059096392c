import { Ruling, type State } from "./state.ts";

/** The question to the person whom the work is done for: on the plan, on the last report, or on the answer. */
export const consultation = {
  question: ({ task, steps, reports, answer }: State) => {
    const last = reports.at(-1);
    if (answer) return { kind: "consultation", question: "Is the answer what you want?", task, answer };
    if (!last) return { kind: "consultation", question: "Is the plan what you want?", task, plan: steps };
    const report = `${last.from}: ${last.text}`;
    return { kind: "consultation", question: "Is the work on the right track?", task, report };
  },
  answer: Ruling,
  take: (ruling: Ruling) => ({
    rulings: ruling,
    ...(ruling.action === "change" && { answer: "", ended: null }),
  }),
};
