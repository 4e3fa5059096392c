import type { Block } from "../prompt.ts";
import { relevantStatements } from "./research.ts";
import { shortened } from "./titles.ts";
import { topicWords } from "./words.ts";

export interface Assessment {
  facts: { name: string; value: string }[];
  missing: string[];
  next: "resolve" | "ask" | "escalate";
  question: string;
  reason: string;
}

/** What an inquiry is assessed from. */
export interface Inquired {
  /** The inquiry, with all that was answered since. */
  task: string;
  sources: readonly Block[];
  exchanges: readonly { question: string; answer: string }[];
}

/** What only a person may decide, by the words of an inquiry. */
const FOR_A_PERSON: readonly [why: string, words: RegExp][] = [
  [
    "The customer asks for a human.",
    /\b(?:(?:speak|talk|chat) (?:to|with)|(?:connect|transfer|put) me (?:through )?(?:to|with)) (?:an? |the |your )?(?:\w+ )?(?:human|person|someone|somebody|agent|manager|representative)\b|\b(?:real|actual|live) (?:human|person)\b|\b(?:want|need|get me) an? (?:human|person|manager|representative)\b/i,
  ],
  [
    "The inquiry is about money.",
    /\b(?:refund(?:s|ed)?|chargeback|reimburse\w*|overcharged?|charged twice|money back|compensation)\b/i,
  ],
  ["The inquiry is about a legal claim.", /\b(?:lawyer|attorney|lawsuit|legal action|sue|suing|court)\b/i],
  [
    "The inquiry is about somebody's safety.",
    /\b(?:injur(?:y|ies|ed)|electric shock|caught fire|on fire|smoke|burn(?:s|ed|t)? (?:my|his|her|our)|suicid\w*)\b/i,
  ],
];

/** What a customer is asked whose inquiry says too little to search by. */
const NEEDED = [
  {
    name: "what was wanted",
    question: "What did you want to do, and with which part of the product?",
  },
  { name: "what happened", question: "What happened instead, and what did the message say?" },
];

/** Below this many words of a topic, silent documents may be the inquiry's fault. */
const TOPIC_WORDS = 3;

/** Escalates what only a person may decide, resolves what the documents speak of, and asks where the inquiry says too little. */
export function assess({ task, sources, exchanges }: Inquired): Assessment {
  const facts = exchanges.map(({ question, answer }) => ({
    name: NEEDED.find((each) => each.question === question)?.name ?? question,
    value: answer,
  }));
  const decision = { facts, missing: [], question: "" };
  const [why] = FOR_A_PERSON.find(([, words]) => words.test(task)) ?? [];
  if (why) return { ...decision, next: "escalate", reason: why };
  if (relevantStatements(task, sources).length > 0)
    return { ...decision, next: "resolve", reason: "The documents speak of the inquiry." };
  const open = NEEDED.filter(({ question }) => exchanges.every((each) => each.question !== question));
  const [needed] = open;
  if (topicWords(task).length >= TOPIC_WORDS || !needed) {
    const reason = `The documents say nothing on “${shortened(task.replace(/\s+/g, " ").trim())}”.`;
    return { ...decision, next: "escalate", reason };
  }
  const reason = "The inquiry says too little to search the documents by.";
  return { facts, missing: open.map(({ name }) => name), next: "ask", question: needed.question, reason };
}
