import { Answer, type Assessment, type Exchange, type Fact, Ruling } from "./state.ts";

/** What the questions to people show of the state. */
interface Case {
  inquiry: string;
  assessments: Assessment[];
  exchanges: Exchange[];
  facts: Fact[];
  questions: number;
  resolution: string;
}

const questionIn = ({ assessments }: Case) => assessments.at(-1)?.question ?? "";

/** The question to the customer that the last assessment asks for. */
export const question = {
  question: (about: Case) => ({ kind: "question", question: questionIn(about) }),
  answer: Answer,
  take: (answer: string, about: Case) => ({
    exchanges: { question: questionIn(about), answer },
    questions: about.questions + 1,
  }),
};

/** The question to a human agent what is to become of the case; the draft is what the agent would answer. */
export const escalation = {
  question: (about: Case) => ({
    kind: "escalation",
    reason: whyEscalated(about),
    inquiry: about.inquiry,
    facts: about.facts,
    draft: about.resolution || null,
  }),
  answer: Ruling,
  take: (ruling: Ruling) => ({ rulings: ruling, ...decidedBy(ruling) }),
};

function whyEscalated({ assessments, exchanges, questions, resolution }: Case): string {
  const last = assessments.at(-1);
  if (resolution) return "The answer rests on no document.";
  if (last?.next !== "ask") return last?.reason ?? "";
  const missing = last.missing.length > 0 ? last.missing.join("; ") : last.question;
  const again = exchanges.some(({ question }) => question === last.question);
  const why = again ? "The same question would be asked again" : `The questions are used up (${questions})`;
  return `${why}, and this is still missing: ${missing}`;
}

/** What a ruling decides by itself; an instruction leaves the resolution to the agent. */
function decidedBy(ruling: Ruling) {
  if (ruling.action === "instruct") return {};
  const by = "human" as const;
  if (ruling.action === "take_over") return { resolution: ruling.reply, sources: [], by };
  return { resolution: ruling.reason, sources: [], by, status: "closed" as const };
}
