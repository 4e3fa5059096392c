import { block, instructions, prompt } from "../../src/models/prompt.ts";
import type { Report } from "./state.ts";

/** What each specialist is for; the supervisor chooses between them. */
const SPECIALISTS = {
  code: "designs and writes code, calculates, explains how an implementation works",
  research: "finds and compares what the documents say, and reports it with sources",
  qa: "checks the other specialists' reports against the task and the documents, and names what is missing or wrong",
} as const;

const list = (entries: Record<string, string>) =>
  Object.entries(entries)
    .map(([name, description]) => `- ${name}: ${description}`)
    .join("\n");

const reportBlocks = (reports: Report[]) => reports.map(({ from, text }) => block("report", text, { from }));

export const plan = ({ task }: { task: string }) =>
  prompt(
    "You are a supervisor. Plan which specialists do what for the task below.",
    block("task", task),
    block("choices", list(SPECIALISTS)),
    instructions(
      "plan",
      "Answer with a short numbered list: one line for each step, with the specialist's name and what exactly is asked. Use only the specialists that the task needs. Let qa check what others report where a mistake would matter.",
    ),
  );

interface Deciding {
  task: string;
  steps: string;
  reports: Report[];
}

export const decide = ({ task, steps, reports }: Deciding) =>
  prompt(
    "You are a supervisor. Read what was reported, and decide who works next.",
    block("task", task),
    block("plan", steps),
    ...reportBlocks(reports),
    block("choices", list({ ...SPECIALISTS, finish: "the reports suffice to answer the task" })),
    block(
      "instructions",
      "Name the next specialist with an instruction that can be followed without reading this conversation, or finish. Follow the plan unless a report shows that it should change: give a specialist the same instruction never twice, and send a report that qa found wrong back to who wrote it, with what was found. Finish as soon as the task can be answered; do not finish before anyone has reported.",
    ),
  );

export const synthesize = ({ task, reports }: { task: string; reports: Report[] }) =>
  prompt(
    "You are a supervisor. Answer the task out of the specialists' reports.",
    block("task", task),
    ...reportBlocks(reports),
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
  (who: string, how: string) =>
  ({ task, instruction, earlier }: Assignment) =>
    prompt(
      who,
      block("task", instruction),
      block("context", `The whole task, of which this is a part: ${task}`),
      ...reportBlocks(earlier),
      instructions(
        "report",
        `${how} Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation. If you cannot do what is asked, say what is missing.`,
      ),
    );

export const code = assigned(
  "You are a software engineer. Do what the instruction asks.",
  "Search the documents for interfaces and conventions, and calculate figures with the tool rather than in your head. Answer with the code, and with the reasons for what is not obvious.",
);

export const research = assigned(
  "You are a researcher. Do what the instruction asks.",
  "Search the documents, in other words again if the first search finds little. Answer with what they say, and with what they leave open.",
);

export const qa = assigned(
  "You are a quality engineer. Check the reports as the instruction asks.",
  "Check each claim of the reports against the task and, by searching, against the documents. Answer with what is right, what is wrong and what is missing, most important first.",
);
