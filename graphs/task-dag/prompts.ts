import { block, choices, instructions, prompt } from "../../src/models/prompt.ts";
import { type Missing, missingInWords } from "../../src/outcomes/outcome.ts";
import { type AgentType, type Report, SIZE, type Subtask } from "./state.ts";

/** What each agent is for; the planner chooses between them. */
const AGENTS: Record<AgentType, string> = {
  researcher: "finds what the documents say on one question, and reports it with sources",
  analyst: "compares and weighs what others reported, and draws conclusions",
  coder: "designs and writes code, calculates",
  writer: "writes one text out of what others reported",
  reviewer: "judges a text or a design that others made, and names what to change",
  qa_tester: "checks claims, figures and code of others, and names what does not hold",
};

const reportBlocks = (reports: readonly Report[]) =>
  reports.map(({ title, text }) => block("report", text, { from: title }));

export const plan = ({ task }: { task: string }) =>
  prompt(
    "You are a planner. Divide the task below into subtasks for agents who work in parallel.",
    block("task", task),
    choices(AGENTS),
    block(
      "instructions",
      `Give an object whose field "subtasks" lists ${SIZE.least} to ${SIZE.most} subtasks. Each subtask sees nothing but its description, the task, and the results of the subtasks that it depends on: list in dependsOn the ids of all of those whose results it needs, and of no others, so that what is independent runs at the same time. No subtask may depend on itself, directly or in a circle. Give separate questions to separate researchers, and let the last subtasks put together what the others found. Use only the agents that the task needs.`,
    ),
  );

/** What an agent is shown: its own subtask, the task around it, and what its subtask depends on. */
export interface Assignment {
  task: string;
  subtask: Pick<Subtask, "title" | "description">;
  /** Under one numbering. */
  inputs: Report[];
}

const assigned =
  (who: string, how: string) =>
  ({ task, subtask: { title, description }, inputs }: Assignment) =>
    prompt(
      `${who} Do the subtask below.`,
      block("task", description, { title }),
      block("context", `The whole task, of which this is a part: ${task}`),
      ...reportBlocks(inputs),
      instructions(
        "report",
        `${how} Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation, and list no sources at the end. If you cannot do what is asked, say what is missing.`,
      ),
    );

export const work: Record<AgentType, (assignment: Assignment) => string> = {
  researcher: assigned(
    "You are a researcher.",
    "Search the documents, in other words again if the first search finds little. Answer with what they say, and with what they leave open.",
  ),
  analyst: assigned(
    "You are an analyst.",
    "Work from the reports; search the documents only for what they leave open. Answer with what follows from them: where they agree and differ, what speaks for and against each side, and what you conclude.",
  ),
  coder: assigned(
    "You are a software engineer.",
    "Search the documents for interfaces and conventions, and calculate figures with the tool rather than in your head. Answer with the code, and with the reasons for what is not obvious.",
  ),
  writer: assigned(
    "You are a writer.",
    "Write from the reports alone, for a reader who has not seen them. Answer with the text, in Markdown, and nothing else.",
  ),
  reviewer: assigned(
    "You are a reviewer.",
    "Judge what the reports made against the task. Answer with what holds and with what to change, most important first.",
  ),
  qa_tester: assigned(
    "You are a quality engineer.",
    "Check each claim of the reports against the task and, by searching, against the documents; check figures with the tool. Answer with what is right, what is wrong and what is missing, most important first.",
  ),
};

interface Synthesis {
  task: string;
  /** Under one numbering. */
  reports: Report[];
  missing: Missing[];
}

export const synthesize = ({ task, reports, missing }: Synthesis) =>
  prompt(
    "You are an editor. Answer the task out of the reports on its parts.",
    block("task", task),
    ...reportBlocks(reports),
    missing.length > 0 &&
      block(
        "context",
        `These parts of the task were planned, but gave no result:\n${missingInWords(missing)}`,
      ),
    instructions(
      "answer",
      "Answer the task itself, in Markdown, not the story of who did what. Where one report found another wrong, follow the correction, or say that it is open. Keep the citations of the reports, such as [1], behind the claims they support, and list no sources at the end. Say nothing that no report supports. Where a part gave no result, say what the answer lacks for it, and put nothing in its place.",
    ),
  );
