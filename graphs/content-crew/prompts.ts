import { block, instructions, prompt, sourceBlock } from "../../src/models/prompt.ts";
import type { Verdict } from "../../src/outcomes/verdict.ts";
import type { Source } from "../../src/state/passage.ts";
import type { Report, Ruling } from "./state.ts";

/** A task of the crew, as the one sees it who does it. */
interface Assignment {
  topic: string;
  id: string;
  description: string;
  expectedOutput: string;
  /** Under one numbering. */
  inputs: Report[];
}

/** Reports under one numbering, after the titles of the sources that they cite. */
const reportBlocks = (reports: readonly Report[]) => [
  ...[...new Set(reports.flatMap(({ sources }) => sources))].map(({ id, title }) =>
    block("source", "", { id, title }),
  ),
  ...reports.map(reportBlock),
];

const reportBlock = ({ task, text }: Report) => block("report", text, { from: task });

export const work = ({ topic, id, description, expectedOutput, inputs }: Assignment) =>
  prompt(
    "You work in a crew on the task below. Do your part, which the context describes; others do the rest.",
    block("task", topic),
    block("context", description, { perspective: id }),
    ...reportBlocks(inputs),
    instructions(
      "report",
      `Your result has to be ${expectedOutput}. Use your tools, and search again in other words if the first search finds little. ${CITED} If you cannot do what is asked, say what is missing.`,
    ),
  );

export const write = ({ topic, description, expectedOutput, inputs }: Assignment) =>
  prompt(
    "You work in a crew on the task below. Do the last part, which the context describes.",
    block("task", topic),
    block("context", description),
    ...reportBlocks(inputs),
    instructions(
      "article",
      `Your result has to be ${expectedOutput}. Rest every claim on the reports, and leave out what none of them supports. ${CITED} Answer with the article and nothing else.`,
    ),
  );

/** A draft with all that it was made of. */
interface Drafted {
  topic: string;
  draft: string;
  /** What the draft has to be. */
  expectedOutput: string;
  reports: Report[];
  found: Source[];
  /** What a person has asked for, oldest first. */
  asked: string[];
}

const draftBlocks = ({ topic, draft, expectedOutput, reports, found, asked }: Drafted) => [
  block("task", topic),
  block("context", `The article has to be ${expectedOutput}.`),
  ...found.map(sourceBlock),
  ...reports.map(reportBlock),
  block("draft", draft),
  asked.length > 0 && block("context", askedInWords(asked), { about: "person" }),
];

const askedInWords = (asked: readonly string[]) =>
  `A person has asked for this; do not object to it, and keep it in every revision. Where two of it exclude each other, the later holds.\n${asked.map((each) => `- ${each}`).join("\n")}`;

export const edit = (drafted: Drafted) =>
  prompt(
    "You are an editor. Judge whether the article below can be published.",
    ...draftBlocks(drafted),
    block(
      "instructions",
      "Check in this order. Accuracy: each statement is supported by the source that it cites. Citations: each claim that rests on a source cites it as [n]. Completeness: the article answers the task, and leaves out nothing important that the reports say. Structure: it has a title, an opening that answers the task, and sections in an order that a reader can follow. Clarity: who does not know the matter can follow. Approve only if nothing has to be changed, and then give no objections. Otherwise give at most 6, the most important first, each with its place and with what to change. Raise only what the sources and reports allow to mend.",
    ),
  );

export const revise = (drafted: Drafted & { wishes: string[] }) =>
  prompt(
    "Your article came back. Revise it.",
    ...draftBlocks(drafted),
    block("objections", drafted.wishes.join("\n")),
    instructions(
      "revision",
      `Meet every objection, and leave alone what none of them touches. ${CITED} Answer with the whole revised article in Markdown and nothing else.`,
    ),
  );

/** What a draft came back for: what the person wants of it, else what the editor objects to. */
export function wishesOf(verdict: Verdict | undefined, ruling: Ruling | undefined): string[] {
  if (ruling?.action === "change") return [`- [completeness] ${ruling.instruction}`];
  return (verdict?.objections ?? []).map(
    ({ aspect, problem, change }) => `- [${aspect}] ${problem} → ${change}`,
  );
}

const CITED =
  "Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation, and list no sources at the end.";
