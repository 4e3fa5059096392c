import { block, choices, instructions, prompt } from "../../src/models/prompt.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import { type Check, ENOUGH, type Report, type Ruling } from "./state.ts";

/** What each specialist is for; the supervisor chooses between them. */
const PURPOSES = {
  code: "designs and writes code, calculates, explains how an implementation works",
  research: "finds and compares what the documents say, and reports it with sources",
  qa: "checks the other specialists' reports against the task and the documents, and names what is missing or wrong",
} as const;

/** The reports, with what the tools showed that did the work. */
const reportBlocks = (reports: Report[]) =>
  reports.flatMap(({ from, text, evidence, check }) => [
    block("report", check ? `${text}\n\n${checkInWords(check)}` : text, { from }),
    ...evidence.map(({ tool, text }) => block("material", text, { from: `${from}, by ${tool}` })),
  ]);

const checkInWords = ({ approved, objections }: Check) =>
  [
    approved ? "Verdict: approved." : "Verdict: rejected.",
    ...objections.map(({ to, problem, change }) => `- ${to}: ${problem} ${change}`),
  ].join("\n");

/** What the person wants differently, as part of the task. */
const wishes = (rulings: Ruling[]) =>
  rulings.flatMap((ruling) =>
    ruling.action === "change" ? [block("context", ruling.instruction, { question: WISH })] : [],
  );

const WISH = "What is to be done differently?";

export const plan = ({ task }: { task: string }) =>
  prompt(
    "You are a supervisor. Plan which specialists do what for the task below.",
    block("task", task),
    choices(PURPOSES),
    instructions(
      "plan",
      "Answer with a short numbered list: one line for each step, with the specialist's name and what exactly is asked. Use only the specialists that the task needs. Let qa check what others report where a mistake would matter.",
    ),
  );

interface Deciding {
  task: string;
  steps: string;
  reports: Report[];
  rulings: Ruling[];
}

export const decide = ({ task, steps, reports, rulings }: Deciding) =>
  prompt(
    "You are a supervisor. Read what was reported, and decide who works next.",
    block("task", task),
    ...wishes(rulings),
    block("plan", steps),
    ...reportBlocks(reports),
    choices({ ...PURPOSES, finish: "the reports suffice to answer the task" }),
    block(
      "instructions",
      "Name the next specialist with an instruction that can be followed without reading this conversation, or finish. Follow the plan unless a report shows that it should change: give a specialist the same instruction never twice. What qa rejects goes back to who wrote it without you. Where a person wants something done differently, see to that first. Finish as soon as the task can be answered; do not finish before anyone has reported.",
    ),
  );

interface Synthesizing extends Omit<Deciding, "steps"> {
  ended: Ending | null;
}

export const synthesize = ({ task, reports, rulings, ended }: Synthesizing) =>
  prompt(
    "You are a supervisor. Answer the task out of the specialists' reports.",
    block("task", task),
    ...wishes(rulings),
    ...reportBlocks(reports),
    ...(ended === null || ended.text === ENOUGH
      ? []
      : [block("context", `There are no more reports because of this: ${ended.text}.`)]),
    instructions(
      "answer",
      "Answer the task itself, in Markdown, not the story of who did what. Where qa found something wrong, follow the correction, or say that it is open. Keep the citations of the reports, such as [1], behind the claims they support, and list no sources at the end. Say nothing that no report supports, and say what is missing.",
    ),
  );

interface Assignment {
  task: string;
  instruction: string;
  earlier: Report[];
}

const assigned =
  (how: string) =>
  ({ task, instruction, earlier }: Assignment) =>
    prompt(
      block("task", instruction),
      block("context", `The whole task, of which this is a part: ${task}`),
      ...reportBlocks(earlier),
      instructions(
        "report",
        `${how} Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation. If you cannot do what is asked, say what is missing.`,
      ),
    );

export const code = assigned(
  "Do what the instruction asks. Search the documents for interfaces and conventions. Code that you report has been run with its tests, and the report says what came of it.",
);

export const research = assigned(
  "Do what the instruction asks. Answer with what the documents and other sources say, and with what they leave open.",
);

export const qa = assigned(
  "Check the reports as the instruction asks: each claim against the task and, by searching, against the documents, code by its tests. Answer with what is right, what is wrong and what is missing, most important first.",
);

interface Judging extends Assignment {
  report: { text: string };
}

export const judge = ({ task, instruction, earlier, report }: Judging) =>
  prompt(
    "You are a quality engineer. Give your verdict on the reports of the others, out of what you found.",
    block("task", task),
    block("context", `What you were asked to check: ${instruction}`),
    ...reportBlocks(earlier),
    block("report", report.text, { from: "qa" }),
    block(
      "instructions",
      "Approve if the reports can be used for the answer as they are. Otherwise say for each objection whose report it is, what is wrong or missing, and what exactly has to be changed; only what its author can mend counts. Judge the newest report of each author alone.",
    ),
  );
